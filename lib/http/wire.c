#include "lib/http/wire.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static enum err wait_for(struct wire *wire, short events, struct err_info *info)
{
    struct pollfd item = {.fd = wire->fd, .events = events};
    int wait_ms = wire->timeout_ms > INT32_MAX ? INT32_MAX : (int)wire->timeout_ms;
    for (;;) {
        int ready = poll(&item, 1, wait_ms);
        if (ready > 0)
            return ERR_OK;
        if (ready == 0)
            return err_set(info, ERR_TIMEOUT, "no answer for %u ms", wire->timeout_ms);
        if (errno != EINTR)
            return err_set(info, ERR_IO, "poll: %s", strerror(errno));
    }
}

enum err wire_send(struct wire *wire, struct bytes bytes, struct err_info *info)
{
    while (bytes.len > 0) {
        ssize_t sent = send(wire->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.data += sent;
            bytes.len -= (size_t)sent;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno == EPIPE || errno == ECONNRESET)
            return err_set(info, ERR_UNREACHABLE, "the daemon hung up");
        if (errno != EAGAIN)
            return err_set(info, ERR_IO, "send: %s", strerror(errno));
        enum err err = wait_for(wire, POLLOUT, info);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

enum err wire_fill(struct wire *wire, bool *ended_out, struct err_info *info)
{
    if (wire->start == wire->end)
        wire->start = wire->end = 0;
    assert(wire->end < sizeof(wire->buffer));
    for (;;) {
        ssize_t got = recv(wire->fd, wire->buffer + wire->end, sizeof(wire->buffer) - wire->end, 0);
        if (got >= 0) {
            wire->end += (size_t)got;
            *ended_out = got == 0;
            return ERR_OK;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return err_set(info, ERR_IO, "receive: %s", strerror(errno));
        enum err err = wait_for(wire, POLLIN, info);
        if (err != ERR_OK)
            return err;
    }
}

enum err wire_some(struct wire *wire, size_t max, struct bytes *bytes_out, struct err_info *info)
{
    bool ended = false;
    if (wire->start == wire->end) {
        enum err err = wire_fill(wire, &ended, info);
        if (err != ERR_OK)
            return err;
        if (ended)
            return err_set(info, ERR_CORRUPT, "the answer was cut short");
    }
    size_t len = wire->end - wire->start;
    len = len < max ? len : max;
    *bytes_out = bytes_of(wire->buffer + wire->start, len);
    wire->start += len;
    return ERR_OK;
}

enum err wire_line(struct wire *wire, char *line, size_t size, struct err_info *info)
{
    size_t len = 0;
    for (;;) {
        struct bytes one = {0};
        enum err err = wire_some(wire, 1, &one, info);
        if (err != ERR_OK)
            return err;
        char c = (char)one.data[0];
        if (c == '\n') {
            if (len == 0 || line[len - 1] != '\r')
                return err_set(info, ERR_CORRUPT, "the answer is not HTTP: a line ends without CR");
            line[len - 1] = '\0';
            return ERR_OK;
        }
        if (c == '\0')
            return err_set(info, ERR_CORRUPT, "the answer is not HTTP: it holds a NUL");
        if (len + 1 >= size)
            return err_set(info, ERR_TOO_BIG, "the answer's head is too long");
        line[len++] = c;
    }
}
