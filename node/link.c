#include <assert.h>

#include "lib/sys/clock.h"
#include "lib/sys/log.h"
#include "lib/sys/random.h"
#include "node/daemon.h"

/* The engine decides when to connect; this file owns the socket. What happens to the socket is told
 * from the loop, never from inside a hook, so that the engine is not entered twice. */

enum { FRAMES_A_TURN = 64 };

struct times daemon_now(void)
{
    return (struct times){.mono_ms = clock_mono_ms(), .unix_ms = clock_unix_ms()};
}

static void link_close(void *context)
{
    struct daemon *daemon = context;

    dealer_close(daemon->dealer);
    daemon->dealer = NULL;
}

static enum err link_open(void *context, const struct membership *membership)
{
    struct daemon *daemon = context;
    struct err_info info = {0};
    const char *override = daemon->settings.broker;

    link_close(daemon);
    daemon->announced = false;
    enum err err = dealer_open(daemon->shell.zmq,
                               &(struct dealer_config){
                                   .address = override[0] != '\0' ? override : membership->address,
                                   .broker_public = membership->broker_transport,
                                   .transport_public = daemon->shell.keys.transport_public,
                                   .transport_secret = daemon->shell.keys.transport_secret,
                               },
                               &daemon->dealer, &info);
    if (err != ERR_OK)
        log_failure(LOG_WARN, "link.open", &info);
    return err;
}

static enum err link_send(void *context, struct bytes frame)
{
    struct daemon *daemon = context;

    return daemon->dealer != NULL ? dealer_send(daemon->dealer, frame) : ERR_UNREACHABLE;
}

static void fill_random(void *context, uint8_t *out, size_t len)
{
    (void)context;
    random_bytes(out, len);
}

static void write_log(void *context, enum node_log_level level, const char *event,
                      const char *pairs)
{
    static const enum log_level levels[] = {[NODE_LOG_DEBUG] = LOG_DEBUG,
                                            [NODE_LOG_INFO] = LOG_INFO,
                                            [NODE_LOG_WARN] = LOG_WARN,
                                            [NODE_LOG_ERROR] = LOG_ERROR};

    (void)context;
    log_event(levels[level], event, "%s", pairs);
}

struct node_hooks daemon_hooks(struct daemon *daemon)
{
    return (struct node_hooks){
        .context = daemon,
        .link_open = link_open,
        .link_close = link_close,
        .link_send = link_send,
        .random = fill_random,
        .log = write_log,
    };
}

static void drop(struct daemon *daemon, enum err code)
{
    link_close(daemon);
    node_on_link_lost(daemon->node, code, daemon_now());
}

void daemon_pump_link(struct daemon *daemon)
{
    if (daemon->dealer == NULL)
        return;
    enum dealer_state state = dealer_update(daemon->dealer);
    if (state == DEALER_READY && !daemon->announced) {
        daemon->announced = true;
        node_on_link_ready(daemon->node, daemon_now());
    }
    /* Frames that came before the line was cut still count. */
    for (int i = 0; i < FRAMES_A_TURN && daemon->dealer != NULL; i++) {
        struct bytes frame;
        if (dealer_receive(daemon->dealer, &frame) != ERR_OK)
            break;
        node_on_frame(daemon->node, frame, daemon_now());
    }
    if (daemon->dealer != NULL && state == DEALER_REFUSED)
        drop(daemon, ERR_DENIED);
    else if (daemon->dealer != NULL && state == DEALER_LOST)
        drop(daemon, ERR_UNREACHABLE);
}
