#include "lib/link/router.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "lib/link/sockets.h"
#include "lib/link/tcp.h"
#include "lib/sys/descriptors.h"
#include "lib/sys/keys.h"
#include "proto/sync/msg.h"

/* Refuse connections when no handler answers. libzmq 4.3.4 honours the option and hides its name
 * behind the draft API. */
#define ZMQ_ZAP_ENFORCE_DOMAIN_NUMBER 93

enum { SEND_QUEUE_FRAMES = 64, BACKLOG = 1024, ADDRESS_BYTES = 256 };

struct router {
    void *socket;
    char address[ADDRESS_BYTES];
    zmq_msg_t peer, payload; /* what router_receive lent out */
    bool holds;
    struct lines *lines;
    int spare_descriptors, spare_fd;
    bool closed;
    uint64_t closed_count, turned_away;
    uint64_t multipart_count, nameless_count;
};

static bool set_up(struct router *router, const struct router_config *config)
{
    return socket_set_common(router->socket) &&
           socket_set_int(router->socket, ZMQ_CURVE_SERVER, 1) &&
           socket_set_key(router->socket, ZMQ_CURVE_SECRETKEY, config->transport_secret) &&
           zmq_setsockopt(router->socket, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN_NAME,
                          strlen(ZAP_DOMAIN_NAME)) == 0 &&
           socket_set_int(router->socket, ZMQ_ROUTER_MANDATORY, 1) &&
           socket_set_int(router->socket, ZMQ_ROUTER_HANDOVER, 0) &&
           socket_set_int(router->socket, ZMQ_SNDHWM, SEND_QUEUE_FRAMES) &&
           socket_set_int(router->socket, ZMQ_BACKLOG, BACKLOG);
}

enum err router_open(void *context, const struct router_config *config, struct router **router_out,
                     struct err_info *info)
{
    struct router *router = calloc(1, sizeof(*router));
    size_t size = sizeof(router->address);
    enum err err = ERR_OK;

    if (router == NULL)
        return err_set(info, ERR_NO_MEMORY, "listen on %s", config->address);
    router->socket = zmq_socket(context, ZMQ_ROUTER);
    if (router->socket == NULL || !set_up(router, config))
        err = err_set(info, ERR_IO, "make a socket for %s: %s", config->address,
                      zmq_strerror(zmq_errno()));
    else if (!socket_set_int(router->socket, ZMQ_ZAP_ENFORCE_DOMAIN_NUMBER, 1))
        err = err_set(info, ERR_UNSUPPORTED,
                      "this libzmq cannot refuse strangers when the key check is gone");
    else if ((err = lines_open(context, router->socket, &router->lines, info)) != ERR_OK)
        ;
    else if (zmq_bind(router->socket, config->address) != 0)
        err = err_set(info, zmq_errno() == EADDRINUSE ? ERR_EXISTS : ERR_INVALID,
                      "listen on %s: %s", config->address, zmq_strerror(zmq_errno()));
    else if (zmq_getsockopt(router->socket, ZMQ_LAST_ENDPOINT, router->address, &size) != 0)
        err = err_set(info, ERR_IO, "listen on %s: %s", config->address, zmq_strerror(zmq_errno()));
    if (err != ERR_OK) {
        router_close(router);
        return err;
    }
    router->spare_descriptors = config->spare_descriptors;
    router->spare_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    lines_update(router->lines, 0);
    *router_out = router;
    return ERR_OK;
}

static void give_back(struct router *router)
{
    if (!router->holds)
        return;
    (void)zmq_msg_close(&router->peer);
    (void)zmq_msg_close(&router->payload);
    router->holds = false;
}

void router_close(struct router *router)
{
    if (router == NULL)
        return;
    give_back(router);
    if (router->socket != NULL) {
        (void)zmq_socket_monitor(router->socket, NULL, 0);
        (void)zmq_close(router->socket);
    }
    lines_close(router->lines);
    if (router->spare_fd > 0)
        (void)close(router->spare_fd);
    free(router);
}

void *router_socket(struct router *router)
{
    return router->socket;
}

const char *router_address(const struct router *router)
{
    return router->address;
}

