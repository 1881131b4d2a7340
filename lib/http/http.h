#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/http/jsonw.h"
#include "proto/base/bytes.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"
#include "proto/text/text.h"

/* What a handler sees: a request that is whole and checked, a response to fill in, and the table of
 * routes that leads to it. Nothing here knows the server's sockets, so a handler can be tested by
 * http_dispatch alone. */

enum {
    HTTP_PAIRS_MAX = 64, /* headers of a request; query parameters likewise */
    HTTP_PARAMS_MAX = 8, /* {names} in one pattern */
    HTTP_PATH_BYTES_MAX = 1024,
    HTTP_HEADERS_OUT_MAX = 16,
    HTTP_HEADERS_OUT_BYTES_MAX = 2048, /* their names and values, each with a NUL */
    HTTP_SMALL_BYTES = 256,            /* a body up to this needs no memory */
    HTTP_ROUTES_MAX = 256,
};

#define HTTP_JSON    "application/json"
#define HTTP_PROBLEM "application/problem+json"
#define HTTP_CSV     "text/csv; charset=utf-8"
#define HTTP_TEXT    "text/plain; charset=utf-8"
#define HTTP_EVENTS  "text/event-stream"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE };

struct http_pair {
    const char *name;
    const char *value; /* never NULL */
};

struct http_params {
    struct http_pair pairs[HTTP_PARAMS_MAX];
    size_t count;
};

struct http_request {
    enum http_method method;
    const char *path; /* decoded; starts with '/', holds no "//", "." or ".." segment, no control
                         character; UTF-8 */
    const struct http_pair *query;
    size_t query_count;
    const struct http_pair *headers;
    size_t header_count;
    struct http_params params; /* {names} of the route's pattern, decoded */
    struct bytes body;         /* whole; empty when the route takes an upload */
    void *upload;   /* what the route's upload->begin gave, its whole body taken; else NULL */
    bool over_unix; /* came through the Unix socket; then peer_uid is who asks */
    uid_t peer_uid;
};

/* First value of that name; NULL when absent. Header names in any case. */
const char *http_query(const struct http_request *request, const char *name);
const char *http_header(const struct http_request *request, const char *name);
/* A {name} of the pattern; asserts that the pattern has it. */
const char *http_param(const struct http_request *request, const char *name);

/* A query parameter as a whole number; *value_inout keeps its default when absent. Errors:
 * ERR_INVALID (names the parameter). */
struct http_range {
    int64_t min, max;
};
NODISCARD enum err http_query_int(const struct http_request *request, const char *name,
                                  struct http_range range, int64_t *value_inout,
                                  struct err_info *info);

/* A body produced piece by piece.
 * read:   fill at most `capacity` bytes, *len_out 0 at the end. ERR_BUSY: nothing now, ask again
 * after http_server_wake (the connection sleeps and has no timeout meanwhile, so wake at least
 * every 15 s and send something, or a client that is gone is never noticed). Any other error cuts
 * the connection: the client sees a broken body, never a whole one. close:  called exactly once,
 * also when the client went away; may be NULL. */
struct http_source {
    enum err (*read)(void *context, uint8_t *buffer, size_t capacity, size_t *len_out);
    void (*close)(void *context);
    void *context;
};

/* ---- answering: a handler ends with exactly one http_reply…, http_problem… or http_wait ----
 *
 * Whatever there is no memory for becomes the problem ERR_NO_MEMORY, which needs none. */

struct http_response;

/* In which language: what Accept-Language asks for, else the app's, until a handler says otherwise;
 * told in Content-Language. */
enum language http_language(const struct http_response *response);
void http_use_language(struct http_response *response, enum language language);

/* Copies `body`; one of HTTP_SMALL_BYTES or less is never refused for want of memory. */
void http_reply(struct http_response *response, int status, const char *content_type,
                struct bytes body);
/* `body` outlives the server: embedded files. */
void http_reply_static(struct http_response *response, int status, const char *content_type,
                       struct bytes body);
/* The text of a finished writer, moved, not copied: `json` is empty afterwards. A writer that
 * failed becomes a problem. */
