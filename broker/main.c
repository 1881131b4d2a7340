#include <stddef.h>
#include <string.h>

#include "broker/daemon.h"
#include "lib/sys/clock.h"
#include "lib/sys/descriptors.h"
#include "lib/sys/log.h"
#include "lib/sys/random.h"

enum { FRAMES_A_TURN = 512 };

static const struct config_key config_keys[] = {
    SHELL_CONFIG_KEYS,
    {.name = "listen",
     .type = CONFIG_TEXT,
     .offset = offsetof(struct broker_settings, listen),
     .argument = "ADDRESS",
     .help = N_("where sites connect (tcp://interface:port)")},
    {.name = "address",
     .type = CONFIG_TEXT,
     .offset = offsetof(struct broker_settings, address),
     .argument = "ADDRESS",
     .help = N_("what invitations tell sites to connect to, when not the same")},
};

static const struct config_spec spec = {
    .program = "cse-broker",
    .summary = N_("Merge what every site records into one picture."),
    .keys = config_keys,
    .key_count = sizeof(config_keys) / sizeof(config_keys[0]),
};

static const int64_t store_size_bytes = (int64_t)64 << 30;

struct times daemon_now(void)
{
    return (struct times){.mono_ms = clock_mono_ms(), .unix_ms = clock_unix_ms()};
}

static enum err send_frame(void *context, struct bytes peer, struct bytes frame)
{
    struct daemon *daemon = context;
    return router_send(daemon->router, peer, frame);
}

static void fill_random(void *context, uint8_t *out, size_t len)
{
    (void)context;
    random_bytes(out, len);
}

static void write_log(void *context, enum broker_log_level level, const char *event,
                      const char *pairs)
{
    static const enum log_level levels[] = {[BROKER_LOG_DEBUG] = LOG_DEBUG,
                                            [BROKER_LOG_INFO] = LOG_INFO,
                                            [BROKER_LOG_WARN] = LOG_WARN,
                                            [BROKER_LOG_ERROR] = LOG_ERROR};

    (void)context;
    log_event(levels[level], event, "%s", pairs);
}

static bool admits(void *context, const uint8_t key[TRANSPORT_KEY_BYTES])
{
    const struct daemon *daemon = context;
    bool admitted = broker_admits_key(daemon->broker, key, clock_unix_ms());

    if (!admitted)
        broker_note_stranger(daemon->broker, key, daemon_now());
    return admitted;
}

static int items(void *context, zmq_pollitem_t *items_out)
{
    struct daemon *daemon = context;

    items_out[0] = (zmq_pollitem_t){.socket = zap_socket(daemon->zap), .events = ZMQ_POLLIN};
    items_out[1] = (zmq_pollitem_t){.socket = router_socket(daemon->router), .events = ZMQ_POLLIN};
    items_out[2] = (zmq_pollitem_t){.socket = router_monitor(daemon->router), .events = ZMQ_POLLIN};
    return 3;
}

static void reload(void *context)
{
    struct daemon *daemon = context;
    struct broker_settings fresh = {0};
    struct err_info info = {0};
    enum config_outcome outcome = CONFIG_RUN;

    fresh.shell = shell_defaults("127.0.0.1:7780", store_size_bytes);
    enum err err = shell_configure(&spec, daemon->args, &fresh, &outcome, &info);
    shell_reload(&daemon->shell, err, &fresh.shell, &info);
}

static enum err turn(void *context, uint64_t *wake_ms_out)
{
    struct daemon *daemon = context;

    uint64_t now_ms = clock_mono_ms();
    uint64_t tend_ms = daemon_tend_lines(daemon);

    zap_serve(daemon->zap, admits, daemon);
    for (int i = 0; i < FRAMES_A_TURN; i++) {
        struct router_frame frame;
        if (router_receive(daemon->router, now_ms, &frame) != ERR_OK)
            break;
        if (frame.multipart)
            broker_note_fault(daemon->broker, frame.key, daemon_now());
        else
            broker_on_frame(daemon->broker, frame.peer, frame.key, frame.payload, daemon_now());
    }
    enum err err = broker_pump(daemon->broker, daemon_now(), wake_ms_out);
    if (tend_ms < *wake_ms_out)
        *wake_ms_out = tend_ms;
    return err;
}

static enum err start_engine(struct daemon *daemon, struct err_info *info)
{
    struct shell *shell = &daemon->shell;
    static struct membership membership;
    struct store_txn *txn = NULL;

