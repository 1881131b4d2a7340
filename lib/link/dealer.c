#include "lib/link/dealer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "lib/link/sockets.h"

struct dealer {
    void *socket;
    void *monitor;
    zmq_msg_t held; /* what dealer_receive lent out */
    bool holds;
    enum dealer_state state;
    uint64_t multipart_count;
};

enum {
    EVENTS = ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CLOSED |
             ZMQ_EVENT_CLOSE_FAILED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
             ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
             ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
    SEND_QUEUE_FRAMES = 16,
    FINISH_MS = 250,
};

static bool set_up(struct dealer *dealer, void *context, const struct dealer_config *config)
{
    char endpoint[SOCKET_INPROC_BYTES];

    socket_name_inproc("dealer", endpoint);
    return socket_set_common(dealer->socket) &&
           socket_set_int(dealer->socket, ZMQ_RECONNECT_IVL, -1) &&
           socket_set_int(dealer->socket, ZMQ_IMMEDIATE, 1) &&
           socket_set_int(dealer->socket, ZMQ_SNDHWM, SEND_QUEUE_FRAMES) &&
           socket_set_key(dealer->socket, ZMQ_CURVE_SERVERKEY, config->broker_public) &&
           socket_set_key(dealer->socket, ZMQ_CURVE_PUBLICKEY, config->transport_public) &&
           socket_set_key(dealer->socket, ZMQ_CURVE_SECRETKEY, config->transport_secret) &&
           zmq_socket_monitor(dealer->socket, endpoint, EVENTS) == 0 &&
           (dealer->monitor = zmq_socket(context, ZMQ_PAIR)) != NULL &&
           socket_set_int(dealer->monitor, ZMQ_LINGER, 0) &&
           zmq_connect(dealer->monitor, endpoint) == 0;
}

enum err dealer_open(void *context, const struct dealer_config *config, struct dealer **dealer_out,
                     struct err_info *info)
{
    struct dealer *dealer = calloc(1, sizeof(*dealer));
    if (dealer == NULL)
        return err_set(info, ERR_NO_MEMORY, "connect to %s", config->address);
    dealer->socket = zmq_socket(context, ZMQ_DEALER);
    if (dealer->socket == NULL || !set_up(dealer, context, config)) {
        int number = zmq_errno();
        dealer_close(dealer);
        return err_set(info, ERR_IO, "make a socket for %s: %s", config->address,
                       zmq_strerror(number));
    }
    if (zmq_connect(dealer->socket, config->address) != 0) {
        int number = zmq_errno();
        dealer_close(dealer);
        return err_set(info, ERR_INVALID, "connect to %s: %s", config->address,
                       zmq_strerror(number));
    }
    *dealer_out = dealer;
    return ERR_OK;
}

void dealer_close(struct dealer *dealer)
{
    if (dealer == NULL)
        return;
    if (dealer->holds)
        (void)zmq_msg_close(&dealer->held);
    if (dealer->socket != NULL) {
        (void)zmq_socket_monitor(dealer->socket, NULL, 0);
        (void)zmq_close(dealer->socket);
    }
    if (dealer->monitor != NULL)
        (void)zmq_close(dealer->monitor);
    free(dealer);
}

void dealer_finish(struct dealer *dealer)
{
    if (dealer != NULL)
        (void)socket_set_int(dealer->socket, ZMQ_LINGER, FINISH_MS);
    dealer_close(dealer);
}

void *dealer_socket(struct dealer *dealer)
{
    return dealer->socket;
}

void *dealer_monitor(struct dealer *dealer)
{
    return dealer->monitor;
}

static void note_event(struct dealer *dealer, uint16_t event)
{
    if (dealer->state == DEALER_REFUSED || dealer->state == DEALER_LOST)
        return;
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        dealer->state = DEALER_READY;
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        dealer->state = DEALER_REFUSED;
    else if (event != ZMQ_EVENT_CONNECT_DELAYED)
        dealer->state = DEALER_LOST;
}

enum dealer_state dealer_update(struct dealer *dealer)
{
    for (;;) {
        zmq_msg_t part;
        (void)zmq_msg_init(&part);
        if (zmq_msg_recv(&part, dealer->monitor, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&part);
            return dealer->state;
        }
        uint16_t event = 0;
        if (zmq_msg_size(&part) >= sizeof(event))
            memcpy(&event, zmq_msg_data(&part),
                   sizeof(event)); /* host byte order: it comes from this process */
        (void)zmq_msg_close(&part);
        (void)socket_drain_parts(dealer->monitor);
        note_event(dealer, event);
    }
}

enum err dealer_send(struct dealer *dealer, struct bytes frame)
{
    if (dealer->state != DEALER_READY)
        return dealer->state == DEALER_CONNECTING ? ERR_BUSY : ERR_UNREACHABLE;
    if (zmq_send(dealer->socket, frame.data, frame.len, ZMQ_DONTWAIT) >= 0)
        return ERR_OK;
    return zmq_errno() == EAGAIN ? ERR_BUSY : ERR_UNREACHABLE;
}

enum err dealer_receive(struct dealer *dealer, struct bytes *frame_out)
{
    if (dealer->holds)
        (void)zmq_msg_close(&dealer->held);
    dealer->holds = true;
    for (;;) {
        (void)zmq_msg_init(&dealer->held);
        if (zmq_msg_recv(&dealer->held, dealer->socket, ZMQ_DONTWAIT) < 0)
            return zmq_errno() == EAGAIN ? ERR_NOT_FOUND : ERR_UNREACHABLE;
        if (!zmq_msg_more(&dealer->held))
            break;
        dealer->multipart_count++;
        (void)socket_drain_parts(dealer->socket);
        (void)zmq_msg_close(&dealer->held);
    }
    *frame_out = bytes_of(zmq_msg_data(&dealer->held), zmq_msg_size(&dealer->held));
    return ERR_OK;
}
