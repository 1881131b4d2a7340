#include "fixture.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/sys/random.h"

struct fixture fixture;
static pthread_t thread;

/* ---- routes ---- */

static void hello(void *context, const struct http_request *request, struct http_response *response)
{
    char text[128];
    (void)context;
    snprintf(text, sizeof(text), "hello %s unix=%d uid=%d", http_param(request, "name"),
             request->over_unix, (int)request->peer_uid);
    http_set_header(response, "ETag", "\"7\"");
    http_reply(response, 200, HTTP_TEXT, bytes_of_text(text));
}

static void echo(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    http_reply(response, 201, "application/octet-stream", request->body);
}

static enum err upload_begin(void *context, const struct http_request *request, void **upload_out,
                             struct err_info *info)
{
    (void)context;
    if (http_query(request, "refuse") != NULL)
        return err_set(info, ERR_DENIED, "no uploads today");
    *upload_out = &fixture;
    return ERR_OK;
}

static enum err upload_chunk(void *upload, struct bytes chunk, struct err_info *info)
{
    struct fixture *seen = upload;
    seen->uploaded_bytes += chunk.len;
    seen->chunks++;
    if (chunk.len > seen->largest_chunk)
        seen->largest_chunk = chunk.len;
    for (size_t i = 0; i < chunk.len; i++) {
        if (chunk.data[i] == '!')
            return err_set(info, ERR_INVALID, "an exclamation");
    }
    return ERR_OK;
}

static void upload_close(void *upload)
{
    ((struct fixture *)upload)->uploads_closed++;
}

static const struct http_upload upload = {upload_begin, upload_chunk, upload_close};

static void uploaded(void *context, const struct http_request *request,
                     struct http_response *response)
{
    struct jsonw json;
    (void)context;
    fixture.uploads_handled++;
    cr_assert_eq(request->upload, &fixture);
    cr_assert_eq(request->body.len, 0);
    jsonw_init(&json, 1024);
    jsonw_object_begin(&json);
    jsonw_put_uint(&json, "bytes", fixture.uploaded_bytes);
    jsonw_object_end(&json);
    http_reply_json(response, 200, &json);
}

struct counting {
    uint64_t left;
    bool pauses, paused, breaks;
};

static enum err counting_read(void *context, uint8_t *buffer, size_t capacity, size_t *len_out)
{
    struct counting *counting = context;
    if (counting->pauses && !counting->paused) {
        counting->paused = true;
        fixture.waits++;
        return ERR_BUSY;
    }
    counting->paused = false;
    if (counting->left == 0 && counting->breaks)
        return ERR_IO;
    size_t len = counting->left < capacity ? (size_t)counting->left : capacity;
    memset(buffer, 'x', len);
    counting->left -= len;
    *len_out = len;
    return ERR_OK;
}

static void counting_close(void *context)
{
    fixture.sources_closed++;
    free(context);
}

static void stream(void *context, const struct http_request *request,
                   struct http_response *response)
{
    int64_t bytes = 100;
    struct err_info info = {0};
    (void)context;
    if (http_query_int(request, "bytes", (struct http_range){0, 1 << 30}, &bytes, &info) !=
        ERR_OK) {
        http_problem_info(response, &info);
        return;
    }
    struct counting *counting = calloc(1, sizeof(*counting));
    cr_assert_not_null(counting);
    fixture.sources_opened++;
    counting->left = (uint64_t)bytes;
    counting->pauses = http_query(request, "pauses") != NULL;
    counting->breaks = http_query(request, "breaks") != NULL;
    http_reply_stream(response, 200, HTTP_CSV,
                      (struct http_source){counting_read, counting_close, counting});
}

static void wait_once(void *context, const struct http_request *request,
                      struct http_response *response)
{
    (void)context;
    if (fixture.waits++ == 0 || http_query(request, "ever") != NULL)
        http_wait(response);
    else
        http_reply_empty(response, 204);
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .pattern = "/api/v1/hello/{name}", .handle = hello},
    {.method = HTTP_POST, .pattern = "/api/v1/echo", .handle = echo},
    {.method = HTTP_PATCH, .pattern = "/api/v1/echo", .handle = echo, .body_bytes_max = 16},
    {.method = HTTP_POST,
     .pattern = "/api/v1/uploads",
     .handle = uploaded,
     .upload = &upload,
     .body_bytes_max = 64 * 1024 * 1024},
    {.method = HTTP_GET, .pattern = "/api/v1/stream", .handle = stream},
    {.method = HTTP_GET, .pattern = "/api/v1/wait", .handle = wait_once},
};
static const struct http_app app = {.routes = routes,
                                    .route_count = sizeof(routes) / sizeof(routes[0])};

/* ---- the loop ---- */

static void *run(void *unused)
{
    struct pollfd items[2];
    int fds[2];
    (void)unused;
    size_t count = http_server_fds(fixture.server, fds);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    while (!fixture.stop) {
        long timeout_ms = http_server_timeout_ms(fixture.server);
        /* a stop or wake of the test is looked for every 10 ms */
        poll(items, count, timeout_ms < 0 || timeout_ms > 10 ? 10 : (int)timeout_ms);
        if (atomic_exchange(&fixture.wake, false))
            http_server_wake(fixture.server);
        http_server_run(fixture.server);
    }
    return NULL;
}

void fixture_start(void)
{
    char path[128];
    struct err_info info = {0};
    memcpy(fixture.folder, "/tmp/cse-http-XXXXXX", sizeof("/tmp/cse-http-XXXXXX"));
    cr_assert_eq(sys_init(NULL), ERR_OK);
    cr_assert_not_null(mkdtemp(fixture.folder));
    snprintf(path, sizeof(path), "%s/%s", fixture.folder, HTTP_SOCKET_NAME);
    struct http_config config = {.listen = "127.0.0.1:0", .socket_path = path, .app = &app};
    cr_assert_eq(http_server_open(&config, &fixture.server, &info), ERR_OK, "%s", info.text);
    fixture.port = http_server_port(fixture.server);
    snprintf(fixture.address, sizeof(fixture.address), "127.0.0.1:%u", fixture.port);
    cr_assert_eq(http_client_for_dir(fixture.folder, 60000, &fixture.unix_client, NULL), ERR_OK);
    cr_assert_eq(http_client_for_tcp(fixture.address, 60000, &fixture.tcp_client, NULL), ERR_OK);
    cr_assert_eq(pthread_create(&thread, NULL, run, NULL), 0);
}

void fixture_stop(void)
{
    fixture.stop = true;
    pthread_join(thread, NULL);
    http_server_close(fixture.server);
    cr_assert_eq(fixture.sources_opened, fixture.sources_closed);
    rmdir(fixture.folder);
}

struct http_answer fixture_call(const struct http_client *client, const struct http_call *call)
{
    struct http_answer answer = {0};
    struct err_info info = {0};
    cr_assert_eq(http_client_call(client, call, &answer, &info), ERR_OK, "%s %s: %s", call->method,
                 call->path, info.text);
    return answer;
}

void fixture_await(const atomic_uint *counter, unsigned value)
{
    /* the limit only ends a test that has failed already */
    for (unsigned i = 0; i < 4000 && *counter < value; i++)
        usleep(5000);
    cr_assert_geq(*counter, value);
}
