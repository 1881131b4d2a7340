#include "lib/http/exchange.h"

#include <string.h>

#include "lib/sys/log.h"

/* From our response to the library's, with the headers that every answer carries. */

enum { STREAM_BLOCK_BYTES = 32 * 1024 };

static ssize_t read_source(void *context, uint64_t position, char *buffer, size_t capacity)
{
    struct exchange *exchange = context;
    struct http_source *source = &exchange->response.source;
    size_t len = 0;
    (void)position;
    exchange->side->hurried_rounds = 0;
    if (exchange->side->server->closing)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    enum err err = source->read(source->context, (uint8_t *)buffer, capacity, &len);
    if (err == ERR_BUSY) {
        exchange_sleep(exchange);
        return 0;
    }
    if (err != ERR_OK) {
        log_event(LOG_WARN, "http.stream_cut", "path=%s code=%s",
                  log_quote(exchange->path, &(struct log_text){{0}}), err_slug(err));
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    return len > 0 ? (ssize_t)len : MHD_CONTENT_READER_END_OF_STREAM;
}

static struct MHD_Response *make_response(struct exchange *exchange)
{
    struct http_response *response = &exchange->response;
    struct MHD_Response *made = NULL;
    static uint8_t nothing[1];

    switch (response->kind) {
    case HTTP_BODY_NONE:
        return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    case HTTP_BODY_OWNED:
        made = MHD_create_response_from_buffer(response->body.len, response->owned,
                                               MHD_RESPMEM_MUST_FREE);
        if (made != NULL)
            response->owned = NULL; /* the library frees it now */
        return made;
    case HTTP_BODY_STATIC:
        return MHD_create_response_from_buffer_with_free_callback(
            response->body.len, (void *)(uintptr_t)response->body.data, NULL);
    case HTTP_BODY_SOURCE:
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, read_source,
                                                 exchange, NULL);
    }
    return NULL;
}

static void set_default(struct http_response *response, const char *name, const char *value)
{
    if (http_response_header(response, name) == NULL &&
        response->header_count < HTTP_HEADERS_OUT_MAX)
        http_set_header(response, name, value);
}

static void add_safety_headers(struct exchange *exchange)
{
    struct http_response *response = &exchange->response;
    set_default(response, "X-Content-Type-Options", "nosniff");
    set_default(response, "Referrer-Policy", "same-origin");
    set_default(response, "Content-Security-Policy",
                "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
                "base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    /* Answers of the API hold people's data: no cache may keep them. */
    if (strncmp(exchange->path, "/api/", 5) == 0 || response->status >= 400)
        set_default(response, "Cache-Control", "no-store");
}

enum MHD_Result exchange_send(struct exchange *exchange)
{
    struct http_response *response = &exchange->response;
    add_safety_headers(exchange);
    struct MHD_Response *made = make_response(exchange);
    if (made == NULL)
        return MHD_NO;
    enum MHD_Result good = MHD_YES; /* an answer without one of its headers is not sent */
    for (size_t i = 0; i < response->header_count && good == MHD_YES; i++)
        good = MHD_add_response_header(made, response->headers[i].name, response->headers[i].value);
    if (good == MHD_YES && exchange_refuses_body(exchange))
        good = MHD_add_response_header(made, MHD_HTTP_HEADER_CONNECTION, "close");
    if (good == MHD_YES)
        good = MHD_queue_response(exchange->connection, (unsigned)response->status, made);
    MHD_destroy_response(made);
    return good;
}
