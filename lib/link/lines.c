#include "lib/link/lines.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "lib/link/lines_private.h"
#include "lib/link/sockets.h"
#include "lib/link/tcp.h"

enum {
    EVENTS = ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
             ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
             ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
    EVENTS_AT_ONCE = 64 * 1024,
    EVENT_BYTES = 6, /* number 16 bits, value 32 bits, host byte order */
    LINES_MAX = 1024 * 1024,
    LATE_MS = 500, /* the loop hears of a connection this much later, at most */
};

enum err lines_open(void *context, void *socket, struct lines **lines_out, struct err_info *info)
{
    char endpoint[SOCKET_INPROC_BYTES];
    struct lines *lines = calloc(1, sizeof(*lines));

    if (lines == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    socket_name_inproc("lines", endpoint);
    lines->memory_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC); /* kept: none may be left */
    lines->listener_fd = -1;
    lines->monitor = zmq_socket(context, ZMQ_PAIR);
    /* No bound on the queue: libzmq waits for room in it, and would stand still with a lock held
     * that binding and closing need. */
    if (lines->monitor == NULL || !socket_set_int(lines->monitor, ZMQ_LINGER, 0) ||
        !socket_set_int(lines->monitor, ZMQ_RCVHWM, 0) ||
        zmq_socket_monitor(socket, endpoint, EVENTS) != 0 ||
        zmq_connect(lines->monitor, endpoint) != 0) {
        int number = zmq_errno();
        lines_close(lines);
        return err_set(info, ERR_IO, "make a socket for %s: %s", endpoint, zmq_strerror(number));
    }
    *lines_out = lines;
    return ERR_OK;
}

void lines_close(struct lines *lines)
{
    if (lines == NULL)
        return;
    if (lines->monitor != NULL)
        (void)zmq_close(lines->monitor);
    if (lines->memory_fd >= 0)
        (void)close(lines->memory_fd);
    free(lines->lines);
    free(lines);
}

void *lines_socket(struct lines *lines)
{
    return lines->monitor;
}

int lines_listener(const struct lines *lines)
{
    return lines->listener_fd;
}

struct lines_counts lines_counted(const struct lines *lines)
{
    return lines->counts;
}

/* ---- the monitor ---- */

static struct line *line_at(struct lines *lines, int fd)
{
    if (fd < 0 || fd >= LINES_MAX)
        return NULL;
    if (fd >= lines->count) {
        int count = lines->count == 0 ? 256 : lines->count;
        while (count <= fd)
            count *= 2;
        struct line *grown = realloc(lines->lines, (size_t)count * sizeof(*grown));
        if (grown == NULL)
            return NULL;
        memset(grown + lines->count, 0, (size_t)(count - lines->count) * sizeof(*grown));
        lines->lines = grown;
        lines->count = count;
    }
    return &lines->lines[fd];
}

static void accepted(struct lines *lines, int fd, uint64_t now_ms)
{
    struct line *line = line_at(lines, fd);

    if (line == NULL)
        return;
    lines->unheard += !line->open || line->heard;
    lines->counts.open += !line->open;
    lines->counts.held_bytes -= line->held_bytes;
    *line = (struct line){
        .open = true, .cookie = tcp_cookie(fd), .since_ms = now_ms, .heard_ms = now_ms};
}

/* Which of the ends without a message were no handshake: libzmq names the connection only when it
 * is gone, so of those that were refused by key, and of those that were ready, the number is
 * known and not which. */
static void count_end(struct lines *lines, const struct line *line, uint64_t now_ms)
{
    if (line->cut)
        return;
    if (line->heard)
        lines->counts.broken_off += !line->parting;
    else if (lines->reason == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL &&
             now_ms - line->since_ms >= LINK_HANDSHAKE_MS - LATE_MS)
        lines->counts.slow_handshake++;
    else if (lines->reason != 0)
        lines->counts.handshake++;
    else if (lines->refused > 0)
        lines->refused--;
    else if (lines->ready > 0) {
        lines->ready--;
        lines->counts.unspoken++;
    } else
        lines->counts.handshake++;
}

static void disconnected(struct lines *lines, int fd, uint64_t now_ms)
{
    struct line *line = line_at(lines, fd);

    if (line != NULL && line->open) {
        count_end(lines, line, now_ms);
        lines->unheard -= !line->heard;
        lines->counts.held_bytes -= line->held_bytes;
        *line = (struct line){0};
        lines->counts.open--;
    }
    lines->reason = 0;
}

static void note_event(struct lines *lines, uint16_t event, int32_t value, uint64_t now_ms)
{
    switch (event) {
    case ZMQ_EVENT_LISTENING:
        lines->listener_fd = value;
        tcp_unblock(value); /* before anything else may take what its owner is woken for */
        break;
    case ZMQ_EVENT_ACCEPTED:
        accepted(lines, value, now_ms);
        break;
    case ZMQ_EVENT_DISCONNECTED:
        disconnected(lines, value, now_ms);
        break;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        lines->ready++;
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        lines->refused++;
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        lines->reason = event;
        break;
    default:
        break;
    }
}

void lines_update(struct lines *lines, uint64_t now_ms)
{
    for (int taken = 0; taken < EVENTS_AT_ONCE; taken++) {
        zmq_msg_t part;
        uint8_t bytes[EVENT_BYTES] = {0};
        uint16_t event;
        int32_t value;
        (void)zmq_msg_init(&part);
        if (zmq_msg_recv(&part, lines->monitor, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&part);
            return;
        }
        if (zmq_msg_size(&part) >= EVENT_BYTES)
            memcpy(bytes, zmq_msg_data(&part), EVENT_BYTES);
        (void)zmq_msg_close(&part);
        (void)socket_drain_parts(lines->monitor);
        memcpy(&event, bytes, sizeof(event));
        memcpy(&value, bytes + sizeof(event), sizeof(value));
        note_event(lines, event, value, now_ms);
    }
}

/* A key that has just been proven on one more connection keeps the few that spoke last. */
static void keep_few(struct lines *lines, const uint8_t *key)
{
    int count = 0, quietest = -1;

    for (int fd = 0; fd < lines->count; fd++) {
        const struct line *line = &lines->lines[fd];
        if (!line->open || line->cut || !line->known ||
            memcmp(line->key, key, sizeof(line->key)) != 0)
            continue;
        count++;
        if (quietest < 0 || line->heard_ms < lines->lines[quietest].heard_ms)
            quietest = fd;
    }
    if (count <= LINK_SAME_KEY_MAX)
        return;
    lines->counts.many++;
    line_abort(lines, quietest);
}

void lines_heard(struct lines *lines, int fd, struct line_heard heard, uint64_t now_ms)
{
    struct line *line = line_at(lines, fd);

    if (line != NULL && !line->open) { /* it was accepted since the last look at the monitor */
        lines_update(lines, now_ms);
        line = line_at(lines, fd);
    }
    if (line == NULL || !line->open)
        return;
    if (!line->heard && lines->ready > 0)
        lines->ready--;
    lines->unheard -= !line->heard;
    line->heard = line->moved = true;
    line->heard_ms = now_ms;
    line->out_bytes += heard.bytes;
    line->parting = heard.parting;
    if (heard.key != NULL &&
        (!line->known || memcmp(line->key, heard.key, sizeof(line->key)) != 0)) {
        line->known = true;
        memcpy(line->key, heard.key, sizeof(line->key));
        keep_few(lines, heard.key);
    }
}

void lines_emptied(struct lines *lines)
{
    lines->empties++;
}
