#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "lib/sys/clock.h"
#include "lib/sys/progress.h"
#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {
    {.name = "wait",
     .letter = 'w',
     .argument = "SECONDS",
     .help = N_("wait until the centre has everything; exit status 16 if not by then")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse sync",
    .words = "",
    CMD_OPTIONS(options),
    .summary = N_("connect now rather than when the pause between attempts ends")};

enum { POLL_MS = 100, WAIT_S_MAX = 7 * 24 * 3600 };

static void pause_ms(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

struct outbox {
    int64_t changes, files; /* that the centre has not acknowledged */
    char trouble[256];      /* why nothing goes out; "" when nothing is known to be wrong */
};

static enum err pending_now(struct cmd *cmd, struct outbox *outbox_out, struct err_info *info)
{
    struct member_text a;
    json_t *status = NULL;
    struct http_url url = cmd_url("status", NULL, NULL);
    enum err err = cmd_get(cmd, &url, &status, info);
    if (err != ERR_OK)
        return err;
    const json_t *link = json_object_get(status, "link");
    bool up = strcmp(member_text(link, "state", &a), "steady") == 0;
    outbox_out->changes = member_int(status, "pending");
    outbox_out->files = member_int(status, "files_pending");
    const char *why = member_text(json_object_get(link, "last_error"), "text", &a);
    (void)snprintf(outbox_out->trouble, sizeof(outbox_out->trouble), "%s",
                   up               ? ""
                   : why[0] != '\0' ? why
                                    : N_("the broker is not connected"));
    json_decref(status);
    return ERR_OK;
}

static uint64_t all_of(const struct outbox *outbox)
{
    return (uint64_t)(outbox->changes + outbox->files);
}

static enum err wait_until_sent(struct cmd *cmd, int64_t wait_s, struct outbox *outbox,
                                struct err_info *info)
{
    struct progress progress;
    uint64_t until_ms = clock_mono_ms() + (uint64_t)wait_s * 1000;
    enum err err = pending_now(cmd, outbox, info);
    if (err != ERR_OK)
        return err;
    uint64_t all = all_of(outbox);
    progress_start(&progress, tr(N_("sent")), all);
    while (all_of(outbox) > 0 && clock_mono_ms() < until_ms && err == ERR_OK) {
        pause_ms(POLL_MS);
        err = pending_now(cmd, outbox, info);
        progress_show(&progress, all_of(outbox) < all ? all - all_of(outbox) : 0);
    }
    progress_end(&progress);
    return err;
}

/* One sentence: what is left, why, and that it is safe. */
static void describe(const struct outbox *outbox, char *text, size_t size)
{
    struct count_text count, files;
    const char *changes = count_text(outbox->changes, P_("%s change", "%s changes"), &count);
    const char *trouble = outbox->trouble;
    bool open = trouble[0] != '\0';
    (void)count_text(outbox->files, P_("%s file", "%s files"), &files);
    if (outbox->files > 0)
        say_in(text, size, "%s and %s still to be sent%s%s%s", changes, files.text,
               open ? " (" : "", trouble, open ? ")" : "");
    else
        say_in(text, size, "%s still to be sent%s%s%s", changes, open ? " (" : "", trouble,
               open ? ")" : "");
}

static enum err tell(const struct cmd *cmd, const struct outbox *outbox, int64_t wait_s,
                     struct err_info *info)
{
    char text[400];
    describe(outbox, text, sizeof(text));
    if (cmd->json)
        (void)printf("{\"pending\":%" PRIu64 "}\n", all_of(outbox));
    else if (all_of(outbox) == 0)
        say("everything is at the centre\n");
    else if (wait_s == 0)
        say("%s; safe here, goes on by itself\n", text);
    if (wait_s > 0 && all_of(outbox) > 0)
        return err_set(info, ERR_TIMEOUT,
                       "after %" PRId64 " s: %s; safe here, goes on by itself; 'cse status' shows "
                       "how it stands",
                       wait_s, text);
    return ERR_OK;
}

enum err cmd_sync(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    int64_t wait_s = 0;
    struct outbox outbox = {0};
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    err = cli_int(&command, &cmd.args, "wait", (struct cli_range){0, WAIT_S_MAX}, &wait_s, info);
    if (err != ERR_OK)
        return err;
    struct http_url url = cmd_url("sync", NULL, NULL);
    err = cmd_send(&cmd, "POST", &url, NULL, NULL, info);
    if (err == ERR_OK)
        err = wait_s > 0 ? wait_until_sent(&cmd, wait_s, &outbox, info)
                         : pending_now(&cmd, &outbox, info);
    return err != ERR_OK ? err : tell(&cmd, &outbox, wait_s, info);
}
