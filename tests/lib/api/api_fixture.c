#include "tests/lib/api/api_fixture.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/sys/random.h"

static uint64_t clock_ms = UINT64_C(1795305600000); /* 2026-11-22 00:00 UTC */

static uint64_t fake_clock(void)
{
    return clock_ms;
}

static int32_t fake_today(void)
{
    return (int32_t)(clock_ms / 86400000);
}

void machine_move_clock(uint64_t ms)
{
    clock_ms += ms;
}

uint64_t machine_now_ms(void)
{
    return clock_ms;
}

static void on_committed(void *context)
{
    ((struct machine *)context)->committed++;
}

static void on_fatal(void *context, const struct err_info *info)
{
    assert(info->code == ERR_UNKNOWN_OUTCOME);
    ((struct machine *)context)->fatal++;
}

static bool on_connected(void *context, uint64_t site, struct api_live *live_out)
{
    (void)site;
    *live_out = (struct api_live){.last_heard_ms = 1};
    return ((struct machine *)context)->connected;
}

static void on_link(void *context, struct api_link *link_out)
{
    *link_out = ((struct machine *)context)->link;
}

static void must(enum err err, const struct err_info *info)
{
    if (err != ERR_OK)
        (void)fprintf(stderr, "%s: %s\n", err_text(err), info->text);
    assert(err == ERR_OK);
}

static void open_parts(struct machine *machine)
{
    struct err_info info = {0};
    uint8_t public_key[SIGN_PUBLIC_BYTES], secret[SIGN_SECRET_BYTES], seed[32] = {7};
    (void)crypto_sign_seed_keypair(public_key, secret, seed);
    struct ledger_options options = {.role = machine->role,
                                     .today = (int32_t)(machine_now_ms() / 86400000)};
    must(ledger_open(machine->store, &options, secret, &machine->ledger, &info), &info);
    struct api_config config = {
        .role = machine->role,
        .ledger = machine->ledger,
        .blobs = machine->blobs,
        .data_dir = machine->dir,
        .clock = fake_clock,
        .today = fake_today,
        .daemon = {.context = machine, .committed = on_committed, .fatal = on_fatal},
    };
    if (machine->role == LEDGER_NODE)
        config.daemon.link = on_link;
    else
        config.daemon.connected = on_connected;
    must(api_open(&config, &machine->api, &info), &info);
    machine->app.routes = api_routes(&machine->app.route_count);
    machine->app.context = machine->api;
}

void machine_start(struct machine *machine, enum ledger_role role, uint64_t site)
{
    struct err_info info = {0};
    *machine = (struct machine){.role = role, .site = site, .dir = "/tmp/cse-api-XXXXXX"};
    must(sys_init(&info), &info);
    assert(mkdtemp(machine->dir) != NULL);
    must(store_open_mem(&machine->store), &info);
    must(blobs_open_mem(&machine->blobs), &info);
    must(ledger_init(machine->store, role, site, &info), &info);
    open_parts(machine);
}

void machine_restart(struct machine *machine)
{
    api_close(machine->api);
    ledger_close(machine->ledger);
    store_mem_crash(machine->store);
    open_parts(machine);
}

void machine_stop(struct machine *machine)
{
    char path[128];
    api_close(machine->api);
    ledger_close(machine->ledger);
    blobs_close(machine->blobs);
    store_close(machine->store);
    (void)snprintf(path, sizeof path, "%s/imports", machine->dir);
    (void)rmdir(path);
    (void)rmdir(machine->dir);
}

void machine_know_site(struct machine *machine, uint64_t site, const char *slug, bool partner,
                       bool centre)
{
    struct store_txn *txn;
    struct err_info info = {0};
    struct site_row row = {
        .site = site, .partner = partner, .centre = centre, .state = SITE_ACTIVE, .epoch = 1};
    (void)snprintf(row.slug, sizeof row.slug, "%s", slug);
    (void)snprintf(row.name, sizeof row.name, "The %s", slug);
    must(store_begin(machine->store, STORE_WRITE, &txn, &info), &info);
    must(roster_put(txn, &row), &info);
    assert(store_commit(txn, &info) == STORE_DURABLE);
}

void machine_push(struct machine *node, struct machine *broker, uint64_t *sent_inout)
{
    struct err_info info = {0};
    struct origin origin = {.site = node->site, .epoch = ledger_identity(node->ledger).epoch};
    struct arena arena;
    arena_init(&arena, 64 * 1024 * 1024);
    for (;;) {
        struct store_txn *txn;
        struct batch *batch = calloc(1, sizeof *batch);
        struct origin_row row;
        assert(batch != NULL);
        must(store_begin(node->store, STORE_READ, &txn, &info), &info);
        must(ledger_get_origin(txn, origin, &row), &info);
        bool more = *sent_inout < row.stored_seq;
        if (more)
            must(ledger_take_batch(node->ledger, txn, origin, *sent_inout + 1, BATCH_OPS_MAX,
                                   BATCH_BYTES_MAX, &arena, batch),
                 &info);
        store_abort(txn);
        if (!more) {
            free(batch);
            break;
        }
        uint8_t head[HASH_BYTES], seed[32] = {7}, public_key[SIGN_PUBLIC_BYTES],
                                  secret[SIGN_SECRET_BYTES];
        (void)crypto_sign_seed_keypair(public_key, secret, seed);
        must(batch_verify(batch, public_key, false, head), &info);
        must(store_begin(broker->store, STORE_WRITE, &txn, &info), &info);
        must(ledger_store_batch(broker->ledger, txn, batch, head, clock_ms), &info);
        assert(store_commit(txn, &info) == STORE_DURABLE);
        *sent_inout += batch->count;
        free(batch);
    }
    arena_deinit(&arena);
    bool caught_up = false;
    while (!caught_up) {
        uint32_t applied;
        must(ledger_apply(broker->ledger, APPLY_OPS_MAX, &applied, &caught_up, &info), &info);
    }
}

