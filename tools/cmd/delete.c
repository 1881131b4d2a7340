#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {CMD_COMMON_OPTIONS};
static const struct cli_command command = {.name = "cse delete",
                                           .words = "ID",
                                           .words_min = 1,
                                           .words_max = 1,
                                           CMD_OPTIONS(options),
                                           .summary =
                                               N_("remove a record; it stays in the history")};

enum err cmd_delete(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    json_t *answer = NULL;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    struct http_url url = cmd_url("records", "any", cmd.args.words[0]);
    err = cmd_send(&cmd, "DELETE", &url, NULL, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(answer);
    else
        say("%s deleted\n", member_text(answer, "id", &(struct member_text){0}));
    json_decref(answer);
    return ERR_OK;
}
