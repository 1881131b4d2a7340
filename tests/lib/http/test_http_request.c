#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http/client.h"
#include "lib/http/guard.h"
#include "lib/http/json.h"
#include "lib/http/socket.h"
#include "lib/http/target.h"

/* ---- request targets ---- */

Test(target, paths)
{
    static const struct {
        const char *target;
        enum err err;
        const char *path;
    } rows[] = {
        {"/", ERR_OK, "/"},
        {"/a/b?c=/../d", ERR_OK, "/a/b"},
        {"/a%20b/%d0%b6", ERR_OK, "/a b/ж"},
        {"/a/", ERR_OK, "/a/"},
        {"/a/...", ERR_OK, "/a/..."},
        {"", ERR_CORRUPT, NULL},
        {"a", ERR_CORRUPT, NULL},
        {"*", ERR_CORRUPT, NULL},
        {"http://x/", ERR_CORRUPT, NULL},
        {"/a//b", ERR_CORRUPT, NULL},
        {"//a", ERR_CORRUPT, NULL},
        {"/a/../b", ERR_CORRUPT, NULL},
        {"/a/..", ERR_CORRUPT, NULL},
        {"/./a", ERR_CORRUPT, NULL},
        {"/%2e%2e/a", ERR_CORRUPT, NULL},
        {"/a/%2E", ERR_CORRUPT, NULL},
        {"/a%2fb", ERR_CORRUPT, NULL},
        {"/a%00b", ERR_CORRUPT, NULL},
        {"/a%0ab", ERR_CORRUPT, NULL},
        {"/a%7f", ERR_CORRUPT, NULL},
        {"/a%", ERR_CORRUPT, NULL},
        {"/a%4", ERR_CORRUPT, NULL},
        {"/a%zz", ERR_CORRUPT, NULL},
        {"/%ff", ERR_CORRUPT, NULL},
        {"/%c0%ae%c0%ae/a", ERR_CORRUPT, NULL},
        {"/a#b", ERR_CORRUPT, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[HTTP_PATH_BYTES_MAX] = "untouched";
        cr_expect_eq(target_path(rows[i].target, path, NULL), rows[i].err, "%s", rows[i].target);
        cr_expect_str_eq(path, rows[i].path != NULL ? rows[i].path : "untouched", "%s",
                         rows[i].target);
    }
}

Test(target, a_long_path_is_too_big)
{
    char target[HTTP_PATH_BYTES_MAX + 1];
    char path[HTTP_PATH_BYTES_MAX];
    memset(target, 'a', sizeof(target));
    target[0] = '/';
    target[sizeof(target) - 1] = '\0';
    cr_expect_eq(target_path(target, path, NULL), ERR_TOO_BIG);
    target[sizeof(target) - 2] = '\0';
    cr_expect_eq(target_path(target, path, NULL), ERR_OK);
}

Test(target, queries)
{
    char text[] = "a=1&b=x+y%26z&&c&=e&a=2";
    char many[HTTP_PAIRS_MAX * 2 + 3] = "";
    struct http_pair pairs[HTTP_PAIRS_MAX];
    struct http_request request = {.query = pairs};
    cr_assert_eq(target_query(text, pairs, &request.query_count, NULL), ERR_OK);
    cr_expect_str_eq(http_query(&request, "a"), "1");
    cr_expect_str_eq(http_query(&request, "b"), "x y&z");
    cr_expect_str_eq(http_query(&request, "c"), "");
    cr_expect_null(http_query(&request, "d"));
    for (size_t i = 0; i < HTTP_PAIRS_MAX + 1; i++)
        memcpy(many + 2 * i, "a&", 2);
    cr_expect_eq(target_query(many, pairs, &request.query_count, NULL), ERR_LIMIT);
    char nul[] = "a=%00";
    cr_expect_eq(target_query(nul, pairs, &request.query_count, NULL), ERR_CORRUPT);
    char broken[] = "a=%f";
    cr_expect_eq(target_query(broken, pairs, &request.query_count, NULL), ERR_CORRUPT);
}

Test(target, a_built_path_reads_back)
{
    struct http_url url;
    const char *path = NULL;
    char decoded[HTTP_PATH_BYTES_MAX];
    http_url_init(&url, "/api");
    http_url_segment(&url, "a b?ж%");
    http_url_query(&url, "q", "1&2=3 +");
    http_url_query(&url, "r", "");
    cr_assert_eq(http_url_finish(&url, &path, NULL), ERR_OK);
    cr_expect_str_eq(path, "/api/a%20b%3F%D0%B6%25?q=1%262%3D3%20%2B&r=");
    cr_expect_eq(target_path(path, decoded, NULL), ERR_OK);
    cr_expect_str_eq(decoded, "/api/a b?ж%");
    for (size_t i = 0; i < sizeof(url.text); i++)
        http_url_query(&url, "q", "1");
    cr_expect_eq(http_url_finish(&url, &path, NULL), ERR_TOO_BIG);
}

/* ---- routes ---- */

static void say_pattern(void *context, const struct http_request *request,
                        struct http_response *response)
{
    char text[256];
    snprintf(text, sizeof(text), "%s", (const char *)context);
    for (size_t i = 0; i < request->params.count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, "|%s", request->params.pairs[i].value);
    }
    http_reply(response, 200, HTTP_TEXT, bytes_of_text(text));
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .pattern = "/api/records/{kind}", .handle = say_pattern},
    {.method = HTTP_POST, .pattern = "/api/records/{kind}", .handle = say_pattern},
    {.method = HTTP_GET, .pattern = "/api/records/{kind}/{id}", .handle = say_pattern},
    {.method = HTTP_DELETE, .pattern = "/api/records/{kind}/{id}", .handle = say_pattern},
    {.method = HTTP_GET, .pattern = "/api/records/{kind}/{id}/history", .handle = say_pattern},
    {.method = HTTP_GET, .pattern = "/assets/{path*}", .handle = say_pattern},
};
static char name[] = "ok";
static const struct http_app app = {.routes = routes, .route_count = 6, .context = name};

