#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/http/socket.h"
#include "raw.h"

/* Give the loop turns until a counter has got there; the limit only ends a test that has failed
 * already. */
static void await(const atomic_uint *counter, unsigned value)
{
    for (unsigned i = 0; i < 4000 && *counter < value; i++)
        usleep(5000);
    cr_assert_geq(*counter, value);
}

TestSuite(server, .init = fixture_start, .fini = fixture_stop, .timeout = 100);

static void expect_body(const struct http_answer *answer, const char *body)
{
    cr_expect_str_eq((const char *)answer->body, body, "%s", (const char *)answer->body);
}

Test(server, answers_on_both_listeners)
{
    char expected[128];
    struct http_call call = {.method = "GET", .path = "/api/v1/hello/%D0%B6"};
    struct http_answer answer = fixture_call(&fixture.unix_client, &call);
    snprintf(expected, sizeof(expected), "hello ж unix=1 uid=%d", (int)geteuid());
    cr_expect_eq(answer.status, 200);
    expect_body(&answer, expected);
    cr_expect_str_eq(http_answer_header(&answer, "etag"), "\"7\"");
    cr_expect_str_eq(http_answer_header(&answer, "cache-control"), "no-store");
    cr_expect_str_eq(http_answer_header(&answer, "x-content-type-options"), "nosniff");
    http_answer_deinit(&answer);
    answer = fixture_call(&fixture.tcp_client, &call);
    expect_body(&answer, "hello ж unix=0 uid=-1");
    http_answer_deinit(&answer);
}

Test(server, head_has_no_body)
{
    struct http_call call = {.method = "HEAD", .path = "/api/v1/hello/x"};
    struct http_answer answer = fixture_call(&fixture.tcp_client, &call);
    cr_expect_eq(answer.status, 200);
    cr_expect_eq(answer.body_len, 0);
    cr_expect_str_neq(http_answer_header(&answer, "content-length"), "0");
    http_answer_deinit(&answer);
}

Test(server, errors_reach_the_command_as_codes)
{
    static const struct {
        const char *name, *method, *path, *type;
        size_t body_len;
        int status;
        enum err err;
    } rows[] = {
        {"nothing there", "GET", "/api/v1/nothing", NULL, 0, 404, ERR_NOT_FOUND},
        {"wrong method", "DELETE", "/api/v1/echo", NULL, 0, 405, ERR_UNSUPPORTED},
        {"unknown method", "BREW", "/api/v1/echo", NULL, 0, 501, ERR_UNSUPPORTED},
        {"body over the route's limit", "PATCH", "/api/v1/echo", HTTP_JSON, 17, 413, ERR_TOO_BIG},
        {"body over the general limit", "POST", "/api/v1/echo", HTTP_JSON, HTTP_BODY_BYTES_MAX + 1,
         413, ERR_TOO_BIG},
        {"bad parameter", "GET", "/api/v1/stream?bytes=-1", NULL, 0, 422, ERR_INVALID},
        {"upload refused at its begin", "POST", "/api/v1/uploads?refuse", HTTP_JSON, 100, 403,
         ERR_DENIED},
    };
    static uint8_t body[HTTP_BODY_BYTES_MAX + 1];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err_info info = {0};
        struct http_call call = {.method = rows[i].method,
                                 .path = rows[i].path,
                                 .content_type = rows[i].type,
                                 .body = bytes_of(body, rows[i].body_len)};
        struct http_answer answer = fixture_call(&fixture.unix_client, &call);
        cr_expect_eq(answer.status, rows[i].status, "%s: %d", rows[i].name, answer.status);
        cr_expect_eq(http_answer_error(&answer, &info), rows[i].err, "%s: %s", rows[i].name,
                     info.text);
        cr_expect_neq(info.text[0], '\0', "%s", rows[i].name);
        http_answer_deinit(&answer);
    }
}

Test(server, bodies_at_the_limit_are_taken)
{
    static uint8_t body[HTTP_BODY_BYTES_MAX];
    memset(body, 'b', sizeof(body));
    struct http_call call = {.method = "POST",
                             .path = "/api/v1/echo",
                             .content_type = HTTP_JSON,
                             .body = bytes_of(body, sizeof(body))};
    struct http_answer answer = fixture_call(&fixture.tcp_client, &call);
    cr_expect_eq(answer.status, 201);
    cr_expect(bytes_equal(bytes_of(answer.body, answer.body_len), call.body));
    http_answer_deinit(&answer);
    call.body.len = 0;
    answer = fixture_call(&fixture.tcp_client, &call);
    cr_expect_eq(answer.status, 201);
    cr_expect_eq(answer.body_len, 0);
    http_answer_deinit(&answer);
}

