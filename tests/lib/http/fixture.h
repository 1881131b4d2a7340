#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "lib/http/client.h"
#include "lib/http/server.h"

/* A server with a few routes on both listeners, run by a thread of the test's process. */

struct fixture {
    char folder[64];
    char address[64];
    struct http_server *server;
    uint16_t port;
    atomic_bool stop;
    atomic_bool wake; /* ask for one http_server_wake */
    /* what the routes saw */
    atomic_uint_fast64_t uploaded_bytes;
    atomic_uint_fast64_t largest_chunk;
    atomic_uint chunks, uploads_handled, uploads_closed;
    atomic_uint sources_opened, sources_closed;
    atomic_uint waits;
    struct http_client unix_client, tcp_client;
};

extern struct fixture fixture;

void fixture_start(void);
void fixture_stop(void);

/* GET or so over one of the clients; asserts that an answer came. */
struct http_answer fixture_call(const struct http_client *client, const struct http_call *call);

/* Give the loop turns until a counter has got there; asserts that it does. */
void fixture_await(const atomic_uint *counter, unsigned value);