Test(router, finds_routes)
{
    static const struct {
        enum http_method method;
        const char *path;
        int status;
        const char *body, *allow;
    } rows[] = {
        {HTTP_GET, "/api/records/evidence", 200, "ok|evidence", NULL},
        {HTTP_HEAD, "/api/records/evidence", 200, "ok|evidence", NULL},
        {HTTP_GET, "/api/records/evidence/1 2", 200, "ok|evidence|1 2", NULL},
        {HTTP_GET, "/api/records/a/b/history", 200, "ok|a|b", NULL},
        {HTTP_GET, "/assets/x/y.js", 200, "ok|x/y.js", NULL},
        {HTTP_GET, "/assets/", 200, "ok|", NULL},
        {HTTP_POST, "/api/records/a/b", 405, NULL, "GET, HEAD, DELETE"},
        {HTTP_PATCH, "/api/records/a", 405, NULL, "GET, HEAD, POST"},
        {HTTP_GET, "/api/records/", 404, NULL, NULL},
        {HTTP_GET, "/api/records/a/", 404, NULL, NULL},
        {HTTP_GET, "/api/records/a/b/c", 404, NULL, NULL},
        {HTTP_GET, "/api", 404, NULL, NULL},
        {HTTP_POST, "/assets/x", 404, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_response *response = http_response_new();
        struct http_request request = {.method = rows[i].method, .path = rows[i].path};
        http_dispatch(&app, &request, response);
        cr_expect_eq(http_response_status(response), rows[i].status, "%s", rows[i].path);
        struct bytes body = http_response_body(response);
        if (rows[i].body != NULL)
            cr_expect(bytes_equal(body, bytes_of_text(rows[i].body)), "%s: %.*s", rows[i].path,
                      (int)body.len, (const char *)body.data);
        else
            cr_expect_str_eq(http_response_header(response, "content-type"), HTTP_PROBLEM, "%s",
                             rows[i].path);
        if (rows[i].allow != NULL)
            cr_expect_str_eq(http_response_header(response, "Allow"), rows[i].allow, "%s",
                             rows[i].path);
        http_response_free(response);
    }
}

Test(response, problems_are_json)
{
    json_t *json = NULL;
    int64_t code = 0;
    const char *detail = NULL;
    struct http_response *response = http_response_new();
    http_problem(response, ERR_CONFLICT, "the record '%s' changed", "a\"b");
    cr_expect_eq(http_response_status(response), 409);
    cr_assert_eq(json_parse_object(http_response_body(response), &json, NULL), ERR_OK);
    cr_expect_eq(json_get_int(json, "code", JSON_REQUIRED, &code, NULL), ERR_OK);
    cr_expect_eq(code, ERR_CONFLICT);
    cr_expect_eq(json_get_text(json, "detail", JSON_REQUIRED, &detail, NULL), ERR_OK);
    cr_expect_str_eq(detail, "the record 'a\"b' changed");
    json_decref(json);
    http_response_free(response);
}

/* ---- guard ---- */

static const struct {
    const char *name;
    enum http_method method;
    bool over_unix;
    struct http_pair headers[4];
    int status; /* 0: admitted */
} guard_rows[] = {
    {"loopback name", HTTP_GET, false, {{"Host", "localhost:7790"}}, 0},
    {"loopback address", HTTP_GET, false, {{"Host", "127.0.0.1:7790"}}, 0},
    {"loopback IPv6", HTTP_GET, false, {{"Host", "[::1]:7790"}}, 0},
    {"configured name", HTTP_GET, false, {{"host", "CSE.Example"}}, 0},
    {"the address we listen on", HTTP_GET, false, {{"Host", "10.0.0.5:80"}}, 0},
    {"another name", HTTP_GET, false, {{"Host", "evil.example"}}, 421},
    {"a name that begins as loopback", HTTP_GET, false, {{"Host", "127.0.0.1.evil.example"}}, 421},
    {"a name that begins as ours", HTTP_GET, false, {{"Host", "cse.example.evil"}}, 421},
    {"another name on the Unix socket",
     HTTP_POST,
     true,
     {{"Host", "x"}, {"Origin", "http://y"}},
     0},
    {"no host", HTTP_GET, false, {{"Accept", "x"}}, 400},
    {"no host on the Unix socket", HTTP_GET, true, {{"Accept", "x"}}, 400},
    {"two hosts", HTTP_GET, true, {{"Host", "localhost"}, {"Host", "localhost"}}, 400},
    {"two framings",
     HTTP_POST,
     true,
     {{"Host", "a"}, {"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}},
     400},
    {"two lengths",
     HTTP_POST,
     true,
     {{"Host", "a"}, {"Content-Length", "1"}, {"Content-Length", "1"}},
     400},
    {"unknown coding",
     HTTP_POST,
     true,
     {{"Host", "a"}, {"Transfer-Encoding", "gzip, chunked"}},
     400},
    {"own origin",
     HTTP_POST,
     false,
     {{"Host", "localhost:1"}, {"Origin", "http://localhost:1"}},
     0},
    {"own origin behind TLS",
     HTTP_POST,
     false,
     {{"Host", "cse.example"}, {"Origin", "https://cse.example"}},
     0},
    {"other port",
     HTTP_POST,
     false,
     {{"Host", "localhost:1"}, {"Origin", "http://localhost:2"}},
     403},
    {"other origin",
     HTTP_DELETE,
     false,
     {{"Host", "localhost:1"}, {"Origin", "http://evil.example"}},
     403},
    {"opaque origin", HTTP_POST, false, {{"Host", "localhost:1"}, {"Origin", "null"}}, 403},
    {"other origin only reads",
     HTTP_GET,
     false,
     {{"Host", "localhost:1"}, {"Origin", "http://evil.example"}},
     0},
    {"browser says cross-site",
     HTTP_POST,
     false,
     {{"Host", "localhost:1"}, {"Sec-Fetch-Site", "cross-site"}},
     403},
    {"form",
     HTTP_POST,
     false,
     {{"Host", "localhost"},
      {"Content-Length", "3"},
      {"Content-Type", "application/x-www-form-urlencoded"}},
     415},
    {"plain text",
     HTTP_POST,
     false,
     {{"Host", "localhost"}, {"Content-Length", "3"}, {"Content-Type", "text/plain"}},
     415},
    {"no type", HTTP_POST, false, {{"Host", "localhost"}, {"Transfer-Encoding", "chunked"}}, 415},
    {"json",
     HTTP_POST,
     false,
     {{"Host", "localhost"},
      {"Content-Length", "3"},
      {"Content-Type", "application/JSON; charset=utf-8"}},
     0},
    {"ours",
     HTTP_POST,
     false,
     {{"Host", "localhost"},
      {"Content-Length", "3"},
      {"Content-Type", "application/vnd.cse.batch"}},
     0},
    {"no body needs no type",
     HTTP_POST,
     false,
     {{"Host", "localhost"}, {"Content-Length", "0"}},
     0},
};

Test(guard, rules)
{
    static const char *const hosts[] = {"cse.example"};
    static const struct guard guard = {.hosts = hosts, .host_count = 1, .listen_host = "10.0.0.5"};
    for (size_t i = 0; i < sizeof(guard_rows) / sizeof(guard_rows[0]); i++) {
        struct http_response *response = http_response_new();
        struct http_request request = {.method = guard_rows[i].method,
                                       .over_unix = guard_rows[i].over_unix,
                                       .headers = guard_rows[i].headers};
        while (request.header_count < 4 && guard_rows[i].headers[request.header_count].name != NULL)
            request.header_count++;
        cr_expect_eq(guard_admit(&guard, &request, response), guard_rows[i].status == 0, "%s",
                     guard_rows[i].name);
        cr_expect_eq(http_response_status(response), guard_rows[i].status, "%s: %d",
                     guard_rows[i].name, http_response_status(response));
        http_response_free(response);
    }
}

Test(socket, addresses)
{
    static const struct {
        const char *text, *host, *port;
    } rows[] = {
        {"127.0.0.1:7790", "127.0.0.1", "7790"},
        {"http://localhost:80/", "127.0.0.1", "80"},
        {"[::1]:0", "::1", "0"},
        {"https://10.0.0.1:443", "10.0.0.1", "443"},
        {"127.0.0.1", NULL, NULL},
        {":80", NULL, NULL},
        {"a:", NULL, NULL},
        {"a:65536", NULL, NULL},
        {"a:-1", NULL, NULL},
        {"http://a:80/x", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct socket_address address;
        enum err expected = rows[i].host != NULL ? ERR_OK : ERR_INVALID;
        cr_assert_eq(socket_parse(rows[i].text, &address, NULL), expected, "%s", rows[i].text);
        if (expected != ERR_OK)
            continue;
        cr_expect_str_eq(address.host, rows[i].host, "%s", rows[i].text);
        cr_expect_str_eq(address.port, rows[i].port, "%s", rows[i].text);
    }
}
