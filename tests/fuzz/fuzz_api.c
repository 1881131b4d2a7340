/* Requests as they come: any method, target, header and body, at a broker and at a node. Every one
 * is answered, JSON answers are JSON, and no input is our own fault. */
#include "tests/fuzz/fuzz.h"

#include "lib/http/response.h"
#include "lib/http/target.h"
#include "tests/lib/api/api_fixture.h"

enum { RUNS_A_LIFE = 2000, DRAIN_BYTES = 4 << 20 };

static struct machine machines[2];
static uint32_t runs;

static void renew(void)
{
    static bool begun;
    for (int i = 0; i < 2; i++) {
        if (begun)
            machine_stop(&machines[i]);
        machine_start(&machines[i], i == 0 ? LEDGER_BROKER : LEDGER_NODE,
                      UINT64_C(0x8000000000000001) + (uint64_t)i);
    }
    machine_know_site(&machines[0], UINT64_C(0x8000000000000002), "housing", false, false);
    begun = true;
}

/* A streamed body, to its end. */
static void drain(struct http_response *response)
{
    static uint8_t buffer[64 * 1024];
    size_t all = 0, len = 1;
    while (len > 0 && all < DRAIN_BYTES) {
        len = 0;
        if (response->source.read(response->source.context, buffer, sizeof(buffer), &len) != ERR_OK)
            break;
        assert(len <= sizeof(buffer));
        all += len;
    }
}

static void check(struct http_response *response)
{
    int status = http_response_status(response);
    if (response->state == HTTP_WAITING)
        return;
    assert(status >= 200 && status <= 507);
    assert(status != 500); /* nothing from outside is our own fault */
    if (response->kind == HTTP_BODY_SOURCE) {
        drain(response);
        return;
    }
    const char *type = http_response_header(response, "Content-Type");
    struct bytes body = http_response_body(response);
    if (type == NULL || strncmp(type, "application/", 12) != 0 || strstr(type, "json") == NULL)
        return;
    json_t *json = json_loadb((const char *)body.data, body.len, 0, NULL);
    assert(json != NULL);
    json_decref(json);
}

static void upload(struct machine *machine, struct http_match match, struct http_request *request,
                   struct bytes body, struct http_response *response)
{
    const struct http_upload *takes = match.route->upload;
    struct err_info info = {0};
    request->params = match.params;
    request->body = bytes_of("", 0);
    enum err err = takes->begin(machine->api, request, &request->upload, &info);
    bool begun = err == ERR_OK;
    for (size_t at = 0; err == ERR_OK && at < body.len; at += 7)
        err = takes->chunk(request->upload,
                           bytes_of(body.data + at, body.len - at < 7 ? body.len - at : 7), &info);
    if (err == ERR_OK)
        match.route->handle(machine->api, request, response);
    else
        http_problem_info(response, &info);
    if (begun)
        takes->close(request->upload);
}

static void dispatch(struct machine *machine, struct http_request *request)
{
    struct http_match match;
    struct http_response *response = http_response_new();
    struct bytes body = request->body;
    assert(response != NULL);
    if (http_route_find(&machine->app, request->method, request->path, &match) == ERR_OK &&
        match.route->upload != NULL)
        upload(machine, match, request, body, response);
    else
        http_dispatch(&machine->app, request, response);
    check(response);
    http_response_free(response);
}

/* Up to the next line end; the rest stays in *text. */
static char *take_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');
    *text = end != NULL ? end + 1 : line + strlen(line);
    if (end != NULL)
        *end = '\0';
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[HTTP_PATH_BYTES_MAX];
    struct http_pair query[HTTP_PAIRS_MAX], headers[1];
    struct err_info info;
    if (size < 2)
        return 0;
    if (runs++ % RUNS_A_LIFE == 0)
        renew();
    char *text = text_of(data + 1, size - 1), *rest = text;
    char *target = take_line(&rest), *header = take_line(&rest);
    struct http_request request = {.method = (enum http_method)(data[0] % 6),
                                   .path = path,
                                   .query = query,
                                   .headers = headers,
                                   .over_unix = (data[0] & 0x80) != 0,
                                   .peer_uid = getuid(),
                                   .body = bytes_of(rest, (size_t)(text + size - 1 - rest))};
    char *question = strchr(target, '?'), *colon = strchr(header, ':');
    if (colon != NULL) {
        *colon = '\0';
        headers[0] = (struct http_pair){.name = header, .value = colon + 1};
        request.header_count = 1;
    }
    enum err err = target_path(target, path, &info);
    if (err == ERR_OK && question != NULL)
        err = target_query(question + 1, query, &request.query_count, &info);
    if (err == ERR_OK)
        dispatch(&machines[data[0] >> 6 & 1], &request);
    free(text);
    return 0;
}
