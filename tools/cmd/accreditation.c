#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "as-of", .argument = "DATE", .help = "as of this day (default today)"},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse accreditation",
    .words = "",
    CMD_OPTIONS(options),
    .summary = "certificates with their reviews, visits and interviews, open findings"};

static const char *const parameters[][2] = {{"as-of", "as_of"}, {NULL, NULL}};

static const struct report_column lines[] = {
    {"as_of", "As of", REPORT_TEXT, NULL},
    {"standing", "Standing", REPORT_TEXT, NULL},
};
static const struct report_column certificates[] = {
    {"scheme", "scheme", REPORT_TEXT, NULL},
    {"body", "issued by", REPORT_TEXT, NULL},
    {"certified_on", "certified on", REPORT_TEXT, NULL},
    {"expires_on", "expires on", REPORT_TEXT, NULL},
    {"in_force", "in force", REPORT_TEXT, NULL},
    {"next", "next", REPORT_TEXT, NULL},
};
static const struct report_column visits[] = {
    {"type", "visit", REPORT_TEXT, NULL},
    {"status", "status", REPORT_TEXT, NULL},
    {"planned_on", "planned for", REPORT_TEXT, NULL},
    {"started_on", "from", REPORT_TEXT, NULL},
    {"ended_on", "to", REPORT_TEXT, NULL},
    {"days", "days", REPORT_TEXT, NULL},
    {"interviews_customers", "customers", REPORT_TEXT, NULL},
    {"interviews_staff", "staff", REPORT_TEXT, NULL},
    {"interviews_partners", "partners", REPORT_TEXT, NULL},
    {"recommendation", "recommendation", REPORT_TEXT, NULL},
};
static const struct report_column findings[] = {
    {"element", "element", REPORT_TEXT, NULL},
    {"site", "site", REPORT_TEXT, NULL},
    {"type", "finding", REPORT_TEXT, NULL},
    {"look_at_on", "looked at again on", REPORT_TEXT, NULL},
    {"owner", "owner", REPORT_TEXT, NULL},
    {"text", "text", REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "certificates", .title = "Certificates", .none = "none", REPORT_COLUMNS(certificates)},
    {.list = "visits", .title = "Visits", .none = "none", REPORT_COLUMNS(visits)},
    {.list = "findings", .title = "Open findings", .none = "none", REPORT_COLUMNS(findings)},
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
