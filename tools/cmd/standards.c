#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "as-of", .argument = "DATE", .help = "as of this day (default today)"},
    {.name = "site", .argument = "SITE", .help = "only this site"},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse standards",
    .words = "",
    CMD_OPTIONS(options),
    .summary =
        "each service standard with its periods; counts of sites are added before they are judged"};

static const char *const parameters[][2] = {{"as-of", "as_of"}, {"site", "site"}, {NULL, NULL}};
static const struct report_column lines[] = {
    {"as_of", "As of", REPORT_TEXT, NULL},
};
static const struct report_column columns0[] = {
    {"title", "standard", REPORT_TEXT, NULL},
    {"site", "of", REPORT_TEXT, NULL},
    {"target_percent", "target %", REPORT_TEXT, NULL},
    {"in_force", "in force", REPORT_TEXT, NULL},
    {"ended_on", "latest period", REPORT_TEXT, NULL},
    {"within", "within the target", REPORT_COUNTED, NULL},
    {"state", "state", REPORT_TEXT, NULL},
    {"id", "id", REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "standards", .title = "Standards", .none = "none recorded", REPORT_COLUMNS(columns0)},
};

enum err cmd_standards(int argc, char **argv, struct err_info *info)
{
    static const struct report report = {.command = &command,
                                         .path = {"standards"},
                                         .parameters = parameters,
                                         .sections = sections,
                                         .section_count = sizeof(sections) / sizeof(sections[0])};
    return report_run(&report, argc, argv, info);
}
