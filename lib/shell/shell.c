#include "lib/shell/shell.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/http/client.h"
#include "lib/ledger/copy.h"
#include "lib/link/sockets.h"
#include "lib/sys/clock.h"
#include "lib/sys/files.h"
#include "lib/sys/log.h"
#include "lib/sys/random.h"
#include "lib/sys/say.h"
#include "lib/sys/sdnotify.h"
#include "lib/sys/signals.h"

enum {
    POLL_MS_MAX = 15 * 1000,
    ARGS_MAX = 256,
    RESERVE_MS = 1000 /* from one try to have descriptors back to the next */,
    CLOCK_STEP_MS = 2 * 60 * 1000 /* a clock that moves by more has been set */,
};

struct shell_settings shell_defaults(const char *http, int64_t store_size_bytes)
{
    struct shell_settings settings = {
        .log_level = "info",
        .store_size_bytes = store_size_bytes,
        .fresh_current_ms = (int64_t)24 * 3600 * 1000,
        .fresh_late_ms = (int64_t)7 * 24 * 3600 * 1000,
    };
    assert(strlen(http) < sizeof(settings.http));
    memcpy(settings.http, http, strlen(http) + 1);
    return settings;
}

enum language shell_language(const struct shell_settings *settings)
{
    enum language language = LANGUAGE_PLAIN;
    (void)language_from_tag(settings->language, &language);
    return language;
}

unsigned shell_http_connections(void)
{
    int share = descriptors_max() / 8;
    if (share < 8)
        return 8;
    return share < HTTP_CONNECTIONS_MAX ? (unsigned)share : HTTP_CONNECTIONS_MAX;
}

int shell_spare_descriptors(void)
{
    return 2 * (int)shell_http_connections() + DESCRIPTORS_SPARE;
}

/* The value of `--name VALUE` or `--name=VALUE`, or NULL. */
static const char *flag_value(struct config_args args, const char *name)
{
    size_t len = strlen(name);

    for (int i = 1; i < args.argc; i++) {
        if (strncmp(args.argv[i], "--", 2) != 0 || strncmp(args.argv[i] + 2, name, len) != 0)
            continue;
        if (args.argv[i][2 + len] == '=')
            return args.argv[i] + 3 + len;
        if (args.argv[i][2 + len] == '\0' && i + 1 < args.argc)
            return args.argv[i + 1];
    }
    return NULL;
}

enum err shell_configure(const struct config_spec *spec, struct config_args args, void *values,
                         enum config_outcome *outcome_out, struct err_info *info)
{
    const char *dir = flag_value(args, "data");
    char path[PATH_BYTES_MAX];
    char flag[] = "--config";
    char *argv[ARGS_MAX];

    say_use(say_environment()); /* for --help; what is served has its own */
    if (dir == NULL || flag_value(args, "config") != NULL || args.argc + 3 > ARGS_MAX ||
        path_join(dir, "cse.yaml", path, NULL) != ERR_OK || !file_exists(path))
        return config_read(spec, args, values, outcome_out, info);
    memcpy(argv, args.argv, (size_t)args.argc * sizeof(argv[0]));
    argv[args.argc] = flag;
    argv[args.argc + 1] = path;
    argv[args.argc + 2] = NULL;
    return config_read(spec, (struct config_args){.argc = args.argc + 2, .argv = argv}, values,
                       outcome_out, info);
}

static void set_disk_floor(struct shell *shell)
{
    int64_t floor = shell->settings.disk_floor_bytes;
    store_set_disk_floor(shell->store, floor > 0 ? (uint64_t)floor : STORE_DISK_FLOOR_AUTO);
}

void shell_reload(struct shell *shell, enum err err, const struct shell_settings *fresh,
                  const struct err_info *info)
{
    enum log_level level;

    if (err != ERR_OK) {
        log_failure(LOG_ERROR, "config.refused", info);
        return;
    }
    if (log_level_parse(fresh->log_level, &level) == ERR_OK)
        log_set_level(level);
    shell->settings.disk_floor_bytes = fresh->disk_floor_bytes;
    set_disk_floor(shell);
    log_event(LOG_INFO, "config.reloaded", "log_level=%s", fresh->log_level);
}

