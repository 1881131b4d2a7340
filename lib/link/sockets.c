#include "lib/link/sockets.h"

#include <inttypes.h>
#include <stdio.h>
#include <zmq.h>

#include "lib/sys/random.h"
#include "proto/base/limits.h"

/* Each message of some bytes otherwise keeps the whole buffer of 18 KB that it came in, which a
 * flood of tiny ones makes into 500 times what was sent. libzmq 4.3.4 honours the option and hides
 * its name behind the draft API. */
#define ZMQ_ZERO_COPY_RECV_NUMBER 10

enum err socket_context(void **context_out, struct err_info *info)
{
    void *context = zmq_ctx_new();

    if (context == NULL)
        return err_set(info, ERR_NO_MEMORY, "start ZeroMQ");
    if (zmq_ctx_set(context, ZMQ_ZERO_COPY_RECV_NUMBER, 0) != 0) {
        (void)zmq_ctx_term(context);
        return err_set(info, ERR_UNSUPPORTED,
                       "this libzmq cannot be kept from holding whole buffers for tiny messages");
    }
    *context_out = context;
    return ERR_OK;
}

bool socket_set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

bool socket_set_key(void *socket, int option, const unsigned char key[32])
{
    return zmq_setsockopt(socket, option, key, 32) == 0;
}

bool socket_set_common(void *socket)
{
    const int64_t frame_bytes_max = FRAME_BYTES_MAX + LINK_SEAL_BYTES;

    /* No bound on what waits to be received: libzmq 4.3.4 stops reading at one, and ends the
     * process (assertion !_io_error) when a connection that is not read breaks and a heartbeat is
     * due. What may wait is bounded by credit and acknowledgements, and at the broker by
     * lines_sweep. */
    return socket_set_int(socket, ZMQ_LINGER, 0) && socket_set_int(socket, ZMQ_RCVHWM, 0) &&
           socket_set_int(socket, ZMQ_HEARTBEAT_IVL, LINK_HEARTBEAT_MS) &&
           socket_set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, LINK_HEARTBEAT_TIMEOUT_MS) &&
           socket_set_int(socket, ZMQ_HEARTBEAT_TTL, LINK_HEARTBEAT_TTL_MS) &&
           socket_set_int(socket, ZMQ_HANDSHAKE_IVL, LINK_HANDSHAKE_MS) &&
           socket_set_int(socket, ZMQ_RCVBUF, LINK_RECEIVE_BUFFER_BYTES) &&
           socket_set_int(socket, ZMQ_IPV6, 1) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_bytes_max, sizeof(frame_bytes_max)) == 0;
}

void socket_name_inproc(const char *prefix, char out[SOCKET_INPROC_BYTES])
{
    uint64_t number = 0;

    random_bytes(&number, sizeof(number));
    (void)snprintf(out, SOCKET_INPROC_BYTES, "inproc://%s-%016" PRIx64, prefix, number);
}

uint64_t socket_drain_parts(void *socket)
{
    uint64_t bytes = 0;
    int more = 1;
    size_t size = sizeof(more);

    while (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) == 0 && more) {
        zmq_msg_t part;
        (void)zmq_msg_init(&part);
        bool taken = zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) >= 0;
        if (taken)
            bytes += zmq_msg_size(&part) + LINK_PART_BYTES;
        (void)zmq_msg_close(&part);
        if (!taken)
            break;
    }
    return bytes;
}
