#include <inttypes.h>
#include <string.h>

#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "team", .letter = 't', .argument = "TEAM", .help = N_("only this team")},
    {.name = "as-of", .argument = "DATE", .help = N_("as of this day (default today)")},
    {.name = "staff", .argument = "N", .help = N_("summarise: people in the team, rated or not")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse competency",
    .words = "[model|summarise]",
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary =
        N_("customer orientation by several raters: at a site each person (cse record competency "
           "rates one), everywhere the teams' summaries; summarise files a team's, of four "
           "people or more in a role")};

static const char *const parameters[][2] = {{"team", "team"}, {"as-of", "as_of"}, {NULL, NULL}};

static const struct report_column people[] = {
    {"person", N_("person"), REPORT_TEXT, NULL},
    {"team", N_("team"), REPORT_TEXT, NULL},
    {"raters", N_("raters"), REPORT_TEXT, NULL},
    {"level", N_("level"), REPORT_TEXT, NULL},
    {"target", N_("target"), REPORT_TEXT, NULL},
    {"mean", N_("mean"), REPORT_TEXT, NULL},
    {"self_gap", N_("self gap"), REPORT_TEXT, NULL},
    {"blind_spot", N_("blind spot"), REPORT_TEXT, NULL},
    {"negatives", N_("negative"), REPORT_TEXT, NULL},
};
static const struct report_column summaries[] = {
    {"site", N_("site"), REPORT_TEXT, NULL},
    {"team", N_("team"), REPORT_TEXT, NULL},
    {"rated_on", N_("as of"), REPORT_TEXT, NULL},
    {"raters", N_("raters"), REPORT_TEXT, NULL},
    {"rated", N_("rated of the staff"), REPORT_COUNTED, NULL},
    {"at_target", N_("at their target"), REPORT_COUNTED, NULL},
};
static const struct report_section sections[] = {
    {.list = "people",
     .title = N_("People (this does not leave the site)"),
     REPORT_COLUMNS(people)},
    {.list = "summaries",
     .title = N_("Teams"),
     .none = N_("no summary was filed"),
     REPORT_COLUMNS(summaries)},
};

static const struct report_column indicators[] = {
    {"level", N_("level"), REPORT_TEXT, NULL},
    {"title", "", REPORT_TEXT, NULL},
    {"number", "", REPORT_TEXT, NULL},
    {"text", N_("shown when somebody …"), REPORT_TEXT, NULL}};
static const struct report_column negative[] = {
    {"number", "", REPORT_TEXT, NULL}, {"text", N_("speaks against it"), REPORT_TEXT, NULL}};
static const struct report_section model[] = {
    {.list = "indicators", REPORT_COLUMNS(indicators)},
    {.list = "negative", .title = "", REPORT_COLUMNS(negative)},
};

static enum err summarise(int argc, char **argv, struct err_info *info)
{
    static const char *const names[][2] = {
        {"team", "team"}, {"as-of", "as_of"}, {"staff", "staff"}};
    struct cmd cmd;
    json_t *answer = NULL;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    struct http_url url = cmd_url("competency", "summaries", NULL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = cli_value(&command, &cmd.args, names[i][0]);
        if (value != NULL)
            http_url_query(&url, names[i][1], value);
    }
    err = cmd_send(&cmd, "POST", &url, NULL, &answer, info);
    if (err == ERR_OK && cmd.json)
        print_json_line(answer);
    else if (err == ERR_OK)
        say("%" PRId64 " filed, %" PRId64 " refused: too few people or raters\n",
            member_int(answer, "made"), member_int(answer, "refused"));
    json_decref(answer);
    return err;
}

enum err cmd_competency(int argc, char **argv, struct err_info *info)
{
    static const struct report shown = {.command = &command,
                                        .path = {"competency"},
                                        .parameters = parameters,
                                        .sections = sections,
                                        .section_count = 2};
    static const struct report modelled = {.command = &command,
                                           .path = {"competency", "model"},
                                           .sections = model,
                                           .section_count = 2};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "summarise") == 0)
            return summarise(argc, argv, info);
        if (strcmp(argv[i], "model") == 0)
            return report_run(&modelled, argc, argv, info);
    }
    return report_run(&shown, argc, argv, info);
}
