#include <stddef.h>
#include <string.h>

#include "lib/sys/clock.h"
#include "lib/sys/log.h"
#include "node/daemon.h"

static const struct config_key config_keys[] = {
    SHELL_CONFIG_KEYS,
    {.name = "broker",
     .type = CONFIG_TEXT,
     .offset = offsetof(struct node_settings, broker),
     .argument = "ADDRESS",
     .help = N_("where the broker is, when not where the invitation said (tcp://host:port)")},
};

static const struct config_spec spec = {
    .program = "cse-node",
    .summary = N_("Keep one site's records and send them to the broker when it can be reached."),
    .keys = config_keys,
    .key_count = sizeof(config_keys) / sizeof(config_keys[0]),
};

static const int64_t store_size_bytes = (int64_t)8 << 30;

static int items(void *context, zmq_pollitem_t *items_out)
{
    struct daemon *daemon = context;

    if (daemon->dealer == NULL)
        return 0;
    items_out[0] = (zmq_pollitem_t){.socket = dealer_socket(daemon->dealer), .events = ZMQ_POLLIN};
    items_out[1] = (zmq_pollitem_t){.socket = dealer_monitor(daemon->dealer), .events = ZMQ_POLLIN};
    return 2;
}

static void reload(void *context)
{
    struct daemon *daemon = context;
    struct node_settings fresh = {0};
    struct err_info info = {0};
    enum config_outcome outcome = CONFIG_RUN;

    fresh.shell = shell_defaults("127.0.0.1:7790", store_size_bytes);
    enum err err = shell_configure(&spec, daemon->args, &fresh, &outcome, &info);
    shell_reload(&daemon->shell, err, &fresh.shell, &info);
}

static enum err turn(void *context, uint64_t *wake_ms_out)
{
    struct daemon *daemon = context;

    daemon_pump_link(daemon);
    return node_tick(daemon->node, daemon_now(), wake_ms_out);
}

static enum err start(struct daemon *daemon, struct err_info *info)
{
    struct shell *shell = &daemon->shell;
    struct ledger_options options = {.role = LEDGER_NODE, .today = clock_today_day()};

    enum err err = shell_open(shell, &daemon->settings.shell, info);
    if (err == ERR_OK)
        err = ledger_open(shell->store, &options, shell->keys.sign_secret, &daemon->ledger, info);
    if (err != ERR_OK)
        return err;
    struct node_setup setup = {.ledger = daemon->ledger,
                               .blobs = shell->blobs,
                               .hooks = daemon_hooks(daemon),
                               .config = {.software = CSE_VERSION}};
    memcpy(setup.config.sign_secret, shell->keys.sign_secret, sizeof(setup.config.sign_secret));
    err = node_new(&setup, daemon_now(), &daemon->node, info);
    if (err != ERR_OK)
        return err;
    struct api_config api = {.role = LEDGER_NODE,
                             .ledger = daemon->ledger,
                             .blobs = shell->blobs,
                             .data_dir = daemon->settings.shell.data,
                             .daemon = daemon_service(daemon),
                             .fresh_current_ms = daemon->settings.shell.fresh_current_ms,
                             .fresh_late_ms = daemon->settings.shell.fresh_late_ms,
                             .language = shell_language(&daemon->settings.shell)};
    err = api_open(&api, &daemon->api, info);
    return err == ERR_OK ? shell_serve(shell, daemon->api, info) : err;
}

static void stop(struct daemon *daemon)
{
    http_server_close(daemon->shell.http);
    daemon->shell.http = NULL;
    api_close(daemon->api);
    if (daemon->node != NULL)
        node_say_bye(daemon->node);
    dealer_finish(daemon->dealer);
    node_free(daemon->node);
    ledger_close(daemon->ledger);
    shell_close(&daemon->shell);
}

int main(int argc, char **argv)
{
    static struct daemon daemon;
    struct err_info info = {0};
    enum config_outcome outcome = CONFIG_RUN;
    struct config_args args = {.argc = argc, .argv = argv};

    daemon.settings.shell = shell_defaults("127.0.0.1:7790", store_size_bytes);
    daemon.shell.signal_fd = -1;
    daemon.args = args;
    enum err err = shell_configure(&spec, args, &daemon.settings, &outcome, &info);
    if (err == ERR_OK && outcome == CONFIG_SHOWN)
        return 0;
    if (err == ERR_OK)
        err = start(&daemon, &info);
    int status = (int)err;
    if (err == ERR_OK) {
        log_event(LOG_INFO, "node.started", "version=%s http_port=%u", CSE_VERSION,
                  (unsigned)http_server_port(daemon.shell.http));
        struct shell_work work = {
            .context = &daemon, .api = daemon.api, .items = items, .turn = turn, .reload = reload};
        status = shell_run(&daemon.shell, &work);
    } else {
        log_failure(LOG_ERROR, "node.start", &info);
    }
    stop(&daemon);
    return status;
}
