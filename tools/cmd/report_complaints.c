#include <string.h>

#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "from", .argument = "DATE", .help = "received from this day (default 1 January)"},
    {.name = "to", .argument = "DATE", .help = "… to this day (default today)"},
    {.name = "site", .letter = 's', .argument = "SITE", .help = "only this site"},
    {.name = "publish", .help = "hide counts that could show a person"},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse report",
    .words = "complaints",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = "the report on complaints: volumes, time, outcomes, causes, learning"};

static const char *const parameters[][2] = {
    {"from", "from"}, {"to", "to"}, {"site", "site"}, {"publish", "publish"}, {NULL, NULL}};

static const struct report_column lines[] = {
    {"from", "From", REPORT_TEXT, NULL},
    {"to", "To", REPORT_TEXT, NULL},
    {"received", "Received", REPORT_TEXT, NULL},
    {"received_before", "Received in the same time a year before", REPORT_TEXT, NULL},
    {"contacts", "Contacts in that time", REPORT_TEXT, NULL},
    {"stage1_on_time", "Answered on time, stage 1", REPORT_COUNTED, NULL},
    {"stage1_working_days", "Working days to the answer, stage 1", REPORT_MEAN, "stage1_answered"},
    {"escalated", "Went on to stage 2", REPORT_COUNTED, NULL},
    {"stage2_on_time", "Answered on time, stage 2", REPORT_COUNTED, NULL},
    {"stage2_working_days", "Working days to the answer, stage 2", REPORT_MEAN, "stage2_answered"},
    {"stage2_upheld", "Upheld at stage 2", REPORT_COUNTED, NULL},
    {"upheld", "Upheld, wholly or in part", REPORT_COUNTED, NULL},
    {"extended", "Extended", REPORT_TEXT, NULL},
    {"extended_over_cap", "Extended beyond the limit", REPORT_TEXT, NULL},
    {"referred_outside", "Referred outside", REPORT_TEXT, NULL},
    {"resolved_where_made", "Resolved where they were made", REPORT_TEXT, NULL},
    {"repeated", "Happened before", REPORT_TEXT, NULL},
    {"root_cause_stated", "Upheld with their root cause", REPORT_COUNTED, NULL},
    {"handling_satisfied", "Satisfied with the handling (upheld)", REPORT_COUNTED, NULL},
    {"handling_answered", "… of those upheld who answered", REPORT_COUNTED, NULL},
};
static const struct report_column by_name[] = {{"label", "", REPORT_TEXT, NULL},
                                               {"count", "complaints", REPORT_TEXT, NULL}};
static const struct report_column by_site[] = {{"site", "site", REPORT_TEXT, NULL},
                                               {"received", "received", REPORT_TEXT, NULL}};
static const struct report_column by_quarter[] = {
    {"quarter", "quarter", REPORT_TEXT, NULL},
    {"received", "received", REPORT_TEXT, NULL},
    {"stage1_on_time", "on time", REPORT_COUNTED, NULL},
    {"stage1_working_days", "days", REPORT_MEAN, "stage1_answered"},
    {"escalated", "stage 2", REPORT_COUNTED, NULL},
};
static const struct report_section sections[] = {
    {.title = "Complaints", REPORT_COLUMNS(lines)},
    {.list = "outcomes", .title = "Outcomes", REPORT_COLUMNS(by_name)},
    {.list = "topics", .title = "About", REPORT_COLUMNS(by_name)},
    {.list = "quarters", .title = "By quarter", REPORT_COLUMNS(by_quarter)},
    {.list = "sites", .title = "By site", REPORT_COLUMNS(by_site)},
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