static void end_unreadable(void)
{
    log_event(LOG_ERROR, "store.unreadable",
              "code=corrupt error=\"the store's file was cut short, or the disk fails\"");
}

enum err shell_open(struct shell *shell, const struct shell_settings *settings,
                    struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    enum log_level level = LOG_INFO;

    *shell = (struct shell){.settings = *settings, .signal_fd = -1};
    if (log_level_parse(settings->log_level, &level) != ERR_OK)
        return err_set(info, ERR_INVALID, "log_level: '%s' is none of debug, info, warn, error",
                       settings->log_level);
    log_set_level(level);
    enum language language;
    if (settings->language[0] != '\0' && !language_from_tag(settings->language, &language))
        return err_set(info, ERR_INVALID, "language: '%s' is none of en, ro, ru, lt, pl",
                       settings->language);
    (void)descriptors_raise();
    descriptors_hold(&shell->reserve);
    signals_on_unreadable(end_unreadable);
    enum err err = sys_init(info);
    if (err == ERR_OK)
        err = signals_open(&shell->signal_fd, info);
    if (err == ERR_OK)
        err = keys_load(settings->data, &shell->keys, info);
    if (err == ERR_OK)
        err = path_join(settings->data, "store", path, info);
    if (err == ERR_OK && !file_exists(path))
        err = err_set(info, ERR_NOT_FOUND, "'%s' is no data directory: make one with cse init",
                      settings->data);
    if (err == ERR_OK)
        err = store_open_lmdb(path, (size_t)settings->store_size_bytes, &shell->store, info);
    if (err == ERR_OK) {
        set_disk_floor(shell);
        err = copy_check(shell->store, info);
        if (err != ERR_OK)
            err = err_wrap(info, err, "'%s' is not to be run", settings->data);
    }
    if (err == ERR_OK)
        err = path_join(settings->data, "blobs", path, info);
    if (err == ERR_OK)
        err = blobs_open_dir(path, &shell->blobs, info);
    return err == ERR_OK ? socket_context(&shell->zmq, info) : err;
}

enum err shell_serve(struct shell *shell, struct api *api, struct err_info *info)
{
    static struct http_app app;
    const char *hosts[CONFIG_LIST_MAX];
    char path[PATH_BYTES_MAX];
    const struct shell_settings *settings = &shell->settings;

    app.routes = api_routes(&app.route_count);
    app.context = api;
    app.language = shell_language(settings);
    for (uint32_t i = 0; i < settings->http_hosts.count; i++)
        hosts[i] = settings->http_hosts.items[i];
    enum err err = path_join(settings->data, HTTP_SOCKET_NAME, path, info);
    if (err != ERR_OK)
        return err;
    struct http_config config = {
        .listen = settings->http,
        .socket_path = path,
        .hosts = hosts,
        .host_count = settings->http_hosts.count,
        .tls_certificate = settings->tls_certificate[0] != '\0' ? settings->tls_certificate : NULL,
        .tls_key = settings->tls_key[0] != '\0' ? settings->tls_key : NULL,
        .connections_max = shell_http_connections(),
        .app = &app,
    };
    return http_server_open(&config, &shell->http, info);
}

void shell_close(struct shell *shell)
{
    http_server_close(shell->http);
    blobs_close(shell->blobs);
    store_close(shell->store);
    if (shell->zmq != NULL)
        (void)zmq_ctx_term(shell->zmq);
    if (shell->signal_fd >= 0)
        (void)close(shell->signal_fd);
    descriptors_free(&shell->reserve);
    keys_wipe(&shell->keys);
}

void shell_fail(struct shell *shell, const struct err_info *info)
{
    if (shell->fatal.code == ERR_OK)
        shell->fatal = *info;
}

/* How long the loop may sleep, in ms. */
static long sleep_ms(struct shell *shell, uint64_t wake_ms, bool more)
{
    uint64_t now_ms = clock_mono_ms();
    uint64_t watchdog_ms = sdnotify_watchdog_ms();
    long http_ms = http_server_timeout_ms(shell->http);
    long wait_ms = POLL_MS_MAX;

    if (more || wake_ms <= now_ms)
        return 0;
    if (shell->reserve.lent)
        wait_ms = RESERVE_MS;
    if (wake_ms - now_ms < (uint64_t)wait_ms)
        wait_ms = (long)(wake_ms - now_ms);
    if (http_ms >= 0 && http_ms < wait_ms)
        wait_ms = http_ms;
    if (watchdog_ms > 0 && watchdog_ms < (uint64_t)wait_ms)
        wait_ms = (long)watchdog_ms;
    return wait_ms;
}