uint64_t router_multipart_count(const struct router *router)
{
    return router->multipart_count;
}

uint64_t router_nameless_count(const struct router *router)
{
    return router->nameless_count;
}

void *router_monitor(struct router *router)
{
    return lines_socket(router->lines);
}

/* libzmq's thread runs in circles when it has no descriptor for who knocks: it must not come to
 * that. */
static struct lines_need watch_descriptors(struct router *router)
{
    int listener = lines_listener(router->lines);
    int left = router->spare_descriptors > 0 && listener >= 0 ? descriptors_left() : INT32_MAX;
    int spare = router->spare_descriptors;

    if (left < spare) {
        router->closed_count += !router->closed;
        router->closed = true;
        router->turned_away += tcp_close_door(listener, &router->spare_fd);
    } else if (router->closed && left >= spare + spare / 4) {
        tcp_open_door(listener);
        router->closed = false;
    }
    return (struct lines_need){.few_left = router->closed,
                               .missing = left < spare / 2 ? spare - left : 0};
}

uint64_t router_tend(struct router *router, uint64_t now_ms, line_cut_hook *hook, void *context)
{
    lines_update(router->lines, now_ms);
    return lines_sweep(router->lines, now_ms, watch_descriptors(router), hook, context);
}

void router_cut_key(struct router *router, const uint8_t key[32])
{
    lines_cut_key(router->lines, key);
}

struct router_state router_state(const struct router *router)
{
    return (struct router_state){.lines = lines_counted(router->lines),
                                 .closed = router->closed,
                                 .closed_count = router->closed_count,
                                 .turned_away = router->turned_away};
}

/* Read routing id and payload; false when nothing waits. */
static bool read_pair(struct router *router)
{
    (void)zmq_msg_init(&router->peer);
    (void)zmq_msg_init(&router->payload);
    router->holds = true;
    if (zmq_msg_recv(&router->peer, router->socket, ZMQ_DONTWAIT) < 0)
        return false;
    if (zmq_msg_more(&router->peer))
        (void)zmq_msg_recv(&router->payload, router->socket, ZMQ_DONTWAIT);
    return true;
}

enum err router_receive(struct router *router, uint64_t now_ms, struct router_frame *frame_out)
{
    for (;;) {
        give_back(router);
        if (!read_pair(router)) {
            lines_emptied(router->lines);
            return ERR_NOT_FOUND;
        }
        /* The first frame of a message lacks the User-Id on libzmq 4.3.4: it is read from the
         * payload. */
        const char *user = zmq_msg_gets(&router->payload, "User-Id");
        struct router_frame frame = {
            .peer = bytes_of(zmq_msg_data(&router->peer), zmq_msg_size(&router->peer)),
            .payload = bytes_of(zmq_msg_data(&router->payload), zmq_msg_size(&router->payload)),
            .multipart = zmq_msg_more(&router->payload) != 0,
        };
        bool named = user != NULL && z85_decode_key(user, frame.key);
        struct line_heard heard = {.key = named ? frame.key : NULL,
                                   .parting = !frame.multipart && msg_is_parting(frame.payload),
                                   .bytes = frame.payload.len + LINK_PART_BYTES};
        int fd = zmq_msg_get(&router->payload, ZMQ_SRCFD);
        if (frame.multipart) {
            router->multipart_count++;
            heard.bytes += socket_drain_parts(router->socket);
            frame.payload = (struct bytes){0};
        }
        lines_heard(router->lines, fd, heard, now_ms);
        if (!named) {
            router->nameless_count++;
            continue;
        }
        *frame_out = frame;
        return ERR_OK;
    }
}

enum err router_send(struct router *router, struct bytes peer, struct bytes payload)
{
    if (zmq_send(router->socket, peer.data, peer.len, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
        return zmq_errno() == EAGAIN ? ERR_BUSY : ERR_UNREACHABLE;
    if (zmq_send(router->socket, payload.data, payload.len, ZMQ_DONTWAIT) < 0)
        return zmq_errno() == EAGAIN ? ERR_BUSY : ERR_UNREACHABLE;
    return ERR_OK;
}
