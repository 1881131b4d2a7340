#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "wave", .argument = "NAME", .help = N_("only this wave")},
    {.name = "by",
     .argument = "TRAIT",
     .help = N_("wave (default), channel, service, segment, site or month")},
    {.name = "site", .argument = "SITE", .help = N_("only this site")},
    {.name = "publish", .help = N_("hide counts that could show a person")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse survey",
    .words = "",
    CMD_OPTIONS(options),
    .summary =
        N_("what people answered: satisfaction, recommendation, ease, drivers, gaps and trends")};

static const char *const parameters[][2] = {
    {"wave", "wave"}, {"by", "by"}, {"site", "site"}, {"publish", "publish"}, {NULL, NULL}};
static const struct report_column lines[] = {
    {"answers", N_("Valid answers"), REPORT_TEXT, NULL},
    {"no_answer", N_("Did not answer"), REPORT_TEXT, NULL},
    {"satisfied", N_("Satisfied"), REPORT_COUNTED, NULL},
    {"weighted_percent", N_("Weighted satisfaction, in per cent"), REPORT_TEXT, NULL},
    {"net_percent", N_("Net satisfaction, in per cent"), REPORT_TEXT, NULL},
    {"survey_weighted_percent", N_("Satisfied by survey weights, in per cent"), REPORT_TEXT, NULL},
    {"mean", N_("Mean, 5 is best"), REPORT_TEXT, NULL},
    {"nps", N_("Net promoter score"), REPORT_TEXT, NULL},
    {"nps_margin", N_("… give or take"), REPORT_TEXT, NULL},
    {"net_easy", N_("Net easy"), REPORT_TEXT, NULL},
    {"ease_mean", N_("Ease, 7 is best"), REPORT_TEXT, NULL},
    {"population", N_("People asked from"), REPORT_TEXT, NULL},
    {"answers_needed", N_("Answers needed for 5 %"), REPORT_TEXT, NULL},
    {"census", N_("Everybody was asked"), REPORT_TEXT, NULL},
    {"middle", N_("The middle answer counts as"), REPORT_TEXT, NULL},
    {"incomplete", N_("More than was looked at"), REPORT_TEXT, NULL},
};
static const struct report_column columns0[] = {
    {"name", N_("group"), REPORT_TEXT, NULL},
    {"answers", N_("n"), REPORT_TEXT, NULL},
    {"satisfied", N_("satisfied"), REPORT_COUNTED, NULL},
    {"satisfied.low", N_("low"), REPORT_TEXT, NULL},
    {"satisfied.high", N_("high"), REPORT_TEXT, NULL},
    {"nps", N_("NPS"), REPORT_TEXT, NULL},
    {"net_easy", N_("net easy"), REPORT_TEXT, NULL},
    {"gap", N_("against others"), REPORT_TEXT, NULL},
    {"trend", N_("trend"), REPORT_TEXT, NULL},
};
static const struct report_column columns1[] = {
    {"label", N_("driver"), REPORT_TEXT, NULL},
    {"satisfied", N_("satisfied"), REPORT_COUNTED, NULL},
    {"r", N_("r with overall"), REPORT_TEXT, NULL},
    {"quadrant", N_("so"), REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "groups", .title = N_("Groups"), .none = N_("no answers"), REPORT_COLUMNS(columns0)},
    {.list = "drivers", .title = N_("Drivers"), REPORT_COLUMNS(columns1)},
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
