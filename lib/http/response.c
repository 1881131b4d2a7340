#include "lib/http/response.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_response_init(struct http_response *response)
{
    *response = (struct http_response){.state = HTTP_UNANSWERED};
}

static void drop_body(struct http_response *response)
{
    if (response->source_open && response->source.close != NULL)
        response->source.close(response->source.context);
    response->source_open = false;
    free(response->owned);
    response->owned = NULL;
    response->body = (struct bytes){0};
    response->kind = HTTP_BODY_NONE;
}

void http_choose_language(const struct http_app *app, const struct http_request *request,
                          struct http_response *response)
{
    http_use_language(response,
                      language_accepted(http_header(request, "Accept-Language"), app->language));
}

void http_use_language(struct http_response *response, enum language language)
{
    response->language = language;
    if (language != LANGUAGE_PLAIN)
        http_set_header(response, "Content-Language", language_code(language));
}

enum language http_language(const struct http_response *response)
{
    return response->language;
}

void http_response_deinit(struct http_response *response)
{
    drop_body(response);
    response->header_count = 0;
    response->header_bytes = 0;
}

struct http_response *http_response_new(void)
{
    return calloc(1, sizeof(struct http_response));
}

void http_response_free(struct http_response *response)
{
    if (response == NULL)
        return;
    http_response_deinit(response);
    free(response);
}

static char *keep_text(struct http_response *response, const char *text)
{
    size_t size = strlen(text) + 1;
    assert(size <= sizeof(response->header_texts) - response->header_bytes);
    char *kept = response->header_texts + response->header_bytes;
    memcpy(kept, text, size);
    response->header_bytes += size;
    return kept;
}

void http_set_header(struct http_response *response, const char *name, const char *value)
{
    assert(strpbrk(name, "\r\n: ") == NULL && strpbrk(value, "\r\n") == NULL);
    for (size_t i = 0; i < response->header_count; i++) {
        char *old = response->headers[i].value;
        if (strcasecmp(response->headers[i].name, name) != 0)
            continue;
        if (strlen(value) <= strlen(old))
            memcpy(old, value, strlen(value) + 1);
        else
            response->headers[i].value = keep_text(response, value);
        return;
    }
    assert(response->header_count < HTTP_HEADERS_OUT_MAX);
    response->headers[response->header_count].name = keep_text(response, name);
    response->headers[response->header_count].value = keep_text(response, value);
    response->header_count++;
}

static void begin_reply(struct http_response *response, int status, const char *content_type)
{
    assert(response->state != HTTP_ANSWERED); /* one answer a request */
    assert(status >= 200 && status <= 599);
    response->state = HTTP_ANSWERED;
    response->status = status;
    if (content_type != NULL)
        http_set_header(response, "Content-Type", content_type);
}

/* Whole without a byte of memory; in English, as no other language fits every reader. */
static void reply_no_memory(struct http_response *response)
{
    static const char problem[] =
        "{\"type\":\"urn:cse:problem:no-memory\",\"title\":\"out of "
        "memory\",\"status\":503,\"code\":8,\"detail\":\"out of memory\"}";
    http_reply_static(response, err_http_status(ERR_NO_MEMORY), HTTP_PROBLEM,
                      bytes_of_text(problem));
}

void http_reply(struct http_response *response, int status, const char *content_type,
                struct bytes body)
{
    if (body.len > 0 && body.len <= sizeof(response->small)) {
        memcpy(response->small, body.data, body.len);
        http_reply_static(response, status, content_type, bytes_of(response->small, body.len));
        return;
    }
    uint8_t *owned = malloc(body.len + 1);
    if (owned == NULL) {
        reply_no_memory(response);
        return;
    }
    begin_reply(response, status, content_type);
    response->owned = owned;
    if (body.len > 0)
        memcpy(response->owned, body.data, body.len);
    response->body = bytes_of(response->owned, body.len);
    response->kind = HTTP_BODY_OWNED;
}

void http_reply_static(struct http_response *response, int status, const char *content_type,
                       struct bytes body)
{
    begin_reply(response, status, content_type);
    response->body = body;
    response->kind = HTTP_BODY_STATIC;
}

