#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/http/http.h"

/* A small blocking HTTP/1.1 client for the `cse` command: the daemon's Unix socket, or a loopback
 * TCP address. One request at a time, one connection a request. What the other end sends is checked
 * and bounded like anything from outside. */

#define HTTP_SOCKET_NAME "cse.sock" /* in the data directory */

enum {
    HTTP_ANSWER_HEADERS_MAX = 32,
    HTTP_ANSWER_HEAD_BYTES_MAX = 16 * 1024,
    HTTP_ANSWER_BYTES_MAX = 64 * 1024 * 1024, /* collected; a sink has no limit */
};

struct http_client {
    char target[1024];    /* directory's socket path, or host:port */
    char data_dir[1024];  /* for the message when nobody listens; "" with TCP */
    uint32_t timeout_ms;  /* longest silence of the other end */
    const char *language; /* asked for in Accept-Language; NULL: whatever the daemon is set to */
};

/* The daemon of a data directory, or one on TCP ("127.0.0.1:7790"). Nothing is connected yet.
 * Errors: ERR_TOO_BIG. */
NODISCARD enum err http_client_for_dir(const char *data_dir, uint32_t timeout_ms,
                                       struct http_client *client_out, struct err_info *info);
NODISCARD enum err http_client_for_tcp(const char *address, uint32_t timeout_ms,
                                       struct http_client *client_out, struct err_info *info);

/* Where a body goes as it comes; an error ends the call with that error. */
struct http_sink {
    enum err (*write)(void *context, struct bytes piece);
    void *context;
};

struct http_call {
    const char *method;       /* "GET" */
    const char *path;         /* with query, encoded (http_url_…) */
    const char *content_type; /* NULL: no body */
    struct bytes body;
    const struct http_source
        *source; /* instead of body: sent chunked; closed by the call; ERR_BUSY counts as failure */
    const struct http_pair *headers; /* further ones */
    size_t header_count;
    const struct http_sink
        *sink; /* NULL: collect; used for 2xx only, other bodies are always collected */
};

struct http_answer {
    int status;
    struct http_pair headers[HTTP_ANSWER_HEADERS_MAX]; /* names in lower case */
    size_t header_count;
    uint8_t *body; /* NUL-terminated */
    size_t body_len;
    char *head; /* what headers point into */
};

/* Send and receive. Any status is a success of the call: look at answer_out->status or use
 * http_answer_error. Owns:    the caller ends *answer_out with http_answer_deinit. Errors:
 * ERR_UNREACHABLE (nobody listens: says how to start the daemon), ERR_DENIED, ERR_TIMEOUT,
 * ERR_CORRUPT (no HTTP, or cut short), ERR_TOO_BIG, ERR_NO_MEMORY, ERR_IO, those of source and
 * sink. */
NODISCARD enum err http_client_call(const struct http_client *client, const struct http_call *call,
                                    struct http_answer *answer_out, struct err_info *info);
void http_answer_deinit(struct http_answer *answer);

/* NULL when absent; `name` in lower case. */
const char *http_answer_header(const struct http_answer *answer, const char *name);

/* ERR_OK for a 2xx; otherwise the problem's code and detail, so that a command ends as the daemon's
 * code would have. */
NODISCARD enum err http_answer_error(const struct http_answer *answer, struct err_info *info);

struct http_url {
    char text[4096];
    size_t len;
    bool has_query, too_long;
};

/* A path from parts, each percent-encoded but A-Z a-z 0-9 - . _ ~:
 * http_url_init(&url, "/api/v1/records"); http_url_segment(&url, kind); http_url_query(&url,
 * "limit", "50"); Errors: ERR_TOO_BIG, sticky, shown by http_url_finish. */
void http_url_init(struct http_url *url, const char *prefix);
void http_url_segment(struct http_url *url, const char *segment);
void http_url_query(struct http_url *url, const char *name, const char *value);
NODISCARD enum err http_url_finish(const struct http_url *url, const char **path_out,
                                   struct err_info *info);
