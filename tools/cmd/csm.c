#include <string.h>

#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "site",
     .letter = 's',
     .argument = "SITE",
     .help = N_("only this site, and its place among the others")},
    {.name = "as-of", .argument = "DATE", .help = N_("as of this day (default today)")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse csm",
    .words = "[questions]",
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary =
        N_("the scored rating of promises, complaints, disputes and satisfaction (ISO 10001 to "
           "10004); cse record csm-rating answers the questions, 0, 1 or 2 each")};

static const char *const parameters[][2] = {{"site", "site"}, {"as-of", "as_of"}, {NULL, NULL}};

static const struct report_column lines[] = {
    {"as_of", N_("As of"), REPORT_TEXT, NULL},
    {"overall", N_("Overall level"), REPORT_TEXT, NULL},
    {"statement", N_("Statement"), REPORT_TEXT, NULL},
};
static const struct report_column standards[] = {
    {"label", N_("standard"), REPORT_TEXT, NULL},
    {"assessed_on", N_("assessed on"), REPORT_TEXT, NULL},
    {"level", N_("level"), REPORT_TEXT, NULL},
    {"level1", N_("level 1"), REPORT_COUNTED, NULL},
    {"level2", N_("level 2"), REPORT_COUNTED, NULL},
    {"level3", N_("level 3"), REPORT_COUNTED, NULL},
    {"progress", N_("since last time"), REPORT_TEXT, NULL},
    {"rank", N_("rank"), REPORT_TEXT, NULL},
    {"of", N_("of"), REPORT_TEXT, NULL},
};
static const struct report_column told[] = {
    {"label", N_("standard"), REPORT_TEXT, NULL},
    {"strengths", N_("strengths"), REPORT_TEXT, NULL},
    {"weaknesses", N_("weaknesses, and what the next level asks"), REPORT_TEXT, NULL},
    {"risks", N_("risks"), REPORT_TEXT, NULL},
    {"opportunities", N_("opportunities"), REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "standards", .title = N_("By standard"), REPORT_COLUMNS(standards)},
    {.list = "standards", .title = N_("Findings"), REPORT_COLUMNS(told)},
};
static const struct report_column questions[] = {{"standard", N_("standard"), REPORT_TEXT, NULL},
                                                 {"level", N_("level"), REPORT_TEXT, NULL},
                                                 {"number", "", REPORT_TEXT, NULL},
                                                 {"text", N_("question"), REPORT_TEXT, NULL}};
static const struct report_section asked[] = {{.list = "questions", REPORT_COLUMNS(questions)}};

enum err cmd_csm(int argc, char **argv, struct err_info *info)
{
    static const struct report shown = {.command = &command,
                                        .path = {"csm"},
                                        .parameters = parameters,
                                        .sections = sections,
                                        .section_count = 3};
    static const struct report listed = {
        .command = &command, .path = {"csm", "questions"}, .sections = asked, .section_count = 1};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "questions") == 0)
            return report_run(&listed, argc, argv, info);
    }
    return report_run(&shown, argc, argv, info);
}