void http_reply_json(struct http_response *response, int status, struct jsonw *json);
/* Owns: `source` from now on. Sent chunked. */
void http_reply_stream(struct http_response *response, int status, const char *content_type,
                       struct http_source source);
/* A status without a body: 204, 304. */
void http_reply_empty(struct http_response *response, int status);

/* RFC 9457: {"type","title","status","code","detail"}, status and title from the error table. */
PRINTF_LIKE(3, 4)
void http_problem(struct http_response *response, enum err code, const char *format, ...);
void http_problem_info(struct http_response *response, const struct err_info *info);
/* With a status of HTTP's own (405, 415, 421) that the table does not have. */
PRINTF_LIKE(4, 5)
void http_problem_status(struct http_response *response, int status, enum err code,
                         const char *format, ...);

/* Not yet: the same handler is called again with the same request after the next http_server_wake.
 */
void http_wait(struct http_response *response);

/* One more header (ETag, Location, Content-Disposition), before or after the reply; a CR or LF in
 * `value` asserts. The name and value are copied; no memory is asked for, so none is lost. */
void http_set_header(struct http_response *response, const char *name, const char *value);

/* ---- routes ---- */

typedef void http_handler(void *context, const struct http_request *request,
                          struct http_response *response);

/* A body that is taken as it comes, in chunks of the server's choosing, instead of being collected
 * first. begin:  before the first byte; method, path, params, query and headers are there. An error
 * answers with a problem. chunk:  an error ends the upload: the rest is read and dropped, the
 * answer is a problem. close:  exactly once for each begin that succeeded, after the handler's
 * answer or when the client went away. A handler that was never called means: throw away. */
struct http_upload {
    enum err (*begin)(void *context, const struct http_request *request, void **upload_out,
                      struct err_info *info);
    enum err (*chunk)(void *upload, struct bytes chunk, struct err_info *info);
    void (*close)(void *upload);
};

/* Pattern: literal segments and {name} for exactly one non-empty segment; a last {name*} takes the
 * rest of the path with its slashes, possibly empty. The first route that fits wins. HEAD is served
 * by GET's route. */
struct http_route {
    enum http_method method;
    const char *pattern; /* "/api/v1/records/{kind}/{id}" */
    http_handler *handle;
    const struct http_upload *upload; /* NULL: the body is collected */
    uint64_t body_bytes_max;          /* 0: HTTP_BODY_BYTES_MAX; more than that only with upload */
};

struct http_app {
    const struct http_route *routes;
    size_t route_count;     /* <= HTTP_ROUTES_MAX */
    void *context;          /* handed to handlers and to upload->begin */
    enum language language; /* of answers when a request asks for none of ours */
};

struct http_match {
    const struct http_route *route;
    struct http_params params;
    char texts[HTTP_PATH_BYTES_MAX]; /* the params' values */
    char allow[64]; /* after ERR_UNSUPPORTED: for the Allow header, "GET, HEAD, POST" */
};

/* The route for a decoded path of fewer than HTTP_PATH_BYTES_MAX bytes. `match_out` is written in
 * place: do not copy it. Errors:  ERR_NOT_FOUND; ERR_UNSUPPORTED when the path has routes, but none
 * for this method. */
NODISCARD enum err http_route_find(const struct http_app *app, enum http_method method,
                                   const char *path, struct http_match *match_out);

/* ---- for tests of handlers: no server, no sockets ---- */

struct http_response *http_response_new(void);
void http_response_free(struct http_response *response);

/* Find the route (404 and 405 become problems) and call its handler; request->params are filled in.
 * Upload routes get the request's body as one chunk. */
void http_dispatch(const struct http_app *app, struct http_request *request,
                   struct http_response *response);

int http_response_status(const struct http_response *response); /* 0 while waiting or unanswered */
/* A streamed body is read out into the response first, up to HTTP_BODY_BYTES_MAX. */
struct bytes http_response_body(struct http_response *response);
/* Of the reply or http_set_header; NULL when absent. */
const char *http_response_header(const struct http_response *response, const char *name);
