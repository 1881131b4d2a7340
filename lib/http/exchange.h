#pragma once

#include <microhttpd.h>

#include "lib/http/guard.h"
#include "lib/http/patrol.h"
#include "lib/http/response.h"
#include "lib/http/server.h"

/* Inside the server: one request and its answer, from the request line to the last byte. */

struct side { /* one of the two listeners */
    struct http_server *server;
    struct MHD_Daemon *daemon;
    bool over_unix, tls;
    uint32_t hurried_rounds; /* that the library has wanted one after the other, for no request */
    struct patrol patrol;
};

struct exchange {
    struct side *side;
    struct MHD_Connection *connection;
    char *target; /* as it came, from the request line */
    bool begun;
    bool failed; /* the problem is in `response`; what still arrives is dropped */
    uint64_t received_bytes;
    uint64_t bytes_max;
    struct http_request request;
    char path[HTTP_PATH_BYTES_MAX];
    struct http_pair query[HTTP_PAIRS_MAX];
    struct http_pair headers[HTTP_PAIRS_MAX];
    struct http_match match;
    uint8_t *body;
    size_t body_capacity;
    struct http_response response;
    bool asleep; /* suspended; in the server's list */
    struct exchange *previous, *next;
};

struct http_server {
    struct side sides[2];
    size_t side_count;
    const struct http_app *app;
    struct guard guard;
    char listen_host[64];
    uint16_t port;
    char *socket_path;
    int quiesced_fds[2];
    bool closing;
    struct exchange *asleep;
    char *certificate, *key; /* PEM texts, kept as long as the daemon */
};

struct exchange *exchange_new(struct side *side, const char *target);
void exchange_free(struct exchange *exchange);

/* Headers are there: check, find the route, begin an upload. Afterwards either the body may come or
 * `response` holds a problem and exchange->failed is set. */
void exchange_begin(struct exchange *exchange, const char *method);

/* Should the problem be sent without waiting for the body? */
bool exchange_refuses_body(const struct exchange *exchange);

/* One piece of the body. False: cut the connection. */
bool exchange_take(struct exchange *exchange, struct bytes piece);

/* The body is whole: call the handler unless the request failed; response.state tells what became
 * of it. */
void exchange_finish(struct exchange *exchange);

/* Sleep until http_server_wake. */
void exchange_sleep(struct exchange *exchange);

/* Hand the answer to the library. */
enum MHD_Result exchange_send(struct exchange *exchange);