    enum err err = broker_feed_new(&daemon->feed);
    if (err != ERR_OK)
        return err_set(info, err, "start the feed");
    struct ledger_options options = broker_ledger_options(daemon->feed);
    options.today = clock_today_day();
    err = ledger_open(shell->store, &options, shell->keys.sign_secret, &daemon->ledger, info);
    if (err == ERR_OK)
        err = store_begin(shell->store, STORE_READ, &txn, info);
    if (err != ERR_OK)
        return err;
    err = membership_get(txn, &membership);
    store_abort(txn);
    if (err != ERR_OK)
        return err_set(info, err, "read the organisation's name");
    struct broker_setup setup = {
        .ledger = daemon->ledger,
        .feed = daemon->feed,
        .blobs = shell->blobs,
        .hooks = {.context = daemon,
                  .send = send_frame,
                  .random = fill_random,
                  .cut = daemon_cut_key,
                  .log = write_log},
        .config = {.software = CSE_VERSION, .organisation = membership.organisation},
    };
    memcpy(setup.config.sign_secret, shell->keys.sign_secret, sizeof(setup.config.sign_secret));
    return broker_new(&setup, daemon_now(), &daemon->broker, info);
}

/* Strangers are proven to stay outside before the first site is let in. */
static enum err start_sockets(struct daemon *daemon, struct err_info *info)
{
    struct shell *shell = &daemon->shell;
    struct router_config config = {.address = daemon->settings.listen,
                                   .transport_secret = shell->keys.transport_secret,
                                   .spare_descriptors = shell_spare_descriptors()};

    enum err err = router_self_test(shell->zmq, info);
    if (err == ERR_OK)
        err = zap_open(shell->zmq, &daemon->zap, info);
    if (err == ERR_OK)
        err = router_open(shell->zmq, &config, &daemon->router, info);
    return err;
}

static enum err start(struct daemon *daemon, struct err_info *info)
{
    const struct shell_settings *settings = &daemon->settings.shell;

    enum err err = shell_open(&daemon->shell, settings, info);
    if (err == ERR_OK)
        err = start_engine(daemon, info);
    if (err == ERR_OK)
        err = start_sockets(daemon, info);
    if (err != ERR_OK)
        return err;
    struct api_config api = {.role = LEDGER_BROKER,
                             .ledger = daemon->ledger,
                             .blobs = daemon->shell.blobs,
                             .data_dir = settings->data,
                             .daemon = daemon_service(daemon),
                             .fresh_current_ms = settings->fresh_current_ms,
                             .fresh_late_ms = settings->fresh_late_ms,
                             .language = shell_language(settings)};
    err = api_open(&api, &daemon->api, info);
    return err == ERR_OK ? shell_serve(&daemon->shell, daemon->api, info) : err;
}

static void stop(struct daemon *daemon)
{
    http_server_close(daemon->shell.http);
    daemon->shell.http = NULL;
    api_close(daemon->api);
    router_close(daemon->router);
    zap_close(daemon->zap);
    broker_free(daemon->broker);
    ledger_close(daemon->ledger);
    broker_feed_free(daemon->feed);
    shell_close(&daemon->shell);
}

int main(int argc, char **argv)
{
    static struct daemon daemon;
    struct err_info info = {0};
    enum config_outcome outcome = CONFIG_RUN;
    struct config_args args = {.argc = argc, .argv = argv};
    static const char listen[] = "tcp://127.0.0.1:7710";

    daemon.settings.shell = shell_defaults("127.0.0.1:7780", store_size_bytes);
    memcpy(daemon.settings.listen, listen, sizeof(listen));
    daemon.shell.signal_fd = -1;
    daemon.args = args;
    enum err err = shell_configure(&spec, args, &daemon.settings, &outcome, &info);
    if (err == ERR_OK && outcome == CONFIG_SHOWN)
        return 0;
    if (err == ERR_OK)
        err = start(&daemon, &info);
    int status = (int)err;
    if (err == ERR_OK) {
        log_event(LOG_INFO, "broker.started", "version=%s listen=%s http_port=%u descriptors=%d",
                  CSE_VERSION, router_address(daemon.router),
                  (unsigned)http_server_port(daemon.shell.http), descriptors_max());
        struct shell_work work = {
            .context = &daemon, .api = daemon.api, .items = items, .turn = turn, .reload = reload};
        status = shell_run(&daemon.shell, &work);
    } else {
        log_failure(LOG_ERROR, "broker.start", &info);
    }
    stop(&daemon);
    return status;
}
