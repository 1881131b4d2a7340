#include "tools/cmd/attach.h"
#include "tools/cmd/fields.h"

static const struct cli_option options[] = {
    {.name = "attach",
     .letter = 'a',
     .argument = "FILE",
     .help = N_("add a file; may be given several times")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse record",
    .words = "KIND FIELD=VALUE …",
    .words_min = 1,
    .words_max = CLI_WORDS_MAX,
    CMD_OPTIONS(options),
    .summary = N_("write a record here and print its id; a set takes "
                  "a comma list; 'cse kinds KIND' lists the fields")};

enum err cmd_record(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    const struct kind *kind = NULL;
    json_t *answer = NULL;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    err = fields_kind(cmd.args.words[0], &kind, info);
    if (err != ERR_OK)
        return err;
    if (cmd.args.word_count == 1 && !cli_given(&command, &cmd.args, "attach")) {
        struct fields_text required;
        return err_set(info, ERR_USAGE, "give FIELD=VALUE%s%s; 'cse kinds %s' lists the fields",
                       fields_required(kind, &required)[0] != '\0' ? N_(", at least of ") : "",
                       fields_required(kind, &required), kind->name);
    }
    json_t *fields = json_object();
    for (size_t i = 1; i < cmd.args.word_count && err == ERR_OK; i++)
        err = fields_add(fields, kind, cmd.args.words[i], FIELDS_NEW, info);
    if (err == ERR_OK)
        err = attach_files(&cmd, kind, false, fields, info);
    if (err != ERR_OK) {
        json_decref(fields);
        return err;
    }
    struct http_url url = cmd_url("records", kind->name, NULL);
    err = cmd_send(&cmd, "POST", &url, json_pack("{s:o}", "fields", fields), &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(answer);
    else
        (void)printf("%s\n", member_text(answer, "id", &(struct member_text){0}));
    json_decref(answer);
    return ERR_OK;
}
