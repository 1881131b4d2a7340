#include "tools/cmd/picture.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/sys/config.h"
#include "lib/sys/table.h"
#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "as-of",
     .argument = "DATE",
     .help = N_("as it stood on this day (YYYY-MM-DD; default today)")},
    {.name = "as-known",
     .help = N_("of a past day: with what has become known since, not as it was shown then")},
    {.name = "compare",
     .argument = "DATE",
     .help = N_("what has changed between this day and a second one (default today), and why")},
    {.name = "forecast",
     .help = N_("would we pass on that day, and the shortest list of changes that gets there")},
    {.name = "assume-actions",
     .help = N_("with --forecast: open actions due by that day count as done")},
    {.name = "site", .letter = 's', .argument = "SITE", .help = N_("only this site")},
    {.name = "element", .letter = 'e', .argument = "ID", .help = N_("only this element")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse picture",
    .words = "[SECOND-DATE]",
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = N_("the merged picture of all sites: an indicative self-assessment")};

static const struct report_column compared[] = {
    {"element", N_("element"), REPORT_TEXT, NULL},
    {"from", N_("was"), REPORT_TEXT, NULL},
    {"to", N_("is"), REPORT_TEXT, NULL},
    {"ceiling_from", N_("carried"), REPORT_TEXT, NULL},
    {"ceiling_to", N_("carries"), REPORT_TEXT, NULL},
    {"because", N_("because"), REPORT_TEXT, NULL},
};
static const struct report_column compared_records[] = {
    {"kind", N_("kind"), REPORT_TEXT, NULL},
    {"id", N_("record"), REPORT_TEXT, NULL},
    {"arrived", N_("arrived"), REPORT_TEXT, NULL},
    {"author", N_("by"), REPORT_TEXT, NULL},
};
static const struct report_column compared_lines[] = {
    {"from", N_("From"), REPORT_TEXT, NULL},
    {"to", N_("To"), REPORT_TEXT, NULL},
    {"award_from", N_("Award then"), REPORT_TEXT, NULL},
    {"award_to", N_("Award after"), REPORT_TEXT, NULL},
    {"as_shown", N_("As shown on those days"), REPORT_TEXT, NULL},
};

enum { COLUMNS_DEFAULT = 100, COLUMNS_MAX = 400 };

static int screen_columns(void)
{
    struct winsize size;
    int64_t columns = 0;
    const char *text = getenv("COLUMNS");
    if (text == NULL || config_parse_int(text, &columns) != ERR_OK) {
        columns =
            isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    }
    return columns >= 1 && columns <= COLUMNS_MAX ? (int)columns : COLUMNS_DEFAULT;
}

static enum err print_picture(const json_t *picture, struct err_info *info)
{
    struct member_text a, b;
    struct picture_style style = {
        .to = stdout, .colour = term_has_colour(stdout), .columns = screen_columns()};
    (void)printf("%s", style.colour ? "\033[1m" : "");
    const char *organisation = member_text(picture, "organisation", &a);
    print_text(organisation[0] != '\0' ? organisation : tr(N_("This site (not joined yet)")));
    struct form form;
    (void)printf("%s", style.colour ? "\033[0m" : "");
    say(", as of %s\n\n", day_text(member_text(picture, "as_of", &b), &form));
    picture_print_map(picture, style);
    (void)putchar('\n');
    return picture_print_summary(picture, style) ? ERR_OK
                                                 : err_set(info, ERR_NO_MEMORY, "out of memory");
}

static enum err print_compared(const json_t *answer, struct err_info *info)
{
    static const struct report_section sections[] = {
        {REPORT_COLUMNS(compared_lines)},
        {.list = "changes",
         .none = N_("nothing has changed"),
         .title = "",
         REPORT_COLUMNS(compared)},
    };
    static const struct report_section records[] = {
        {.list = "records", .title = "", REPORT_COLUMNS(compared_records)}};
    struct member_text a;
    size_t index;
    json_t *change;
    enum err err = report_print(sections, sizeof(sections) / sizeof(sections[0]), answer, info);
    json_array_foreach(json_object_get(answer, "changes"), index, change)
    {
        if (err != ERR_OK || json_array_size(json_object_get(change, "records")) == 0)
            continue;
        say("\n%s by", member_text(change, "element", &a));
        err = report_print(records, 1, change, info);
    }
    return err;
}

static enum err compare(struct cmd *cmd, struct err_info *info)
{
    json_t *answer = NULL;
    struct http_url url = cmd_url("picture", "compare", NULL);
    const char *site = cli_value(&command, &cmd->args, "site");
    http_url_query(&url, "from", cli_value(&command, &cmd->args, "compare"));
    if (cmd->args.word_count == 1)
        http_url_query(&url, "to", cmd->args.words[0]);
    if (site != NULL)
        http_url_query(&url, "site", site);
    enum err err = cmd_get(cmd, &url, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd->json)
        print_json_line(answer);
    else
        err = print_compared(answer, info);
    json_decref(answer);
    return err;
}

enum err cmd_picture(int argc, char **argv, struct err_info *info)
{
    static const char *const queries[][2] = {
        {"as-of", "as_of"}, {"site", "site"}, {"element", "element"}};
    struct cmd cmd;
    json_t *picture = NULL;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    if (cli_given(&command, &cmd.args, "compare"))
        return compare(&cmd, info);
    if (cmd.args.word_count > 0)
        return err_set(info, ERR_USAGE, "a second date goes with --compare");
    struct http_url url = cmd_url("picture", NULL, NULL);
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        const char *value = cli_value(&command, &cmd.args, queries[i][0]);
        if (value != NULL)
            http_url_query(&url, queries[i][1], value);
    }
    if (cli_given(&command, &cmd.args, "as-known"))
        http_url_query(&url, "known", "now");
    if (cli_given(&command, &cmd.args, "forecast"))
        http_url_query(&url, "forecast", "1");
    if (cli_given(&command, &cmd.args, "assume-actions"))
        http_url_query(&url, "assume_actions", "1");
    err = cmd_get(&cmd, &url, &picture, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(picture);
    else
        err = print_picture(picture, info);
    json_decref(picture);
    return err;
}
