#include "tools/cmd/cmd.h"

#include <inttypes.h>
#include <string.h>

static const struct cli_option options[] = {
    {.name = "of", .argument = "KIND", .help = N_("complaints or contacts")},
    {.name = "by", .argument = "PERIOD", .help = N_("month (default) or all")},
    {.name = "from", .argument = "DATE", .help = N_("from the month of this day")},
    {.name = "to", .argument = "DATE", .help = N_("to the month of this day (default today)")},
    {.name = "site", .letter = 's', .argument = "SITE", .help = N_("only this site's")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse measure",
    .words = "STANDARD",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary =
        N_("measure a standard by the records that are here: one measurement a month, or one of "
           "all, made once however often it is run")};

/* Is there a measurement of the standard for these days? */
static enum err is_measured(struct cmd *cmd, const char *standard, const json_t *month,
                            bool *measured_out, struct err_info *info)
{
    struct member_text a, b;
    char where[3][96];
    json_t *answer = NULL;
    struct http_url url = cmd_url("records", "measurement", NULL);
    (void)snprintf(where[0], sizeof(where[0]), "standard:%s", standard);
    (void)snprintf(where[1], sizeof(where[1]), "period_from:%s",
                   member_text(month, "period_from", &a));
    (void)snprintf(where[2], sizeof(where[2]), "period_to:%s", member_text(month, "period_to", &b));
    for (int i = 0; i < 3; i++)
        http_url_query(&url, "where", where[i]);
    http_url_query(&url, "limit", "1");
    enum err err = cmd_get(cmd, &url, &answer, info);
    if (err == ERR_OK)
        *measured_out = json_array_size(json_object_get(answer, "records")) > 0;
    json_decref(answer);
    return err;
}

static enum err measure(struct cmd *cmd, const char *standard, const json_t *month, int64_t *made,
                        struct err_info *info)
{
    bool measured = false;
    json_t *answer = NULL;
    enum err err = is_measured(cmd, standard, month, &measured, info);
    if (err != ERR_OK || measured)
        return err;
    json_t *fields = json_pack(
        "{s:s, s:O, s:O, s:O, s:O}", "standard", standard, "period_from",
        json_object_get(month, "period_from"), "period_to", json_object_get(month, "period_to"),
        "within", json_object_get(month, "within"), "total", json_object_get(month, "total"));
    const char *site = cli_value(&command, &cmd->args, "site");
    if (site != NULL)
        (void)json_object_set_new(fields, "site", json_string(site));
    struct http_url url = cmd_url("records", "measurement", NULL);
    err = cmd_send(cmd, "POST", &url, json_pack("{s:o}", "fields", fields), &answer, info);
    *made += err == ERR_OK;
    json_decref(answer);
    return err;
}

/* The months as one period, from the first to the last. */
static json_t *whole_of(const json_t *answer)
{
    const json_t *months = json_object_get(answer, "months");
    size_t count = json_array_size(months);
    if (count == 0)
        return json_array();
    return json_pack("[{s:O, s:O, s:O, s:O}]", "period_from",
                     json_object_get(json_array_get(months, 0), "period_from"), "period_to",
                     json_object_get(json_array_get(months, count - 1), "period_to"), "within",
                     json_object_get(answer, "within"), "total", json_object_get(answer, "total"));
}

enum err cmd_measure(int argc, char **argv, struct err_info *info)
{
    static const char *const names[] = {"of", "from", "to", "site"};
    struct cmd cmd;
    json_t *answer = NULL, *month, *record = NULL;
    size_t index;
    int64_t made = 0;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    const char *by = cli_value(&command, &cmd.args, "by");
    if (by != NULL && strcmp(by, "all") != 0 && strcmp(by, "month") != 0)
        return err_set(info, ERR_USAGE, "--by month or all, not '%s'", by);
    struct http_url url = cmd_url("timeliness", NULL, NULL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = cli_value(&command, &cmd.args, names[i]);
        if (value != NULL)
            http_url_query(&url, names[i], value);
    }
    err = cmd_get(&cmd, &url, &answer, info);
    if (err == ERR_OK) {
        struct http_url of = cmd_url("records", "standard", cmd.args.words[0]);
        err = cmd_get(&cmd, &of, &record, info);
    }
    struct member_text id;
    json_t *months = err != ERR_OK ? NULL
                     : by != NULL && strcmp(by, "all") == 0
                         ? whole_of(answer)
                         : json_incref(json_object_get(answer, "months"));
    json_array_foreach(months, index, month)
    {
        if (err == ERR_OK)
            err = measure(&cmd, member_text(record, "id", &id), month, &made, info);
    }
    if (err == ERR_OK && cmd.json) {
        json_t *line = json_pack("{s:I, s:I}", "made", (json_int_t)made, "periods",
                                 (json_int_t)json_array_size(months));
        print_json_line(line);
        json_decref(line);
    } else if (err == ERR_OK) {
        say("%" PRId64 " of %zu periods measured now\n", made, json_array_size(months));
    }
    json_decref(months);
    json_decref(record);
    json_decref(answer);
    return err;
}
