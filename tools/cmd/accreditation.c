#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "as-of", .argument = "DATE", .help = N_("as of this day (default today)")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse accreditation",
    .words = "",
    CMD_OPTIONS(options),
    .summary = N_("certificates with their reviews, visits and interviews, open findings")};

static const char *const parameters[][2] = {{"as-of", "as_of"}, {NULL, NULL}};

static const struct report_column lines[] = {
    {"as_of", N_("As of"), REPORT_TEXT, NULL},
    {"standing", N_("Standing"), REPORT_TEXT, NULL},
};
static const struct report_column certificates[] = {
    {"scheme", N_("scheme"), REPORT_TEXT, NULL},
    {"body", N_("issued by"), REPORT_TEXT, NULL},
    {"certified_on", N_("certified on"), REPORT_TEXT, NULL},
    {"expires_on", N_("expires on"), REPORT_TEXT, NULL},
    {"in_force", N_("in force"), REPORT_TEXT, NULL},
    {"next", N_("next"), REPORT_TEXT, NULL},
};
static const struct report_column visits[] = {
    {"type", N_("visit"), REPORT_TEXT, NULL},
    {"status", N_("status"), REPORT_TEXT, NULL},
    {"planned_on", N_("planned for"), REPORT_TEXT, NULL},
    {"started_on", N_("from"), REPORT_TEXT, NULL},
    {"ended_on", N_("to"), REPORT_TEXT, NULL},
    {"days", N_("days"), REPORT_TEXT, NULL},
    {"interviews_customers", N_("customers"), REPORT_TEXT, NULL},
    {"interviews_staff", N_("staff"), REPORT_TEXT, NULL},
    {"interviews_partners", N_("partners"), REPORT_TEXT, NULL},
    {"recommendation", N_("recommendation"), REPORT_TEXT, NULL},
};
static const struct report_column findings[] = {
    {"element", N_("element"), REPORT_TEXT, NULL},
    {"site", N_("site"), REPORT_TEXT, NULL},
    {"type", N_("finding"), REPORT_TEXT, NULL},
    {"look_at_on", N_("looked at again on"), REPORT_TEXT, NULL},
    {"owner", N_("owner"), REPORT_TEXT, NULL},
    {"text", N_("text"), REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "certificates",
     .title = N_("Certificates"),
     .none = N_("none"),
     REPORT_COLUMNS(certificates)},
    {.list = "visits", .title = N_("Visits"), .none = N_("none"), REPORT_COLUMNS(visits)},
    {.list = "findings",
     .title = N_("Open findings"),
     .none = N_("none"),
     REPORT_COLUMNS(findings)},
};

enum err cmd_accreditation(int argc, char **argv, struct err_info *info)
{
    static const struct report report = {.command = &command,
                                         .path = {"accreditation"},
                                         .parameters = parameters,
                                         .sections = sections,
                                         .section_count = sizeof(sections) / sizeof(sections[0])};
    return report_run(&report, argc, argv, info);
}
