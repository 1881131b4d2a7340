#include "lib/http/json.h"
#include "lib/sys/config.h"
#include "proto/base/limits.h"
#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {
    {.name = "name", .letter = 'n', .argument = "NAME", .help = N_("the site's name for people")},
    {.name = "partner", .help = N_("an organisation of its own that works with us")},
    {.name = "replace",
     .help = N_(
         "a new machine takes the place of the site's lost one, and gets back what the broker has "
         "of it; the old machine is shut out as soon as the token is used")},
    {.name = "valid",
     .argument = "TIME",
     .help = N_("how long the token can be used (default 7d)")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse invite",
    .words = "SITE",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary =
        N_("print a token that lets one site enrol once: hand it over like a password; a newer "
           "one for the same site ends the one before")};

enum { DAY_MS = 24 * 60 * 60 * 1000, VALID_DAYS = 7 };

enum err cmd_invite(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    json_t *answer = NULL;
    int64_t valid_ms = (int64_t)VALID_DAYS * DAY_MS;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    const char *name = cli_value(&command, &cmd.args, "name");
    const char *valid = cli_value(&command, &cmd.args, "valid");
    if (valid != NULL && config_parse_duration(valid, &valid_ms) != ERR_OK)
        return err_set(info, ERR_USAGE, "--valid '%s' is no time; write 7d or 12h", valid);
    if (valid_ms < 1 || valid_ms > (int64_t)INVITE_DAYS_MAX * DAY_MS)
        return err_set(info, ERR_USAGE, "--valid: at most %d days", INVITE_DAYS_MAX);
    json_int_t days = (valid_ms + DAY_MS - 1) / DAY_MS;
    json_t *body = json_pack("{s:s, s:s, s:b, s:b, s:I}", "site", cmd.args.words[0], "name",
                             name != NULL ? name : cmd.args.words[0], "partner",
                             (int)cli_given(&command, &cmd.args, "partner"), "replace",
                             (int)cli_given(&command, &cmd.args, "replace"), "valid_days", days);
    if (body == NULL && json_went_without())
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    if (body == NULL)
        return err_set(info, ERR_USAGE, "the site's name is not UTF-8");
    struct http_url url = cmd_url("sites", "invitations", NULL);
    err = cmd_send(&cmd, "POST", &url, body, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(answer);
    else
        (void)printf("%s\n", member_text(answer, "token", &(struct member_text){0}));
    json_decref(answer);
    return ERR_OK;
}
