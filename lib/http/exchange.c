#include "lib/http/exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "lib/http/target.h"

/* A request is judged by its headers alone, before a byte of body is taken; a refused one reads its
 * body to the end (within a bound) so that the client gets to see the answer. */

struct exchange *exchange_new(struct side *side, const char *target)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    if (exchange == NULL)
        return NULL;
    exchange->side = side;
    exchange->target = strdup(target);
    http_response_init(&exchange->response);
    if (exchange->target == NULL) {
        free(exchange);
        return NULL;
    }
    return exchange;
}

static void wake_up(struct exchange *exchange)
{
    struct http_server *server = exchange->side->server;
    if (!exchange->asleep)
        return;
    exchange->asleep = false;
    if (exchange->previous != NULL)
        exchange->previous->next = exchange->next;
    else
        server->asleep = exchange->next;
    if (exchange->next != NULL)
        exchange->next->previous = exchange->previous;
    exchange->previous = exchange->next = NULL;
}

void exchange_free(struct exchange *exchange)
{
    if (exchange == NULL)
        return;
    wake_up(exchange);
    if (exchange->request.upload != NULL)
        exchange->match.route->upload->close(exchange->request.upload);
    http_response_deinit(&exchange->response);
    free(exchange->body);
    free(exchange->target);
    free(exchange);
}

void exchange_sleep(struct exchange *exchange)
{
    struct http_server *server = exchange->side->server;
    assert(!exchange->asleep);
    exchange->asleep = true;
    exchange->previous = NULL;
    exchange->next = server->asleep;
    if (server->asleep != NULL)
        server->asleep->previous = exchange;
    server->asleep = exchange;
    MHD_suspend_connection(exchange->connection);
}

void http_server_wake(struct http_server *server)
{
    while (server->asleep != NULL) {
        struct exchange *exchange = server->asleep;
        wake_up(exchange);
        MHD_resume_connection(exchange->connection);
    }
}

/* ---- the head ---- */

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct exchange *exchange = context;
    (void)kind;
    if (exchange->request.header_count == HTTP_PAIRS_MAX) {
        exchange->failed = true;
        return MHD_NO;
    }
    exchange->headers[exchange->request.header_count++] =
        (struct http_pair){.name = name, .value = value != NULL ? value : ""};
    return MHD_YES;
}

static void read_peer(struct exchange *exchange)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof(peer);
    exchange->request.over_unix = exchange->side->over_unix;
    exchange->request.peer_uid = (uid_t)-1;
    if (!exchange->side->over_unix)
        return;
    const union MHD_ConnectionInfo *known =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (known != NULL && getsockopt(known->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        exchange->request.peer_uid = peer.uid;
}

static bool read_method(struct exchange *exchange, const char *method)
{
    static const struct {
        const char *name;
        enum http_method method;
    } methods[] = {{"GET", HTTP_GET}, {"HEAD", HTTP_HEAD},   {"POST", HTTP_POST},
                   {"PUT", HTTP_PUT}, {"PATCH", HTTP_PATCH}, {"DELETE", HTTP_DELETE}};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(method, methods[i].name) == 0) {
            exchange->request.method = methods[i].method;
            return true;
        }
    }
    http_problem(&exchange->response, ERR_UNSUPPORTED, "unknown method");
    return false;
}

static bool read_head(struct exchange *exchange, const char *method)
{
    struct http_request *request = &exchange->request;
    struct err_info info = {0};

    request->path = exchange->path;
    request->query = exchange->query;
    request->headers = exchange->headers;
    read_peer(exchange);
    (void)MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, take_header, exchange);
    if (exchange->failed) {
        http_problem_status(&exchange->response, 431, ERR_LIMIT, "over %d headers", HTTP_PAIRS_MAX);
        return false;
    }
    if (!read_method(exchange, method))
        return false;
    enum err err = target_path(exchange->target, exchange->path, &info);
    char *query = strchr(exchange->target, '?');
    if (err == ERR_OK && query != NULL)
        err = target_query(query + 1, exchange->query, &request->query_count, &info);
    if (err == ERR_TOO_BIG)
        http_problem_status(&exchange->response, 414, err, "%s", info.text);
    else if (err != ERR_OK)
        http_problem_info(&exchange->response, &info);
    else
        http_choose_language(exchange->side->server->app, request, &exchange->response);
    return err == ERR_OK;
}

