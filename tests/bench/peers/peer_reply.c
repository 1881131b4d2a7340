#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/bytes.h"
#include "tests/bench/peers/peer.h"

/* Of each protocol just enough to know that something is stored. */

enum { LINE_MAX_BYTES = 512 };

/* Length of the line at `at` with its CR LF; 0: not whole yet. */
static size_t line_of(const struct text *in, size_t at, char out[LINE_MAX_BYTES])
{
    const uint8_t *end = memchr(in->bytes + at, '\n', in->len - at);
    if (end == NULL)
        return 0;
    size_t len = (size_t)(end - (in->bytes + at)) + 1;
    size_t kept = len < LINE_MAX_BYTES ? len : LINE_MAX_BYTES - 1;
    memcpy(out, in->bytes + at, kept);
    out[kept] = '\0';
    return len;
}

static int refuse(const char *text)
{
    (void)fprintf(stderr, "bench_peer: the server says: %s\n", text);
    return -1;
}

static int take_nats(struct sender *sender, size_t *used)
{
    const struct text *in = &sender->in;
    char line[LINE_MAX_BYTES], body[LINE_MAX_BYTES];
    int stored = 0;
    for (size_t len; *used < in->len && (len = line_of(in, *used, line)) > 0;) {
        if (strncmp(line, "-ERR", 4) == 0)
            return refuse(line);
        if (strncmp(line, "MSG ", 4) != 0) { /* INFO, PONG; a PING is answered by silence */
            *used += len;
            continue;
        }
        size_t size = strtoull(strrchr(line, ' '), NULL, 10);
        if (*used + len + size + 2 > in->len)
            return stored;
        size_t kept = size < sizeof(body) ? size : sizeof(body) - 1;
        memcpy(body, in->bytes + *used + len, kept);
        body[kept] = '\0';
        if (strstr(body, "\"error\"") != NULL)
            return refuse(body);
        stored++;
        *used += len + size + 2;
    }
    return stored;
}

static int take_redis(struct sender *sender, size_t *used)
{
    const struct text *in = &sender->in;
    char line[LINE_MAX_BYTES];
    int stored = 0;
    for (size_t len; *used < in->len && (len = line_of(in, *used, line)) > 0;) {
        if (line[0] != '$')
            return refuse(line);
        size_t size = strtoull(line + 1, NULL, 10);
        if (*used + len + size + 2 > in->len)
            return stored;
        stored++;
        *used += len + size + 2;
    }
    return stored;
}

static int take_pg(struct sender *sender, size_t *used)
{
    const struct text *in = &sender->in;
    int stored = 0;
    while (in->len - *used >= 5) {
        const uint8_t *at = in->bytes + *used;
        size_t size = 1 + (size_t)get_u32(at + 1);
        if (in->len - *used < size)
            break;
        if (at[0] == 'E') { /* code and text are strings in it; the text stands behind 'M' */
            const uint8_t *text = memmem(at, size, "\0M", 2);
            return refuse(text != NULL ? (const char *)text + 2 : "error");
        }
        stored += at[0] == 'Z';
        *used += size;
    }
    return stored;
}

int peer_replies(enum peer peer, struct sender *sender)
{
    size_t used = 0;
    int stored = peer == PEER_NATS || peer == PEER_NATS_BATCH     ? take_nats(sender, &used)
                 : peer == PEER_REDIS || peer == PEER_REDIS_BATCH ? take_redis(sender, &used)
                                                                  : take_pg(sender, &used);
    memmove(sender->in.bytes, sender->in.bytes + used, sender->in.len - used);
    sender->in.len -= used;
    return stored;
}
