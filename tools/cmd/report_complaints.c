#include <string.h>

#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "from", .argument = "DATE", .help = N_("received from this day (default 1 January)")},
    {.name = "to", .argument = "DATE", .help = N_("… to this day (default today)")},
    {.name = "site", .letter = 's', .argument = "SITE", .help = N_("only this site")},
    {.name = "publish", .help = N_("hide counts that could show a person")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse report",
    .words = "complaints",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = N_("the report on complaints: volumes, time, outcomes, causes, learning")};

static const char *const parameters[][2] = {
    {"from", "from"}, {"to", "to"}, {"site", "site"}, {"publish", "publish"}, {NULL, NULL}};

static const struct report_column lines[] = {
    {"from", N_("From"), REPORT_TEXT, NULL},
    {"to", N_("To"), REPORT_TEXT, NULL},
    {"received", N_("Received"), REPORT_TEXT, NULL},
    {"received_before", N_("Received in the same time a year before"), REPORT_TEXT, NULL},
    {"contacts", N_("Contacts in that time"), REPORT_TEXT, NULL},
    {"stage1_on_time", N_("Answered on time, stage 1"), REPORT_COUNTED, NULL},
    {"stage1_working_days", N_("Working days to the answer, stage 1"), REPORT_MEAN,
     "stage1_answered"},
    {"escalated", N_("Went on to stage 2"), REPORT_COUNTED, NULL},
    {"stage2_on_time", N_("Answered on time, stage 2"), REPORT_COUNTED, NULL},
    {"stage2_working_days", N_("Working days to the answer, stage 2"), REPORT_MEAN,
     "stage2_answered"},
    {"stage2_upheld", N_("Upheld at stage 2"), REPORT_COUNTED, NULL},
    {"upheld", N_("Upheld, wholly or in part"), REPORT_COUNTED, NULL},
    {"extended", N_("Extended"), REPORT_TEXT, NULL},
    {"extended_over_cap", N_("Extended beyond the limit"), REPORT_TEXT, NULL},
    {"referred_outside", N_("Referred outside"), REPORT_TEXT, NULL},
    {"resolved_where_made", N_("Resolved where they were made"), REPORT_TEXT, NULL},
    {"repeated", N_("Happened before"), REPORT_TEXT, NULL},
    {"root_cause_stated", N_("Upheld with their root cause"), REPORT_COUNTED, NULL},
    {"handling_satisfied", N_("Satisfied with the handling (upheld)"), REPORT_COUNTED, NULL},
    {"handling_answered", N_("… of those upheld who answered"), REPORT_COUNTED, NULL},
};
static const struct report_column by_name[] = {{"label", "", REPORT_TEXT, NULL},
                                               {"count", N_("complaints"), REPORT_TEXT, NULL}};
static const struct report_column by_site[] = {{"site", N_("site"), REPORT_TEXT, NULL},
                                               {"received", N_("received"), REPORT_TEXT, NULL}};
static const struct report_column by_quarter[] = {
    {"quarter", N_("quarter"), REPORT_TEXT, NULL},
    {"received", N_("received"), REPORT_TEXT, NULL},
    {"stage1_on_time", N_("on time"), REPORT_COUNTED, NULL},
    {"stage1_working_days", N_("days"), REPORT_MEAN, "stage1_answered"},
    {"escalated", N_("stage 2"), REPORT_COUNTED, NULL},
};
static const struct report_section sections[] = {
    {.title = N_("Complaints"), REPORT_COLUMNS(lines)},
    {.list = "outcomes", .title = N_("Outcomes"), REPORT_COLUMNS(by_name)},
    {.list = "topics", .title = N_("About"), REPORT_COLUMNS(by_name)},
    {.list = "quarters", .title = N_("By quarter"), REPORT_COLUMNS(by_quarter)},
    {.list = "sites", .title = N_("By site"), REPORT_COLUMNS(by_site)},
};

enum err cmd_report(int argc, char **argv, struct err_info *info)
{
    static const struct report report = {.command = &command,
                                         .path = {"reports", "complaints"},
                                         .parameters = parameters,
                                         .sections = sections,
                                         .section_count = sizeof(sections) / sizeof(sections[0])};
    bool named = false;
    for (int i = 1; i < argc; i++)
        named = named || strcmp(argv[i], "complaints") == 0 || strcmp(argv[i], "--help") == 0;
    if (!named)
        return err_set(info, ERR_USAGE, "which report? There is: complaints");
    return report_run(&report, argc, argv, info);
}
