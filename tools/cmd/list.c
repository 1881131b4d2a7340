#include <inttypes.h>
#include <string.h>

#include "lib/sys/table.h"
#include "proto/base/limits.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/fields.h"

static const struct cli_option options[] = {
    {.name = "site", .letter = 's', .argument = "SITE", .help = N_("only of this site")},
    {.name = "element",
     .letter = 'e',
     .argument = "ID",
     .help = N_("only what concerns this element")},
    {.name = "where",
     .letter = 'w',
     .argument = "F=V",
     .help = N_("only where the field has this value; may be repeated")},
    {.name = "limit", .letter = 'n', .argument = "N", .help = N_("at most so many (default 50)")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse list",
    .words = "KIND",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = N_("records of a kind, newest first; with --json one record a line")};

enum { SHOWN_FIELDS = 4, SHOWN_COLUMNS_MAX = 40, LIST_MOST = 1000 * 1000 * 1000 };

static enum err make_url(struct cmd *cmd, const char *cursor, int64_t limit, struct http_url *url,
                         struct err_info *info)
{
    char number[24];
    size_t at = 0;
    const char *site = cli_value(cmd->command, &cmd->args, "site");
    const char *element = cli_value(cmd->command, &cmd->args, "element");
    *url = cmd_url("records", cmd->args.words[0], NULL);
    if (site != NULL)
        http_url_query(url, "site", site);
    if (element != NULL)
        http_url_query(url, "element", element);
    const char *where;
    while ((where = cli_next(cmd->command, &cmd->args, "where", &at)) != NULL) {
        char condition[512];
        const char *equals = strchr(where, '=');
        if (equals == NULL)
            return err_set(info, ERR_USAGE, "--where '%s' is not FIELD=VALUE", where);
        int len = snprintf(condition, sizeof(condition), "%.*s:%s", (int)(equals - where), where,
                           equals + 1);
        if (len < 0 || (size_t)len >= sizeof(condition))
            return err_set(info, ERR_USAGE, "--where: the value is too long");
        http_url_query(url, "where", condition);
    }
    (void)snprintf(number, sizeof(number), "%" PRId64,
                   limit < LIST_LIMIT_MAX ? limit : LIST_LIMIT_MAX);
    http_url_query(url, "limit", number);
    if (cursor[0] != '\0')
        http_url_query(url, "cursor", cursor);
    return ERR_OK;
}

/* The first fields of the record, which the tables put first because they say most. */
static enum err add_row(struct table *table, const json_t *record)
{
    struct member_text a, b, c;
    char summary[200] = "";
    size_t len = 0, shown = 0;
    const char *name;
    json_t *value, *fields = json_object_get(record, "fields");
    json_object_foreach(fields, name, value)
    {
        if (shown++ == SHOWN_FIELDS || len >= sizeof(summary))
            break;
        len +=
            (size_t)snprintf(summary + len, sizeof(summary) - len, "%s%s=%.*s", len > 0 ? "  " : "",
                             name, SHOWN_COLUMNS_MAX, tr(value_text(value, &c)));
    }
    while (!utf8_valid(bytes_of_text(summary)) && summary[0] != '\0')
        summary[strlen(summary) - 1] = '\0'; /* a character was cut */
    const char *cells[] = {member_text(record, "id", &a), tr(site_text(record, "site", &b)),
                           summary};
    return table_add(table, cells);
}

static enum err list_pages(struct cmd *cmd, struct table *table, int64_t limit,
                           struct err_info *info)
{
    char cursor[256] = "";
    do {
        struct http_url url;
        json_t *answer = NULL;
        size_t index;
        json_t *record;
        enum err err = make_url(cmd, cursor, limit, &url, info);
        if (err == ERR_OK)
            err = cmd_get(cmd, &url, &answer, info);
        if (err != ERR_OK)
            return err;
        json_array_foreach(json_object_get(answer, "records"), index, record)
        {
            if (cmd->json)
                print_json_line(record);
            else
                err = add_row(table, record);
            if (err != ERR_OK || --limit == 0)
                break;
        }
        (void)snprintf(cursor, sizeof(cursor), "%s",
                       member_text(answer, "next", &(struct member_text){0}));
        json_decref(answer);
        if (err != ERR_OK)
            return err_set(info, err, "too much to show at once; use --json or a smaller --limit");
    } while (cursor[0] != '\0' && limit > 0);
    return ERR_OK;
}

static bool has_condition(const struct cmd *cmd)
{
    return cli_given(cmd->command, &cmd->args, "site") ||
           cli_given(cmd->command, &cmd->args, "element") ||
           cli_given(cmd->command, &cmd->args, "where");
}

enum err cmd_list(int argc, char **argv, struct err_info *info)
{
    static const struct table_column columns[] = {
        {.title = N_("id")}, {.title = N_("site")}, {.title = N_("fields")}};
    struct cmd cmd;
    struct table *table = NULL;
    const struct kind *kind = NULL;
    int64_t limit = LIST_LIMIT_DEFAULT;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    err = cli_int(&command, &cmd.args, "limit", (struct cli_range){1, LIST_MOST}, &limit, info);
    if (err == ERR_OK)
        err = fields_kind(cmd.args.words[0], &kind, info);
    if (err == ERR_OK)
        err = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);
    if (err == ERR_OK)
        err = list_pages(&cmd, table, limit, info);
    if (err == ERR_OK && !cmd.json && table_row_count(table) == 0)
        say(has_condition(&cmd) ? N_("no records like that: %s\n") : N_("no records yet: %s\n"),
            kind->label);
    else if (err == ERR_OK && !cmd.json)
        err = table_print(table, stdout);
    table_free(table);
    return err;
}
