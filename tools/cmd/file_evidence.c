#include "tools/cmd/cmd.h"

#include <inttypes.h>

static const struct cli_option options[] = {
    {.name = "period",
     .argument = "YYYY-QN",
     .help = N_("which quarter (default the last that ended)")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse file-evidence",
    .words = "",
    CMD_OPTIONS(options),
    .summary =
        N_("at the centre: file the figures of a quarter that has ended as evidence, once; each "
           "counts when somebody has accepted it (cse checks lists those that wait)")};

enum err cmd_file_evidence(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct member_text a;
    json_t *answer = NULL;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    struct http_url url = cmd_url("periods", NULL, NULL);
    const char *period = cli_value(&command, &cmd.args, "period");
    if (period != NULL)
        http_url_query(&url, "period", period);
    err = cmd_send(&cmd, "POST", &url, NULL, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(answer);
    else
        say("%s: %" PRId64 " records filed\n", member_text(answer, "period", &a),
            member_int(answer, "filed"));
    json_decref(answer);
    return ERR_OK;
}