/* ---- what a strange client may send ---- */

#define HOST "Host: localhost\r\n"

Test(server, requests_in_bytes)
{
    static const struct {
        const char *name, *bytes;
        int status;
    } rows[] = {
        {"fine", "GET /api/v1/hello/a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 200},
        {"no host", "GET /api/v1/hello/a HTTP/1.1\r\nConnection: close\r\n\r\n", 400},
        {"no host, old version", "GET /api/v1/hello/a HTTP/1.0\r\n\r\n", 400},
        {"host of another",
         "GET /api/v1/hello/a HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 421},
        {"two framings",
         "POST /api/v1/echo HTTP/1.1\r\n" HOST
         "Content-Type: application/json\r\nContent-Length: 5\r\n"
         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"dots, escaped", "GET /api/v1/hello/%2e%2e HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
         400},
        {"dots", "GET /api/../v1 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 400},
        {"empty segment", "GET //api/v1/hello/a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
         400},
        {"NUL, escaped", "GET /api/v1/hello/a%00b HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
         400},
        {"slash, escaped", "GET /api/v1/hello/a%2fb HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
         400},
        {"absolute target",
         "GET http://localhost/api/v1/hello/a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 400},
        {"page of another site",
         "POST /api/v1/echo HTTP/1.1\r\n" HOST "Origin: http://evil.example\r\n"
         "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
         403},
        {"own page",
         "POST /api/v1/echo HTTP/1.1\r\n" HOST "Origin: http://localhost\r\n"
         "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
         201},
        {"form",
         "POST /api/v1/echo HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\nContent-Length: 2\r\n"
         "Connection: close\r\n\r\n{}",
         415},
        {"broken chunk",
         "POST /api/v1/echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
         "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
         400},
        {"negative length",
         "POST /api/v1/echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
         "Content-Length: -1\r\n\r\n",
         400},
        {"expects to go on, too long",
         "POST /api/v1/echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
         "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n",
         413},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[4096];
        int status =
            raw_exchange(fixture.port, rows[i].bytes, strlen(rows[i].bytes), text, sizeof(text));
        cr_expect_eq(status, rows[i].status, "%s: %s", rows[i].name, text);
    }
}

/* The library ends the target at a NUL: what a route and every check before it see is the part
 * before. */
Test(server, nothing_after_a_raw_nul_reaches_a_route)
{
    static const char bytes[] =
        "GET /api/v1/hello/a\0/../b HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
    char text[4096];
    int status = raw_exchange(fixture.port, bytes, sizeof(bytes) - 1, text, sizeof(text));
    cr_expect(status == 400 || strstr(text, "hello a unix=0") != NULL, "%s", text);
}

Test(server, too_many_headers)
{
    static char bytes[8192];
    char text[4096];
    size_t len = (size_t)snprintf(bytes, sizeof(bytes), "GET /api/v1/hello/a HTTP/1.1\r\n" HOST);
    for (unsigned i = 0; i < HTTP_PAIRS_MAX; i++)
        len += (size_t)snprintf(bytes + len, sizeof(bytes) - len, "X-%u: 1\r\n", i);
    len += (size_t)snprintf(bytes + len, sizeof(bytes) - len, "\r\n");
    cr_expect_eq(raw_exchange(fixture.port, bytes, len, text, sizeof(text)), 431);
}

Test(server, a_cut_body_never_reaches_the_handler)
{
    static const char bytes[] = "POST /api/v1/uploads HTTP/1.1\r\n" HOST
                                "Content-Type: text/csv\r\nContent-Length: 100\r\n\r\nabc";
    char text[4096];
    int status = raw_exchange(fixture.port, bytes, sizeof(bytes) - 1, text, sizeof(text));
    cr_expect_neq(status, 200, "%s", text);
    await(&fixture.uploads_closed, 1);
    cr_expect_eq(fixture.uploads_closed, 1);
    cr_expect_eq(fixture.uploaded_bytes, 3);
}

/* ---- streams ---- */

struct pattern {
    uint64_t left;
    bool closed;
    char letter;
};

static enum err pattern_read(void *context, uint8_t *buffer, size_t capacity, size_t *len_out)
{
    struct pattern *pattern = context;
    size_t len = pattern->left < capacity ? (size_t)pattern->left : capacity;
    memset(buffer, pattern->letter, len);
    pattern->left -= len;
    *len_out = len;
    return ERR_OK;
}

static void pattern_close(void *context)
{
    ((struct pattern *)context)->closed = true;
}

Test(server, fifty_megabytes_up_in_bounded_memory)
{
    struct rusage before;
    struct rusage after;
    struct pattern pattern = {.left = 50 * 1000 * 1000, .letter = 'u'};
    struct http_source source = {pattern_read, pattern_close, &pattern};
    struct http_call call = {
        .method = "POST", .path = "/api/v1/uploads", .content_type = HTTP_CSV, .source = &source};
    getrusage(RUSAGE_SELF, &before);
    struct http_answer answer = fixture_call(&fixture.unix_client, &call);
    getrusage(RUSAGE_SELF, &after);
    cr_expect_eq(answer.status, 200);
    expect_body(&answer, "{\"bytes\":50000000}");
    cr_expect(pattern.closed);
    cr_expect_leq(fixture.largest_chunk, 64 * 1024);
    await(&fixture.uploads_closed, 1);
    cr_expect_eq(fixture.uploads_closed, 1);
    cr_expect_lt(after.ru_maxrss - before.ru_maxrss, 16 * 1024, "%ld KiB more",
                 after.ru_maxrss - before.ru_maxrss);
    http_answer_deinit(&answer);
}

Test(server, a_chunked_body_over_the_limit_is_refused_after_it)
{
    struct pattern pattern = {.left = HTTP_BODY_BYTES_MAX + 1, .letter = 'u'};
    struct http_source source = {pattern_read, pattern_close, &pattern};
    struct http_call call = {
        .method = "POST", .path = "/api/v1/echo", .content_type = HTTP_JSON, .source = &source};
    struct http_answer answer = fixture_call(&fixture.unix_client, &call);
    cr_expect_eq(answer.status, 413);
    http_answer_deinit(&answer);
}

Test(server, an_upload_that_fails_midway_gets_its_reason)
{
    struct err_info info = {0};
    struct pattern pattern = {.left = 500 * 1000, .letter = '!'};
    struct http_source source = {pattern_read, pattern_close, &pattern};
    struct http_call call = {
        .method = "POST", .path = "/api/v1/uploads", .content_type = HTTP_CSV, .source = &source};
    struct http_answer answer = fixture_call(&fixture.unix_client, &call);
    cr_expect_eq(http_answer_error(&answer, &info), ERR_INVALID);
    cr_expect_str_eq(info.text, "an exclamation");
    http_answer_deinit(&answer);
}

static enum err count_bytes(void *context, struct bytes piece)
{
    *(uint64_t *)context += piece.len;
    return ERR_OK;
}

static enum err refuse_bytes(void *context, struct bytes piece)
{
    (void)context;
    (void)piece;
    return ERR_FULL;
}

Test(server, a_stream_comes_down_whole)
{
    uint64_t seen = 0;
    struct http_sink sink = {count_bytes, &seen};
    struct http_call call = {
        .method = "GET", .path = "/api/v1/stream?bytes=30000000", .sink = &sink};
    struct http_answer answer = fixture_call(&fixture.tcp_client, &call);
    cr_expect_eq(answer.status, 200);
    cr_expect_eq(seen, 30000000);
    http_answer_deinit(&answer);
    sink.write = refuse_bytes;
    cr_expect_eq(http_client_call(&fixture.tcp_client, &call, &answer, NULL), ERR_FULL);
}

Test(server, a_stream_that_breaks_is_never_taken_for_whole)
{
    struct err_info info = {0};
    struct http_answer answer = {0};
    struct http_call call = {.method = "GET", .path = "/api/v1/stream?bytes=100000&breaks"};
    cr_expect_eq(http_client_call(&fixture.unix_client, &call, &answer, &info), ERR_CORRUPT, "%s",
                 info.text);
    cr_expect_null(answer.body);
}

/* Send a request as it is and wake the server until it hangs up; what came is in `text`. */
static void exchange_with_wakes(const char *bytes, char *text, size_t size)
{
    int fd = -1;
    size_t got = 0;
    cr_assert_eq(socket_connect_tcp(fixture.address, 60000, &fd, NULL), ERR_OK);
    cr_assert_eq(send(fd, bytes, strlen(bytes), 0), (ssize_t)strlen(bytes));
    await(&fixture.waits, 1);
    for (unsigned i = 0; i < 4000; i++) {
        ssize_t len = recv(fd, text + got, size - 1 - got, 0);
        if (len == 0)
            break;
        got += len > 0 ? (size_t)len : 0;
        fixture.wake = true;
        usleep(5000);
    }
    text[got] = '\0';
    close(fd);
}

Test(server, a_source_with_nothing_sleeps_until_woken)
{
    char text[2048];
    exchange_with_wakes("GET /api/v1/stream?bytes=10&pauses HTTP/1.1\r\n" HOST
                        "Connection: close\r\n\r\n",
                        text, sizeof(text));
    cr_expect_not_null(strstr(text, "\r\na\r\nxxxxxxxxxx\r\n0\r\n\r\n"), "%s", text);
    cr_expect_eq(fixture.waits, 2, "asked once a wake, not in a circle");
}

Test(server, a_handler_that_waits_is_called_again)
{
    char text[2048];
    exchange_with_wakes("GET /api/v1/wait HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", text,
                        sizeof(text));
    cr_expect_eq(strncmp(text, "HTTP/1.1 204", 12), 0, "%s", text);
    cr_expect_eq(fixture.waits, 2);
}

Test(server, closes_with_sleepers_left)
{
    struct http_answer answer = {0};
    struct http_call call = {.method = "GET", .path = "/api/v1/wait?ever"};
    struct http_client impatient = fixture.unix_client;
    impatient.timeout_ms = 200;
    cr_expect_eq(http_client_call(&impatient, &call, &answer, NULL), ERR_TIMEOUT);
    call.path = "/api/v1/stream?bytes=10&pauses";
    cr_expect_eq(http_client_call(&impatient, &call, &answer, NULL), ERR_TIMEOUT);
    await(&fixture.waits, 1);
}

/* ---- sockets ---- */

Test(server, the_socket_is_ours_alone)
{
    struct stat status;
    char path[128];
    struct http_server *second = NULL;
    static const struct http_app nothing = {0};
    struct http_config config = {.socket_path = path, .app = &nothing};
    snprintf(path, sizeof(path), "%s/%s", fixture.folder, HTTP_SOCKET_NAME);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    cr_expect_eq(http_server_open(&config, &second, NULL), ERR_EXISTS,
                 "a live socket is not taken over");
    config.socket_path = NULL;
    config.listen = fixture.address;
    cr_expect_eq(http_server_open(&config, &second, NULL), ERR_EXISTS);
    cr_expect_null(second);
}

Test(sockets, stale_and_long_paths)
{
    char folder[300] = "/tmp/cse-long-XXXXXX";
    char path[400];
    int first = -1;
    int second = -1;
    int client = -1;
    struct err_info info = {0};
    cr_assert_not_null(mkdtemp(folder));
    size_t len = strlen(folder);
    memset(folder + len, 'x', 150);
    folder[len] = '/';
    cr_assert_eq(mkdir(folder, 0700), 0);
    snprintf(path, sizeof(path), "%s/%s", folder, HTTP_SOCKET_NAME);
    cr_assert_eq(socket_listen_unix(path, &first, &info), ERR_OK, "%s", info.text);
    cr_expect_eq(socket_connect_unix(path, &client, &info), ERR_OK, "%s", info.text);
    close(client);
    close(first);
    cr_expect_eq(socket_connect_unix(path, &client, &info), ERR_UNREACHABLE, "left behind");
    cr_expect_eq(socket_listen_unix(path, &second, &info), ERR_OK, "a stale socket is replaced: %s",
                 info.text);
    close(second);
    unlink(path);
    rmdir(folder);
    folder[len] = '\0';
    rmdir(folder);
}

Test(sockets, no_daemon_says_how_to_start_one)
{
    struct http_client client;
    struct http_answer answer = {0};
    struct err_info info = {0};
    struct http_call call = {.method = "GET", .path = "/"};
    cr_assert_eq(http_client_for_dir("/tmp/no-such-data", 100, &client, NULL), ERR_OK);
    cr_expect_eq(http_client_call(&client, &call, &answer, &info), ERR_UNREACHABLE);
    cr_expect_not_null(strstr(info.text, "cse-node --data /tmp/no-such-data"), "%s", info.text);
}

Test(sockets, tls_that_cannot_work_is_a_clear_error)
{
    static const struct http_app nothing = {0};
    struct http_server *server = NULL;
    struct err_info info = {0};
    struct http_config config = {
        .listen = "127.0.0.1:0", .app = &nothing, .tls_certificate = "/etc/passwd"};
    cr_expect_eq(http_server_open(&config, &server, &info), ERR_INVALID, "half of a pair");
    config.tls_key = "/tmp/no-such-key.pem";
    cr_expect_eq(http_server_open(&config, &server, &info), ERR_NOT_FOUND, "%s", info.text);
}
