#include <inttypes.h>
#include <time.h>

#include "lib/sys/clock.h"
#include "lib/sys/progress.h"
#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {
    {.name = "wait",
     .letter = 'w',
     .argument = "SECONDS",
     .help = "wait until the centre has everything; exit status 16 if not by then"},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse sync",
    .words = "",
    CMD_OPTIONS(options),
    .summary = "connect now rather than when the pause between attempts ends"};

enum { POLL_MS = 100, WAIT_S_MAX = 7 * 24 * 3600 };

static void pause_ms(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

/* Changes and files that the centre has not acknowledged. */
static enum err pending_now(struct cmd *cmd, uint64_t *pending_out, struct err_info *info)
{
    json_t *status = NULL;
    struct http_url url = cmd_url("status", NULL, NULL);
    enum err err = cmd_get(cmd, &url, &status, info);
    if (err != ERR_OK)
        return err;
    *pending_out = (uint64_t)(member_int(status, "pending") + member_int(status, "files_pending"));
    json_decref(status);
    return ERR_OK;
}

static enum err wait_until_sent(struct cmd *cmd, int64_t wait_s, uint64_t *pending_out,
                                struct err_info *info)
{
    struct progress progress;
    uint64_t until_ms = clock_mono_ms() + (uint64_t)wait_s * 1000;
    uint64_t all = 0;
    enum err err = pending_now(cmd, &all, info);
    if (err != ERR_OK)
        return err;
    *pending_out = all;
    progress_start(&progress, "sent", all);
    while (*pending_out > 0 && clock_mono_ms() < until_ms && err == ERR_OK) {
        pause_ms(POLL_MS);
        err = pending_now(cmd, pending_out, info);
        progress_show(&progress, *pending_out < all ? all - *pending_out : 0);
    }
    progress_end(&progress);
    return err;
}

enum err cmd_sync(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    json_t *answer = NULL;
    int64_t wait_s = 0;
    uint64_t pending = 0;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    err = cli_int(&command, &cmd.args, "wait", (struct cli_range){0, WAIT_S_MAX}, &wait_s, info);
    if (err != ERR_OK)
        return err;
    struct http_url url = cmd_url("sync", NULL, NULL);
    err = cmd_send(&cmd, "POST", &url, NULL, &answer, info);
    if (err != ERR_OK)
        return err;
    json_decref(answer);
    err = wait_s > 0 ? wait_until_sent(&cmd, wait_s, &pending, info)
                     : pending_now(&cmd, &pending, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        (void)printf("{\"pending\":%" PRIu64 "}\n", pending);
    else if (pending == 0)
        (void)printf("everything is at the centre\n");
    else
        (void)printf("%" PRIu64 " still to be sent; nothing is lost, they go on by themselves\n",
                     pending);
    if (wait_s > 0 && pending > 0)
        return err_set(info, ERR_TIMEOUT, "not everything was acknowledged within %" PRId64 " s",
                       wait_s);
    return ERR_OK;
}