static void take_signals(struct shell *shell, const struct shell_work *work)
{
    enum signal_event event = signals_take(shell->signal_fd);

    if (event == SIGNAL_STOP) {
        shell->stopping = true;
    } else if (event == SIGNAL_RELOAD && work->reload != NULL) {
        sdnotify_reloading();
        work->reload(work->context);
        sdnotify_ready();
    }
}

static void wait_for_work(struct shell *shell, const struct shell_work *work, long wait_ms)
{
    zmq_pollitem_t items[1 + 2 + SHELL_ITEMS_MAX] = {
        {.fd = shell->signal_fd, .events = ZMQ_POLLIN}};
    int fds[2];
    int count = 1;

    size_t fd_count = http_server_fds(shell->http, fds);
    for (size_t i = 0; i < fd_count; i++)
        items[count++] = (zmq_pollitem_t){.fd = fds[i], .events = ZMQ_POLLIN};
    count += work->items(work->context, items + count);
    (void)zmq_poll(items, count, wait_ms);
    if (items[0].revents != 0)
        take_signals(shell, work);
}

const char *shell_unready(const struct shell *shell)
{
    return shell->reserve.lent ? N_("no file descriptors are left: raise LimitNOFILE") : NULL;
}

static void tend_descriptors(struct shell *shell)
{
    uint64_t now_ms = clock_mono_ms();

    if (shell->reserve.lent && now_ms < shell->reserve_at_ms)
        return;
    shell->reserve_at_ms = now_ms + RESERVE_MS;
    if (descriptors_tend(&shell->reserve))
        log_event(shell->reserve.lent ? LOG_ERROR : LOG_INFO,
                  shell->reserve.lent ? "descriptors.none" : "descriptors.freed", "limit=%d",
                  descriptors_max());
}

/* Nothing here depends on the clock's truth; who reads the log should know that it was set. */
static void watch_clock(struct shell *shell)
{
    int64_t base_ms = (int64_t)clock_unix_ms() - (int64_t)clock_mono_ms();
    int64_t moved_ms = base_ms - shell->clock_base_ms;

    if (shell->clock_base_ms != 0 && (moved_ms > CLOCK_STEP_MS || moved_ms < -CLOCK_STEP_MS))
        log_event(LOG_WARN, "clock.set", "by_s=%" PRId64, moved_ms / 1000);
    shell->clock_base_ms = base_ms;
}

/* The turn ended in `err`: end with what the store met, when that is the cause. */
static void fail_turn(struct shell *shell, enum err err)
{
    struct err_info info = {.code = err};
    const struct err_info *trouble = store_trouble(shell->store);

    if (trouble != NULL)
        info = *trouble;
    else
        (void)err_set(&info, err, "the store failed: %s", err_text(err));
    shell_fail(shell, &info);
}

int shell_run(struct shell *shell, const struct shell_work *work)
{
    uint64_t wake_ms = 0;
    bool more = true;
    struct err_info info = {0};

    sdnotify_ready();
    while (!shell->stopping && shell->fatal.code == ERR_OK) {
        wait_for_work(shell, work, sleep_ms(shell, wake_ms, more));
        sdnotify_watchdog();
        tend_descriptors(shell);
        watch_clock(shell);
        enum err err = work->turn(work->context, &wake_ms);
        if (err != ERR_OK)
            fail_turn(shell, err);
        if (shell->fatal.code == ERR_OK)
            http_server_run(shell->http);
        more = shell->fatal.code == ERR_OK && api_tick(work->api, clock_unix_ms());
        if (more) /* whoever waits for a job looks again */
            http_server_wake(shell->http);
    }
    sdnotify_stopping();
    if (shell->fatal.code == ERR_OK)
        return 0;
    info = shell->fatal;
    (void)err_wrap(&info, info.code, "stopped, start again");
    log_failure(LOG_ERROR, "daemon.failed", &info);
    return SHELL_EXIT_AGAIN;
}
