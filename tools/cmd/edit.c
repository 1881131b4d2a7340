#include <stdlib.h>
#include <string.h>

#include "tools/cmd/attach.h"
#include "tools/cmd/fields.h"

static const struct cli_option options[] = {
    {.name = "if-version",
     .argument = "VERSION",
     .help = N_("refuse when the record has changed since (exit status 7)")},
    {.name = "attach",
     .letter = 'a',
     .argument = "FILE",
     .help = N_("add a file; may be given several times")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse edit",
    .words = "ID FIELD=VALUE …",
    .words_min = 1,
    .words_max = CLI_WORDS_MAX,
    CMD_OPTIONS(options),
    .summary = N_("change a record; FIELD= clears, FIELD+=a,b and FIELD-=a change a set")};

static enum err find_kind(struct cmd *cmd, const char *id, const struct kind **kind_out,
                          struct err_info *info)
{
    json_t *record = NULL;
    struct http_url url = cmd_url("records", "any", id);
    enum err err = cmd_get(cmd, &url, &record, info);
    if (err != ERR_OK)
        return err;
    const char *name = json_string_value(json_object_get(record, "kind"));
    *kind_out = name != NULL ? kind_by_name(name) : NULL;
    json_decref(record);
    return *kind_out != NULL
               ? ERR_OK
               : err_set(info, ERR_UNSUPPORTED, "%s is of a kind this program does not know", id);
}

static enum err send_change(struct cmd *cmd, const struct kind *kind, const json_t *body,
                            json_t **answer_out, struct err_info *info)
{
    char tag[64];
    const char *version = cli_value(cmd->command, &cmd->args, "if-version");
    (void)snprintf(tag, sizeof(tag), "\"%s\"", version != NULL ? version : "");
    if (version != NULL && strlen(version) + 3 > sizeof(tag))
        return err_set(info, ERR_USAGE, "'%s' is no version", version);
    struct http_pair header = {.name = "If-Match", .value = tag};
    char *text = json_dumps(body, JSON_COMPACT);
    if (text == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    struct http_call call = {.method = "PATCH",
                             .content_type = HTTP_JSON,
                             .body = bytes_of_text(text),
                             .headers = &header,
                             .header_count = version != NULL ? 1 : 0};
    struct http_url url = cmd_url("records", kind->name, cmd->args.words[0]);
    enum err err = cmd_call(cmd, &url, &call, answer_out, info);
    free(text);
    return err;
}

enum err cmd_edit(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    const struct kind *kind = NULL;
    json_t *answer = NULL;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    if (cmd.args.word_count == 1 && !cli_given(&command, &cmd.args, "attach"))
        return err_set(info, ERR_USAGE, "nothing to change: give FIELD=VALUE");
    err = find_kind(&cmd, cmd.args.words[0], &kind, info);
    if (err != ERR_OK)
        return err;
    json_t *fields = json_object();
    for (size_t i = 1; i < cmd.args.word_count && err == ERR_OK; i++)
        err = fields_add(fields, kind, cmd.args.words[i], FIELDS_CHANGE, info);
    if (err == ERR_OK)
        err = attach_files(&cmd, kind, true, fields, info);
    json_t *body = json_pack("{s:o}", "fields", fields);
    if (err == ERR_OK)
        err = send_change(&cmd, kind, body, &answer, info);
    json_decref(body);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(answer);
    else
        say("%s changed\n", member_text(answer, "id", &(struct member_text){0}));
    json_decref(answer);
    return ERR_OK;
}