/* The limit is known before the body: refuse what is declared too long at once. */
static bool admit_length(struct exchange *exchange)
{
    const struct http_route *route = exchange->match.route;
    const char *length = http_header(&exchange->request, "Content-Length");
    exchange->bytes_max = route->body_bytes_max > 0 ? route->body_bytes_max : HTTP_BODY_BYTES_MAX;
    assert(route->upload != NULL || exchange->bytes_max <= HTTP_BODY_BYTES_MAX);
    if (length == NULL || strtoull(length, NULL, 10) <= exchange->bytes_max)
        return true;
    http_problem(&exchange->response, ERR_TOO_BIG, "the body is over %llu bytes",
                 (unsigned long long)exchange->bytes_max);
    return false;
}

static bool begin_upload(struct exchange *exchange)
{
    struct err_info info = {0};
    void *upload = NULL;
    const struct http_upload *taker = exchange->match.route->upload;
    if (taker == NULL)
        return true;
    enum err err =
        taker->begin(exchange->side->server->app->context, &exchange->request, &upload, &info);
    if (err != ERR_OK) {
        http_problem_info(&exchange->response, &info);
        return false;
    }
    assert(upload != NULL);
    exchange->request.upload = upload;
    return true;
}

static bool find_route(struct exchange *exchange)
{
    const struct http_app *app = exchange->side->server->app;
    enum err err = http_route_find(app, exchange->request.method, exchange->path, &exchange->match);
    if (err != ERR_OK) {
        http_route_problem(err, &exchange->match, &exchange->response);
        return false;
    }
    exchange->request.params = exchange->match.params;
    return true;
}

void exchange_begin(struct exchange *exchange, const char *method)
{
    assert(!exchange->begun);
    exchange->begun = true;
    exchange->bytes_max = HTTP_BODY_BYTES_MAX;
    exchange->failed =
        !read_head(exchange, method) ||
        !guard_admit(&exchange->side->server->guard, &exchange->request, &exchange->response) ||
        !find_route(exchange) || !admit_length(exchange) || !begin_upload(exchange);
}

bool exchange_refuses_body(const struct exchange *exchange)
{
    const struct http_request *request = &exchange->request;
    const char *length = http_header(request, "Content-Length");
    if (!exchange->failed)
        return false;
    /* Two framings, or one nobody knows: where the body ends is not known, so nothing more is read
     * from here. */
    const char *coding = http_header(request, "Transfer-Encoding");
    if (coding != NULL && (length != NULL || strcasecmp(coding, "chunked") != 0))
        return true;
    if (http_header(request, "Expect") != NULL)
        return true;
    return length != NULL && strtoull(length, NULL, 10) > HTTP_BODY_BYTES_MAX;
}

/* ---- the body ---- */

static void fail_body(struct exchange *exchange, const struct err_info *info)
{
    exchange->failed = true;
    http_problem_info(&exchange->response, info);
}

static enum err collect(struct exchange *exchange, struct bytes piece, struct err_info *info)
{
    size_t len = exchange->request.body.len;
    assert(exchange->bytes_max <= HTTP_BODY_BYTES_MAX);
    if (exchange->body_capacity - len < piece.len) {
        size_t capacity = exchange->body_capacity == 0 ? 4096 : exchange->body_capacity;
        while (capacity - len < piece.len)
            capacity *= 2;
        uint8_t *body = realloc(exchange->body, capacity);
        if (body == NULL)
            return err_set(info, ERR_NO_MEMORY, "out of memory");
        exchange->body = body;
        exchange->body_capacity = capacity;
    }
    memcpy(exchange->body + len, piece.data, piece.len);
    exchange->request.body = bytes_of(exchange->body, len + piece.len);
    return ERR_OK;
}

bool exchange_take(struct exchange *exchange, struct bytes piece)
{
    struct err_info info = {0};
    enum err err = ERR_OK;

    exchange->received_bytes += piece.len;
    if (exchange->failed)
        return exchange->received_bytes <= BLOB_BYTES_MAX;
    if (exchange->received_bytes > exchange->bytes_max)
        err = err_set(&info, ERR_TOO_BIG, "the body is over %llu bytes",
                      (unsigned long long)exchange->bytes_max);
    else if (exchange->request.upload != NULL)
        err = exchange->match.route->upload->chunk(exchange->request.upload, piece, &info);
    else
        err = collect(exchange, piece, &info);
    if (err != ERR_OK)
        fail_body(exchange, &info);
    return true;
}

void exchange_finish(struct exchange *exchange)
{
    if (exchange->failed)
        return;
    http_call_handler(exchange->side->server->app, exchange->match.route, &exchange->request,
                      &exchange->response);
}