uint32_t machine_drain(struct machine *machine)
{
    uint32_t ticks = 0;
    while (api_tick(machine->api, clock_ms))
        ticks++;
    return ticks;
}

/* ---- asking ---- */

static struct reply last;

static void forget_last(void)
{
    json_decref(last.json);
    free(last.text);
    last = (struct reply){0};
}

/* "a=b&c=d" in place. */
static size_t split_query(char *text, struct http_pair *pairs, size_t max)
{
    size_t count = 0;
    while (text != NULL && *text != '\0' && count < max) {
        char *next = strchr(text, '&');
        if (next != NULL)
            *next++ = '\0';
        char *equals = strchr(text, '=');
        if (equals != NULL)
            *equals++ = '\0';
        pairs[count++] = (struct http_pair){.name = text, .value = equals != NULL ? equals : ""};
        text = next;
    }
    return count;
}

/* Keep what a test looks at, and free the response. */
static struct reply *keep(struct http_response *response)
{
    forget_last();
    last.status = http_response_status(response);
    struct bytes text = http_response_body(response);
    last.text = calloc(1, text.len + 1);
    if (text.len > 0)
        memcpy(last.text, text.data, text.len);
    last.len = text.len;
    last.json = json_loadb(last.text, text.len, 0, NULL);
    const char *etag = http_response_header(response, "ETag"),
               *location = http_response_header(response, "Location");
    (void)snprintf(last.etag, sizeof last.etag, "%s", etag != NULL ? etag : "");
    (void)snprintf(last.location, sizeof last.location, "%s", location != NULL ? location : "");
    http_response_free(response);
    return &last;
}

struct asking {
    struct http_request request;
    struct http_pair query[8], headers[1];
    char *path, *header;
};

static void asking_begin(struct asking *asking, struct machine *machine, enum http_method method,
                         const char *target, const char *header)
{
    *asking =
        (struct asking){.path = strdup(target), .header = header != NULL ? strdup(header) : NULL};
    char *question = strchr(asking->path, '?');
    if (question != NULL)
        *question++ = '\0';
    asking->request = (struct http_request){.method = method,
                                            .path = asking->path,
                                            .query = asking->query,
                                            .headers = asking->headers,
                                            .over_unix = !machine->over_tcp,
                                            .peer_uid = getuid()};
    asking->request.query_count = split_query(question, asking->query, 8);
    if (asking->header != NULL) {
        char *colon = strchr(asking->header, ':');
        *colon = '\0';
        asking->headers[0] = (struct http_pair){.name = asking->header, .value = colon + 2};
        asking->request.header_count = 1;
    }
}

static void asking_end(struct asking *asking)
{
    free(asking->path);
    free(asking->header);
}

struct reply *ask_bytes(struct machine *machine, enum http_method method, const char *target,
                        struct bytes body, const char *header)
{
    struct asking asking;
    struct http_response *response = http_response_new();
    asking_begin(&asking, machine, method, target, header);
    asking.request.body = body;
    http_dispatch(&machine->app, &asking.request, response);
    asking_end(&asking);
    return keep(response);
}

struct reply *ask_in_pieces(struct machine *machine, const char *target, struct bytes body,
                            size_t piece)
{
    struct asking asking;
    struct http_match match;
    struct err_info info = {0};
    struct http_response *response = http_response_new();
    asking_begin(&asking, machine, HTTP_POST, target, NULL);
    must(http_route_find(&machine->app, HTTP_POST, asking.path, &match), &info);
    const struct http_upload *upload = match.route->upload;
    asking.request.params = match.params;
    enum err err = upload->begin(machine->api, &asking.request, &asking.request.upload, &info);
    bool begun = err == ERR_OK;
    for (size_t at = 0; err == ERR_OK && at < body.len; at += piece) {
        size_t len = body.len - at < piece ? body.len - at : piece;
        err = upload->chunk(asking.request.upload, bytes_of(body.data + at, len), &info);
    }
    if (err == ERR_OK)
        match.route->handle(machine->api, &asking.request, response);
    else
        http_problem_info(response, &info);
    if (begun)
        upload->close(asking.request.upload);
    asking_end(&asking);
    return keep(response);
}

struct reply *ask(struct machine *machine, enum http_method method, const char *target,
                  const char *body, const char *header)
{
    return ask_bytes(machine, method, target, body != NULL ? bytes_of_text(body) : bytes_of("", 0),
                     header);
}

json_t *json_at(const struct reply *reply, const char *path)
{
    json_t *at = reply->json;
    while (at != NULL && *path != '\0') {
        char step[64];
        size_t len = strcspn(path, "/");
        assert(len < sizeof step);
        memcpy(step, path, len);
        step[len] = '\0';
        path += len + (path[len] == '/' ? 1 : 0);
        at = json_is_array(at) ? json_array_get(at, strtoul(step, NULL, 10))
                               : json_object_get(at, step);
    }
    return at;
}

const char *text_at(const struct reply *reply, const char *path)
{
    const char *text = json_string_value(json_at(reply, path));
    return text != NULL ? text : "";
}

json_int_t int_at(const struct reply *reply, const char *path)
{
    const json_t *value = json_at(reply, path);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}
