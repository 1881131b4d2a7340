#pragma once

#include "lib/http/http.h"

/* Inside the library: what an answer is made of until the server sends it. */

enum http_answered { HTTP_UNANSWERED, HTTP_ANSWERED, HTTP_WAITING };

enum http_body { HTTP_BODY_NONE, HTTP_BODY_OWNED, HTTP_BODY_STATIC, HTTP_BODY_SOURCE };

struct http_response {
    enum http_answered state;
    int status;
    enum language language;
    struct {
        char *name;
        char *value;
    } headers[HTTP_HEADERS_OUT_MAX];
    size_t header_count;
    char header_texts[HTTP_HEADERS_OUT_BYTES_MAX]; /* what headers point into */
    size_t header_bytes;
    enum http_body kind;
    uint8_t small[HTTP_SMALL_BYTES]; /* HTTP_BODY_STATIC may point here: as long as the response */
    uint8_t *owned;                  /* HTTP_BODY_OWNED: malloc'ed, body points to it */
    struct bytes body;
    struct http_source source;
    bool source_open;
};

void http_response_init(struct http_response *response);
/* The language the request asks for. */
void http_choose_language(const struct http_app *app, const struct http_request *request,
                          struct http_response *response);
/* Frees what is left and closes the source. */
void http_response_deinit(struct http_response *response);

/* The upload's route, its whole body taken: call the handler; an answer that was forgotten is our
 * bug and asserts. */
void http_call_handler(const struct http_app *app, const struct http_route *route,
                       const struct http_request *request, struct http_response *response);

/* The problem for a failed http_route_find, with Allow. */
void http_route_problem(enum err err, const struct http_match *match,
                        struct http_response *response);