void http_reply_json(struct http_response *response, int status, struct jsonw *json)
{
    struct bytes text;
    enum err err = jsonw_finish(json, &text);
    if (err != ERR_OK) {
        jsonw_deinit(json);
        http_problem(response, err, "%s",
                     err == ERR_NO_MEMORY ? err_text(err)
                                          : N_("the answer does not fit; ask for less at a time"));
        return;
    }
    begin_reply(response, status, HTTP_JSON);
    response->owned = json->data;
    response->body = text;
    response->kind = HTTP_BODY_OWNED;
    json->data = NULL; /* moved */
    jsonw_deinit(json);
}

void http_reply_stream(struct http_response *response, int status, const char *content_type,
                       struct http_source source)
{
    assert(source.read != NULL);
    begin_reply(response, status, content_type);
    response->source = source;
    response->source_open = true;
    response->kind = HTTP_BODY_SOURCE;
}

void http_reply_empty(struct http_response *response, int status)
{
    begin_reply(response, status, NULL);
}

void http_wait(struct http_response *response)
{
    assert(response->state != HTTP_ANSWERED);
    response->state = HTTP_WAITING;
}

static void reply_problem(struct http_response *response, int status, enum err code,
                          const char *detail)
{
    struct jsonw json;
    struct bytes text;
    jsonw_init(&json, 8 * ERR_TEXT_BYTES);
    jsonw_object_begin(&json);
    jsonw_key(&json, "type");
    char type[64];
    snprintf(type, sizeof(type), "urn:cse:problem:%s", err_slug(code));
    jsonw_string(&json, type);
    jsonw_put_string(&json, "title", text_in(response->language, err_text(code)));
    jsonw_put_int(&json, "status", status);
    jsonw_put_int(&json, "code", (int64_t)code);
    jsonw_put_string(&json, "detail", detail);
    jsonw_object_end(&json);
    if (jsonw_finish(&json, &text) == ERR_OK)
        http_reply(response, status, HTTP_PROBLEM, text);
    else
        reply_no_memory(response);
    jsonw_deinit(&json);
}

void http_problem(struct http_response *response, enum err code, const char *format, ...)
{
    char detail[ERR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    text_vsay(response->language, detail, sizeof(detail), format, args);
    va_end(args);
    assert(code != ERR_OK);
    reply_problem(response, err_http_status(code), code, detail);
}

void http_problem_info(struct http_response *response, const struct err_info *info)
{
    enum err code = info->code == ERR_OK ? ERR_INTERNAL : info->code;
    char detail[ERR_TEXT_BYTES];
    err_say(info, response->language, detail, sizeof(detail));
    reply_problem(response, err_http_status(code), code, detail);
}

void http_problem_status(struct http_response *response, int status, enum err code,
                         const char *format, ...)
{
    char detail[ERR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    text_vsay(response->language, detail, sizeof(detail), format, args);
    va_end(args);
    reply_problem(response, status, code, detail);
}

int http_response_status(const struct http_response *response)
{
    return response->state == HTTP_ANSWERED ? response->status : 0;
}

struct bytes http_response_body(struct http_response *response)
{
    if (response->kind != HTTP_BODY_SOURCE)
        return response->body;
    size_t len = 0;
    uint8_t *whole = malloc(HTTP_BODY_BYTES_MAX);
    while (whole != NULL && len < HTTP_BODY_BYTES_MAX) {
        size_t got = 0;
        enum err err = response->source.read(response->source.context, whole + len,
                                             HTTP_BODY_BYTES_MAX - len, &got);
        if (err != ERR_OK || got == 0)
            break;
        len += got;
    }
    drop_body(response);
    response->owned = whole;
    response->body = bytes_of(whole, len);
    response->kind = HTTP_BODY_OWNED;
    return response->body;
}

const char *http_response_header(const struct http_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (strcasecmp(response->headers[i].name, name) == 0)
            return response->headers[i].value;
    }
    return NULL;
}
