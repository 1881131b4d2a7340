#include <string.h>

#include "tools/cmd/cmd.h"
#include "tools/cmd/fields.h"

static const struct cli_option options[] = {
    {.name = "take",
     .letter = 't',
     .argument = "N",
     .help = N_("this one of the values that 'cse conflicts' numbers")},
    {.name = "value", .letter = 'v', .argument = "V", .help = N_("another value instead")},
    {.name = "member",
     .letter = 'm',
     .argument = "M",
     .help = N_("which member, when the field is a set")},
    {.name = "reason", .letter = 'r', .argument = "TEXT", .help = N_("why, for the record")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse resolve",
    .words = "ID FIELD",
    .words_min = 2,
    .words_max = 2,
    CMD_OPTIONS(options),
    .summary = N_("settle a conflict; for a set or 'deleted' --value is yes or no")};

/* The field's description; NULL for the deletion mark. */
static enum err find_field(struct cmd *cmd, const struct field **field_out, struct err_info *info)
{
    json_t *record = NULL;
    struct http_url url = cmd_url("records", "any", cmd->args.words[0]);
    enum err err = cmd_get(cmd, &url, &record, info);
    if (err != ERR_OK)
        return err;
    const char *name = json_string_value(json_object_get(record, "kind"));
    const struct kind *kind = name != NULL ? kind_by_name(name) : NULL;
    json_decref(record);
    *field_out = NULL;
    if (strcmp(cmd->args.words[1], "deleted") == 0)
        return ERR_OK;
    if (kind == NULL)
        return err_set(info, ERR_UNSUPPORTED, "%s is of a kind this program does not know",
                       cmd->args.words[0]);
    *field_out = field_by_name(kind, cmd->args.words[1]);
    return *field_out != NULL ? ERR_OK : fields_unknown(kind, cmd->args.words[1], info);
}

static enum err make_body(struct cmd *cmd, const struct field *field, json_t *body,
                          struct err_info *info)
{
    const char *text = cli_value(cmd->command, &cmd->args, "value");
    const char *member = cli_value(cmd->command, &cmd->args, "member");
    const char *reason = cli_value(cmd->command, &cmd->args, "reason");
    if (reason != NULL)
        (void)json_object_set_new(body, "reason", json_string(reason));
    json_t *value = NULL;
    enum err err = ERR_OK;
    (void)json_object_set_new(body, "field", json_string(cmd->args.words[1]));
    if (text != NULL && (field == NULL || field->set)) {
        bool yes = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
        if (!yes && strcmp(text, "no") != 0 && strcmp(text, "false") != 0)
            return err_set(info, ERR_USAGE, "--value: yes or no");
        value = json_boolean(yes);
    } else if (text != NULL) {
        err = fields_value(field, text, &value, info);
    }
    if (value != NULL)
        (void)json_object_set_new(body, "value", value);
    if (err == ERR_OK && member != NULL && field != NULL) {
        json_t *encoded = NULL;
        err = fields_value(field, member, &encoded, info);
        if (encoded != NULL)
            (void)json_object_set_new(body, "member", encoded);
    }
    return err;
}

enum err cmd_resolve(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    const struct field *field = NULL;
    json_t *answer = NULL;
    int64_t take = 0;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    err = cli_int(&command, &cmd.args, "take", (struct cli_range){1, 1000}, &take, info);
    if (err == ERR_OK && (take != 0) == cli_given(&command, &cmd.args, "value"))
        err = err_set(info, ERR_USAGE, "give either --take N or --value V");
    if (err == ERR_OK)
        err = find_field(&cmd, &field, info);
    if (err != ERR_OK)
        return err;
    json_t *body = json_object();
    if (take != 0)
        (void)json_object_set_new(body, "take", json_integer(take));
    err = make_body(&cmd, field, body, info);
    if (err != ERR_OK) {
        json_decref(body);
        return err;
    }
    struct http_url url = cmd_url("conflicts", cmd.args.words[0], NULL);
    err = cmd_send(&cmd, "POST", &url, body, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(answer);
    else
        say("%s of %s is settled\n", cmd.args.words[1],
            member_text(answer, "id", &(struct member_text){0}));
    json_decref(answer);
    return ERR_OK;
}
