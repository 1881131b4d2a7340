#include <string.h>

#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {CMD_COMMON_OPTIONS};
static const struct cli_command command = {
    .name = "cse receipt",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = N_(
        "where each change of this record is: saved here, sent, accepted by the broker under its "
        "number, applied to the picture, or set aside and why")};

static const char *state_words(const char *state)
{
    static const char *const words[][2] = {{"saved", N_("saved")},
                                           {"sent", N_("sent")},
                                           {"accepted", N_("accepted")},
                                           {"applied", N_("applied")},
                                           {"set_aside", N_("set aside")}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i][0], state) == 0)
            return words[i][1];
    }
    return state;
}

enum err cmd_receipt(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    json_t *answer = NULL, *operation;
    size_t index;
    struct member_text a, b, c, d, e;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    struct http_url url = cmd_url("receipts", cmd.args.words[0], NULL);
    err = cmd_get(&cmd, &url, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json) {
        print_json_line(answer);
    } else {
        const char *whole = member_text(answer, "state", &c);
        say("%s %s: %s\n", member_text(answer, "kind", &a), member_text(answer, "id", &b),
            state_words(whole));
        json_array_foreach(json_object_get(answer, "operations"), index, operation)
        {
            const char *state = member_text(operation, "state", &d);
            bool there = strcmp(state, "accepted") == 0 || strcmp(state, "applied") == 0;
            say("  %s, saved %s: %s", site_text(operation, "site", &a),
                time_text(json_object_get(operation, "saved_at"), &c), state_words(state));
            if (there)
                say(" as number %s", member_text(operation, "number", &b));
            const char *reason = member_text(operation, "reason", &e);
            (void)printf("%s", reason[0] != '\0' ? ": " : "");
            print_text(reason);
            (void)putchar('\n');
        }
    }
    json_decref(answer);
    return ERR_OK;
}
