#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/http/socket.h"

#define HOST "Host: localhost\r\n"

TestSuite(streams, .init = fixture_start, .fini = fixture_stop, .timeout = 100);

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

Test(streams, fifty_megabytes_up_in_bounded_memory)
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
    cr_expect_str_eq((const char *)answer.body, "{\"bytes\":50000000}");
    cr_expect(pattern.closed);
    cr_expect_leq(fixture.largest_chunk, 64 * 1024);
    fixture_await(&fixture.uploads_closed, 1);
    cr_expect_eq(fixture.uploads_closed, 1);
    cr_expect_lt(after.ru_maxrss - before.ru_maxrss, 16 * 1024, "%ld KiB more",
                 after.ru_maxrss - before.ru_maxrss);
    http_answer_deinit(&answer);
}

Test(streams, a_chunked_body_over_the_limit_is_refused_after_it)
{
    struct pattern pattern = {.left = HTTP_BODY_BYTES_MAX + 1, .letter = 'u'};
    struct http_source source = {pattern_read, pattern_close, &pattern};
    struct http_call call = {
        .method = "POST", .path = "/api/v1/echo", .content_type = HTTP_JSON, .source = &source};
    struct http_answer answer = fixture_call(&fixture.unix_client, &call);
    cr_expect_eq(answer.status, 413);
    http_answer_deinit(&answer);
}

Test(streams, an_upload_that_fails_midway_gets_its_reason)
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

Test(streams, a_stream_comes_down_whole)
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

Test(streams, a_stream_that_breaks_is_never_taken_for_whole)
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
    fixture_await(&fixture.waits, 1);
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

Test(streams, a_source_with_nothing_sleeps_until_woken)
{
    char text[2048];
    exchange_with_wakes("GET /api/v1/stream?bytes=10&pauses HTTP/1.1\r\n" HOST
                        "Connection: close\r\n\r\n",
                        text, sizeof(text));
    cr_expect_not_null(strstr(text, "\r\nA\r\nxxxxxxxxxx\r\n0\r\n\r\n"), "%s", text);
    cr_expect_eq(fixture.waits, 2, "asked once a wake, not in a circle");
}

Test(streams, a_handler_that_waits_is_called_again)
{
    char text[2048];
    exchange_with_wakes("GET /api/v1/wait HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", text,
                        sizeof(text));
    cr_expect_eq(strncmp(text, "HTTP/1.1 204", 12), 0, "%s", text);
    cr_expect_eq(fixture.waits, 2);
}

Test(streams, closes_with_sleepers_left)
{
    struct http_answer answer = {0};
    struct http_call call = {.method = "GET", .path = "/api/v1/wait?ever"};
    struct http_client impatient = fixture.unix_client;
    impatient.timeout_ms = 200;
    cr_expect_eq(http_client_call(&impatient, &call, &answer, NULL), ERR_TIMEOUT);
    call.path = "/api/v1/stream?bytes=10&pauses";
    cr_expect_eq(http_client_call(&impatient, &call, &answer, NULL), ERR_TIMEOUT);
    fixture_await(&fixture.waits, 1);
}
