#include "lib/link/zap.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "lib/link/sockets.h"
#include "lib/sys/keys.h"
#include "proto/base/bytes.h"

#define HANDLER_ADDRESS "inproc://zeromq.zap.01"

enum { REQUEST_PARTS = 7, PART_BYTES_MAX = 256, SERVE_AT_ONCE = 256 };

struct zap {
    void *socket;
    struct zap_counts counts;
};

struct part {
    uint8_t data[PART_BYTES_MAX];
    size_t len;
};

/* version, request id, domain, address, identity, mechanism, key */
enum {
    PART_VERSION,
    PART_REQUEST,
    PART_DOMAIN,
    PART_ADDRESS,
    PART_IDENTITY,
    PART_MECHANISM,
    PART_KEY
};

enum err zap_open(void *context, struct zap **zap_out, struct err_info *info)
{
    struct zap *zap = calloc(1, sizeof(*zap));
    if (zap == NULL)
        return err_set(info, ERR_NO_MEMORY, "start the key check");
    zap->socket = zmq_socket(context, ZMQ_REP);
    if (zap->socket == NULL || !socket_set_int(zap->socket, ZMQ_LINGER, 0) ||
        zmq_bind(zap->socket, HANDLER_ADDRESS) != 0) {
        int number = zmq_errno();
        zap_close(zap);
        return err_set(info, ERR_IO, "start the key check: %s", zmq_strerror(number));
    }
    *zap_out = zap;
    return ERR_OK;
}

void zap_close(struct zap *zap)
{
    if (zap == NULL)
        return;
    if (zap->socket != NULL) {
        (void)zmq_unbind(zap->socket,
                         HANDLER_ADDRESS); /* closing frees the name later, in another thread */
        (void)zmq_close(zap->socket);
    }
    free(zap);
}

void *zap_socket(struct zap *zap)
{
    return zap->socket;
}

struct zap_counts zap_counted(const struct zap *zap)
{
    return zap->counts;
}

/* Read one whole request; the number of its parts, 0 when none waits. A part too long for its
 * buffer counts as empty. */
static int read_request(struct zap *zap, struct part parts[REQUEST_PARTS])
{
    int count = 0;

    for (;;) {
        zmq_msg_t message;
        (void)zmq_msg_init(&message);
        if (zmq_msg_recv(&message, zap->socket, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&message);
            return count;
        }
        size_t len = zmq_msg_size(&message);
        if (count < REQUEST_PARTS) {
            parts[count].len = len <= PART_BYTES_MAX ? len : 0;
            memcpy(parts[count].data, zmq_msg_data(&message), parts[count].len);
        }
        count++;
        bool more = zmq_msg_more(&message) != 0;
        (void)zmq_msg_close(&message);
        if (!more)
            return count;
    }
}

static bool part_is(const struct part *part, const char *text)
{
    return bytes_equal(bytes_of(part->data, part->len), bytes_of_text(text));
}

static void answer(struct zap *zap, const struct part *request, const char *status,
                   const char *user)
{
    const struct bytes parts[] = {
        bytes_of_text("1.0"),  bytes_of(request->data, request->len),
        bytes_of_text(status), bytes_of_text(""),
        bytes_of_text(user),   bytes_of_text(""),
    };
    const size_t count = sizeof(parts) / sizeof(parts[0]);

    for (size_t i = 0; i < count; i++)
        (void)zmq_send(zap->socket, parts[i].data, parts[i].len, i + 1 < count ? ZMQ_SNDMORE : 0);
}

static bool well_formed(const struct part parts[REQUEST_PARTS], int count)
{
    return count == REQUEST_PARTS && part_is(&parts[PART_VERSION], "1.0") &&
           part_is(&parts[PART_DOMAIN], ZAP_DOMAIN_NAME) &&
           part_is(&parts[PART_MECHANISM], "CURVE") && parts[PART_KEY].len == KEYS_PUBLIC_BYTES;
}

void zap_serve(struct zap *zap, bool (*admits)(void *context, const uint8_t key[32]), void *context)
{
    for (int served = 0; served < SERVE_AT_ONCE; served++) {
        struct part parts[REQUEST_PARTS] = {0};
        int count = read_request(zap, parts);
        if (count == 0)
            return;
        if (!well_formed(parts, count)) {
            zap->counts.malformed++;
            answer(zap, &parts[PART_REQUEST], "300", "");
        } else if (admits(context, parts[PART_KEY].data)) {
            char user[KEYS_Z85_BYTES];
            z85_encode_key(parts[PART_KEY].data, user);
            zap->counts.admitted++;
            answer(zap, &parts[PART_REQUEST], "200", user);
        } else {
            zap->counts.refused++;
            answer(zap, &parts[PART_REQUEST], "400", "");
        }
    }
}
