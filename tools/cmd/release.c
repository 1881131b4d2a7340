#include <string.h>

#include "lib/sys/config.h"
#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {CMD_COMMON_OPTIONS};
static const struct cli_command command = {
    .name = "cse release",
    .words = "SITE:EPOCH",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary =
        N_("apply what is held of a suspected copy of a site; epochs are in 'cse sites --json'")};

enum err cmd_release(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    json_t *answer = NULL;
    char slug[64];
    int64_t epoch = 0;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    const char *word = cmd.args.words[0];
    const char *colon = strchr(word, ':');
    if (colon == NULL || (size_t)(colon - word) >= sizeof(slug) ||
        config_parse_int(colon + 1, &epoch) != ERR_OK || epoch < 1 || epoch > UINT32_MAX)
        return err_set(info, ERR_USAGE, "'%s' is not SITE:EPOCH, for example housing:2", word);
    (void)snprintf(slug, sizeof(slug), "%.*s", (int)(colon - word), word);
    struct http_url url = cmd_url("sites", slug, "release");
    err =
        cmd_send(&cmd, "POST", &url, json_pack("{s:I}", "epoch", (json_int_t)epoch), &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(answer);
    else
        say("%s: %s changes released\n", word,
            member_text(answer, "released", &(struct member_text){0}));
    json_decref(answer);
    return ERR_OK;
}
