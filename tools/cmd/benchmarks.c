#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {.name = "cse benchmarks",
                                           .words = "",
                                           CMD_OPTIONS(options),
                                           .summary =
                                               N_("where our figures stand among those of others")};

static const struct report_column columns0[] = {
    {"measure", N_("measure"), REPORT_TEXT, NULL},
    {"site", N_("site"), REPORT_TEXT, NULL},
    {"taken_on", N_("taken on"), REPORT_TEXT, NULL},
    {"own", N_("ours"), REPORT_TEXT, NULL},
    {"rank", N_("rank"), REPORT_TEXT, NULL},
    {"of", N_("of"), REPORT_TEXT, NULL},
    {"quartile", N_("quartile"), REPORT_TEXT, NULL},
    {"lessons", N_("lessons applied"), REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {.list = "benchmarks",
     .title = N_("Benchmarks"),
     .none = N_("none recorded"),
     REPORT_COLUMNS(columns0)},
};

enum err cmd_benchmarks(int argc, char **argv, struct err_info *info)
{
    static const struct report report = {.command = &command,
                                         .path = {"benchmarks"},
                                         .sections = sections,
                                         .section_count = sizeof(sections) / sizeof(sections[0])};
    return report_run(&report, argc, argv, info);
}
