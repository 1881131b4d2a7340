#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/http/socket.h"
#include "raw.h"

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
    len += (size_t)snprintf(bytes + len, sizeof(bytes) - len, "Connection: close\r\n\r\n");
    cr_expect_eq(raw_exchange(fixture.port, bytes, len, text, sizeof(text)), 431);
}

Test(server, a_cut_body_never_reaches_the_handler)
{
    static const char bytes[] = "POST /api/v1/uploads HTTP/1.1\r\n" HOST
                                "Content-Type: text/csv\r\nContent-Length: 100\r\n\r\nabc";
    int fd = -1;
    cr_assert_eq(socket_connect_tcp(fixture.address, 60000, &fd, NULL), ERR_OK);
    cr_assert_eq(send(fd, bytes, sizeof(bytes) - 1, 0), (ssize_t)sizeof(bytes) - 1);
    fixture_await(&fixture.chunks, 1);
    close(fd);
    fixture_await(&fixture.uploads_closed, 1);
    cr_expect_eq(fixture.uploads_handled, 0);
    cr_expect_eq(fixture.uploaded_bytes, 3);
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
