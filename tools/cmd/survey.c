#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "wave", .argument = "NAME", .help = "only this wave"},
    {.name = "by",
     .argument = "TRAIT",
     .help = "wave (default), channel, service, segment, site or month"},
    {.name = "site", .argument = "SITE", .help = "only this site"},
    {.name = "publish", .help = "hide counts that could show a person"},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse survey",
    .words = "",
    CMD_OPTIONS(options),
    .summary =
        "what people answered: satisfaction, recommendation, ease, drivers, gaps and trends"};

static const char *const parameters[][2] = {
    {"wave", "wave"}, {"by", "by"}, {"site", "site"}, {"publish", "publish"}, {NULL, NULL}};
static const struct report_column lines[] = {
    {"answers", "Valid answers", REPORT_TEXT, NULL},
    {"no_answer", "Did not answer", REPORT_TEXT, NULL},
    {"satisfied", "Satisfied", REPORT_COUNTED, NULL},
    {"weighted_percent", "Weighted satisfaction, in per cent", REPORT_TEXT, NULL},
    {"net_percent", "Net satisfaction, in per cent", REPORT_TEXT, NULL},
    {"survey_weighted_percent", "Satisfied by survey weights, in per cent", REPORT_TEXT, NULL},
    {"mean", "Mean, 5 is best", REPORT_TEXT, NULL},
    {"nps", "Net promoter score", REPORT_TEXT, NULL},
    {"nps_margin", "… give or take", REPORT_TEXT, NULL},
    {"net_easy", "Net easy", REPORT_TEXT, NULL},
    {"ease_mean", "Ease, 7 is best", REPORT_TEXT, NULL},
    {"population", "People asked from", REPORT_TEXT, NULL},
    {"answers_needed", "Answers needed for 5 %", REPORT_TEXT, NULL},
    {"census", "Everybody was asked", REPORT_TEXT, NULL},
    {"middle", "The middle answer counts as", REPORT_TEXT, NULL},
    {"incomplete", "More than was looked at", REPORT_TEXT, NULL},
};
static const struct report_column columns0[] = {
    {"name", "group", REPORT_TEXT, NULL},
    {"answers", "n", REPORT_TEXT, NULL},
    {"satisfied", "satisfied", REPORT_COUNTED, NULL},
    {"satisfied.low", "low", REPORT_TEXT, NULL},
    {"satisfied.high", "high", REPORT_TEXT, NULL},
    {"nps", "NPS", REPORT_TEXT, NULL},
    {"net_easy", "net easy", REPORT_TEXT, NULL},
    {"gap", "against others", REPORT_TEXT, NULL},
    {"trend", "trend", REPORT_TEXT, NULL},
};
static const struct report_column columns1[] = {
    {"label", "driver", REPORT_TEXT, NULL},
    {"satisfied", "satisfied", REPORT_COUNTED, NULL},
    {"r", "r with overall", REPORT_TEXT, NULL},
    {"quadrant", "so", REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "groups", .title = "Groups", .none = "no answers", REPORT_COLUMNS(columns0)},
    {.list = "drivers", .title = "Drivers", REPORT_COLUMNS(columns1)},
};

enum err cmd_survey(int argc, char **argv, struct err_info *info)
{
    static const struct report report = {.command = &command,
                                         .path = {"surveys"},
                                         .parameters = parameters,
                                         .sections = sections,
                                         .section_count = sizeof(sections) / sizeof(sections[0])};
    return report_run(&report, argc, argv, info);
}
