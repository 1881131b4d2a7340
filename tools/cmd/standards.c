#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "as-of", .argument = "DATE", .help = N_("as of this day (default today)")},
    {.name = "site", .argument = "SITE", .help = N_("only this site")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {.name = "cse standards",
                                           .words = "",
                                           CMD_OPTIONS(options),
                                           .summary =
                                               N_("each service standard with its periods; counts "
                                                  "of sites are added before they are judged")};

static const char *const parameters[][2] = {{"as-of", "as_of"}, {"site", "site"}, {NULL, NULL}};
static const struct report_column lines[] = {
    {"as_of", N_("As of"), REPORT_TEXT, NULL},
};
static const struct report_column columns0[] = {
    {"title", N_("standard"), REPORT_TEXT, NULL},
    {"site", N_("of"), REPORT_TEXT, NULL},
    {"target_percent", N_("target %"), REPORT_TEXT, NULL},
    {"in_force", N_("in force"), REPORT_TEXT, NULL},
    {"ended_on", N_("latest period"), REPORT_TEXT, NULL},
    {"within", N_("within the target"), REPORT_COUNTED, NULL},
    {"state", N_("state"), REPORT_TEXT, NULL},
    {"id", N_("id"), REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "standards",
     .title = N_("Standards"),
     .none = N_("none recorded"),
     REPORT_COLUMNS(columns0)},
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
