#include "tests/alloc/api_place.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/http/response.h"
#include "lib/ledger/ledger_verify.h"
#include "tests/alloc/api_centre.h"

/* Not what the prepared places have drawn. */
enum { RANDOM_FIRST = 1000000 };

struct machine prepared[2];

void must(enum err err, const char *doing)
{
    if (err == ERR_OK)
        return;
    (void)printf("cannot %s: %s\n", doing, err_text(err));
    abort();
}

/* ---- the same bytes in every run ---- */

static uint64_t random_next;

void __wrap_random_bytes(void *out, size_t len);
void __wrap_random_bytes(void *out, size_t len)
{
    uint8_t seed[randombytes_SEEDBYTES] = {0};
    random_next++;
    memcpy(seed, &random_next, sizeof random_next);
    randombytes_buf_deterministic(out, len, seed);
}

void place_draw_again(void)
{
    random_next = RANDOM_FIRST;
}

/* ---- a place ---- */

static uint64_t fixed_clock(void)
{
    return machine_now_ms();
}

static int32_t fixed_today(void)
{
    return (int32_t)(machine_now_ms() / 86400000);
}

static enum err on_sync(void *context, struct err_info *info)
{
    (void)context;
    (void)info;
    return ERR_OK;
}

static void start(struct machine *place)
{
    struct err_info info = {0};
    uint8_t public_key[SIGN_PUBLIC_BYTES], secret[SIGN_SECRET_BYTES], seed[32] = {7};
    struct ledger_options options = {.role = place->role};
    if (place->role == LEDGER_BROKER)
        options = centre_ledger_options();
    options.today = fixed_today();
    (void)crypto_sign_seed_keypair(public_key, secret, seed);
    must(ledger_open(place->store, &options, secret, &place->ledger, &info), "open the ledger");
    struct api_config config = {.role = place->role,
                                .ledger = place->ledger,
                                .blobs = place->blobs,
                                .data_dir = place->dir,
                                .clock = fixed_clock,
                                .today = fixed_today,
                                .daemon = {.context = place, .sync_now = on_sync}};
    if (place->role == LEDGER_BROKER) {
        centre_open(place);
        config.daemon = centre_daemon();
    }
    must(api_open(&config, &place->api, &info), "open the interface");
    place->app.routes = api_routes(&place->app.route_count);
    place->app.context = place->api;
    place_draw_again();
}

static void stop(struct machine *place)
{
    api_close(place->api);
    centre_close();
    ledger_close(place->ledger);
    centre_forget_options();
}

void place_open(struct machine *place, enum ledger_role role)
{
    const struct machine *from = &prepared[role == LEDGER_NODE];
    *place = (struct machine){.role = role, .site = from->site, .blobs = from->blobs};
    memcpy(place->dir, from->dir, sizeof place->dir);
    must(store_mem_copy(from->store, &place->store), "copy the store");
    start(place);
}

void place_start_again(struct machine *place)
{
    stop(place);
    store_mem_crash(place->store);
    start(place);
}

void place_close(struct machine *place)
{
    stop(place);
    store_close(place->store);
}

/* A broker merges behind the answer. */
void catch_up(struct machine *place)
{
    bool caught_up = place->role == LEDGER_NODE;
    while (!caught_up) {
        struct err_info info = {0};
        uint32_t applied;
        must(ledger_forget(place->ledger), "read the log back");
        must(ledger_apply(place->ledger, 100, &applied, &caught_up, &info), "apply");
    }
}

/* ---- asking ---- */

static void drain(struct http_response *response, struct answer *answer)
{
    struct http_source *source = &response->source;
    size_t got = 1;
    enum err err = ERR_OK;
    while (err == ERR_OK && got > 0 && answer->len < ANSWER_BYTES_MAX) {
        got = 0;
        err = source->read(source->context, answer->body + answer->len,
                           ANSWER_BYTES_MAX - answer->len, &got);
        answer->len += err == ERR_OK ? got : 0;
    }
    answer->cut = err != ERR_OK;
}

static void keep_headers(const struct http_response *response, struct answer *answer)
{
    size_t len = 0;
    for (size_t i = 0; i < response->header_count; i++)
        len += (size_t)snprintf(answer->headers + len, sizeof answer->headers - len, "%s: %s\n",
                                response->headers[i].name, response->headers[i].value);
}

/* Owns: answer->body is static memory, good until the next call with the same answer. */
void ask_place(struct machine *place, const struct api_row *row, struct answer *answer)
{
    char path[512];
    struct http_pair query[8];
    struct http_request request = {.method = row->method,
                                   .path = path,
                                   .query = query,
                                   .over_unix = true,
                                   .peer_uid = getuid(),
                                   .body = api_rows_body(row, place->role)};
    (void)snprintf(path, sizeof path, "%s", api_rows_target(row, place->role));
    char *at = strchr(path, '?');
    while (at != NULL && request.query_count < 8) {
        *at++ = '\0';
        char *value = strchr(at, '=');
        query[request.query_count].name = at;
        at = strchr(at, '&');
        *value = '\0';
        query[request.query_count++].value = value + 1;
    }
    struct http_response response;
    uint8_t *body = answer->body;
    *answer = (struct answer){.body = body};
    http_response_init(&response);
    http_dispatch(&place->app, &request, &response);
    answer->status = http_response_status(&response);
    if (response.kind == HTTP_BODY_SOURCE) {
        drain(&response, answer);
    } else {
        answer->len = response.body.len < ANSWER_BYTES_MAX ? response.body.len : 0;
        if (answer->len > 0)
            memcpy(answer->body, response.body.data, answer->len);
    }
    keep_headers(&response, answer);
    http_response_deinit(&response);
}

/* ---- comparing ---- */

bool as_large(struct store *a, struct store *b)
{
    struct store_usage left, right;
    must(store_usage_of(a, &left), "measure");
    must(store_usage_of(b, &right), "measure");
    return left.used_bytes == right.used_bytes && left.entries == right.entries;
}

bool same_store(struct store *a, struct store *b)
{
    struct store_txn *left, *right;
    struct err_info info;
    uint64_t rows = 0, bad = 0;
    must(store_begin(a, STORE_READ, &left, &info), "begin");
    must(store_begin(b, STORE_READ, &right, &info), "begin");
    for (int ns = 0; ns < NS_COUNT; ns++)
        must(compare_rows(left, right, (enum store_ns)ns, &rows, &bad), "compare");
    store_abort(left);
    store_abort(right);
    return bad == 0;
}

bool verifies(struct machine *place)
{
    struct verify_report report;
    struct err_info info = {0};
    must(ledger_verify(place->ledger, NULL, NULL, NULL, &report, &info), "verify");
    return report.bad_chains + report.bad_entries + report.bad_records + report.bad_cells +
                   report.bad_indexes ==
               0 &&
           report.digest_matches;
}
