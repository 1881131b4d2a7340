#include "lib/sys/table.h"
#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {CMD_COMMON_OPTIONS};
static const struct cli_command command = {
    .name = "cse sites",
    .words = "",
    CMD_OPTIONS(options),
    .summary = N_(
        "who takes part: state, last heard, pending, lag, version; with --json one site a line")};

static enum err add_site(struct table *table, const json_t *site)
{
    struct member_text t[9];
    const char *cells[] = {
        member_text(site, "id", &t[0]),
        member_text(site, "name", &t[1]),
        tr(member_text(site, "kind", &t[2])),
        tr(member_text(site, "state", &t[3])),
        tr(member_text(site, "freshness", &t[4])),
        tr(age_text(json_object_get(site, "last_heard"), &t[5])),
        json_is_true(json_object_get(site, "connected")) ? tr(N_("yes")) : tr(N_("no")),
        member_text(site, "pending", &t[6]),
        member_text(site, "lag", &t[7]),
        member_text(site, "software", &t[8]),
    };
    return table_add(table, cells);
}

enum err cmd_sites(int argc, char **argv, struct err_info *info)
{
    static const struct table_column columns[] = {{.title = N_("site")},
                                                  {.title = N_("name")},
                                                  {.title = N_("kind")},
                                                  {.title = N_("state")},
                                                  {.title = N_("freshness")},
                                                  {.title = N_("last heard")},
                                                  {.title = N_("connected")},
                                                  {.title = N_("pending"), .right = true},
                                                  {.title = N_("lag"), .right = true},
                                                  {.title = N_("version")}};
    struct cmd cmd;
    struct table *table = NULL;
    json_t *answer = NULL, *site;
    size_t index;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    struct http_url url = cmd_url("sites", NULL, NULL);
    err = cmd_get(&cmd, &url, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json) {
        print_json_items(answer, "sites");
        json_decref(answer);
        return ERR_OK;
    }
    if (json_array_size(json_object_get(answer, "sites")) == 0)
        say("no sites yet: this node has not joined an organisation ('cse join TOKEN')\n");
    err = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);
    json_array_foreach(json_object_get(answer, "sites"), index, site)
    {
        if (err == ERR_OK)
            err = add_site(table, site);
    }
    if (err == ERR_OK && table_row_count(table) > 0)
        err = table_print(table, stdout);
    table_free(table);
    json_decref(answer);
    return err == ERR_OK ? ERR_OK
                         : err_set(info, err, "the table could not be printed: %s", err_text(err));
}
