#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {CMD_COMMON_OPTIONS};
static const struct cli_command command = {
    .name = "cse revoke",
    .words = "SITE",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = N_("end a site's access at once; what it sent before stays")};

enum err cmd_revoke(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    json_t *answer = NULL;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    struct http_url url = cmd_url("sites", cmd.args.words[0], "revoke");
    err = cmd_send(&cmd, "POST", &url, NULL, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(answer);
    else
        say("%s has no access any more\n", cmd.args.words[0]);
    json_decref(answer);
    return ERR_OK;
}
