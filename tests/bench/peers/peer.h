#pragma once

#include "tools/bench/load.h"

/* The operations of `cse bench sync`, made into another system's requests and sent to it. */

enum peer {
    PEER_NATS,        /* a message an operation */
    PEER_NATS_BATCH,  /* a message a batch */
    PEER_REDIS,       /* an entry of a stream an operation */
    PEER_REDIS_BATCH, /* an entry of a stream a batch */
    PEER_PG_LOG,      /* a row of a log an operation, a transaction a batch */
    PEER_PG_MERGE     /* that, and a JSONB record that is merged, in the same transaction */
};

struct request {
    uint8_t *bytes;
    size_t len;
    uint32_t ops, replies; /* what it carries, and how many answers mean that it is stored */
    double due_s;
};

struct text {
    uint8_t *bytes;
    size_t len, size;
};

/* One sender. */
struct sender {
    int fd;
    struct request *requests;
    uint32_t count, next, acked; /* to send, handed over, acknowledged */
    uint32_t writing;            /* the request whose bytes are going out */
    size_t written;              /* … and how many of them did */
    uint32_t replies;            /* to the request after `acked` */
    struct text in;
};

void text_put(struct text *text, const void *bytes, size_t len);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Make the requests of a site. Owns: sender->requests. Errors: ERR_CORRUPT, ERR_NO_MEMORY. */
NODISCARD enum err peer_requests(enum peer peer, const struct load_site *site, uint32_t place,
                                 struct sender *sender);
/* The operations of a site as lines of JSON, a batch a line, for a client in another language. */
NODISCARD enum err peer_dump(const struct load_site *site, FILE *file);
/* Take the answers that are whole; how many say "stored". -1: an error, which is told. */
int peer_replies(enum peer peer, struct sender *sender);
/* Connect, say what has to be said first, and for the first sender make what holds the data. */
bool peer_connect(enum peer peer, uint16_t port, bool first, struct sender *sender);
/* What a server and its children have used until now, those that have ended included. */
void peer_usage(pid_t server, struct usage *usage_out);
