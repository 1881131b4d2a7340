#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/ledger/ledger.h"
#include "lib/sys/clock.h"
#include "tools/bench/load.h"

/* The picture of many sites with many records: the fold by itself, over the broker's own store, and
 * over HTTP; of all sites, and of one. */

const char bench_picture_durable[] = "reading; the store is on disk and its pages are in memory";

enum { READS = 60, WARM_UP = 3, CONNECT_S = 120, ARENA_BYTES = 256 * 1024 * 1024 };
static const size_t store_bytes = (size_t)64 << 30;

static enum err over_http(const struct daemon *daemon, const char *path, const char *name,
                          json_t *into, struct err_info *info)
{
    double taken_s[READS];
    enum err err = bench_get_often(daemon, path, READS, taken_s, info);
    if (err == ERR_OK)
        (void)json_object_set_new(into, name, bench_latency_json(taken_s, READS));
    return err;
}

static enum err fold(struct ledger *ledger, const struct load *load, uint32_t count,
                     double *taken_s_out, struct err_info *info)
{
    struct picture_site *sites = calloc(count, sizeof(*sites));
    struct picture *picture = malloc(sizeof(*picture));
    struct store_txn *txn = NULL;
    struct arena arena;
    char(*slugs)[24] = calloc(count, sizeof(*slugs));
    arena_init(&arena, ARENA_BYTES);
    enum err err = sites != NULL && picture != NULL && slugs != NULL ? ERR_OK : ERR_NO_MEMORY;
    double begin_s = bench_now_s();
    if (err == ERR_OK)
        err = store_begin(ledger_store(ledger), STORE_READ, &txn, info);
    for (uint32_t i = 0; err == ERR_OK && i < count; i++) {
        (void)snprintf(slugs[i], sizeof(slugs[i]), "site-%06u", i + 1);
        sites[i] = (struct picture_site){.site = load->sites[i].id, .slug = slugs[i]};
    }
    if (err == ERR_OK)
        err = picture_fold(ledger_cells(txn), ledger_rules(ledger), clock_today_day(), sites, count,
                           &arena, picture);
    *taken_s_out = bench_now_s() - begin_s;
    store_abort(txn);
    arena_deinit(&arena);
    free(sites);
    free(slugs);
    free(picture);
    return err;
}

static enum err by_engine(const char *data, const struct load *load, json_t *into,
                          struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    struct store *store = NULL;
    struct ledger *ledger = NULL;
    struct keys keys;
    double taken_s[READS], one_s[READS], ignored;
    struct ledger_options options = {.role = LEDGER_BROKER, .today = clock_today_day()};
    enum err err = path_join(data, "store", path, info);
    if (err == ERR_OK)
        err = keys_load(data, &keys, info);
    if (err == ERR_OK)
        err = store_open_lmdb(path, store_bytes, &store, info);
    if (err == ERR_OK)
        err = ledger_open(store, &options, keys.sign_secret, &ledger, info);
    for (int i = -WARM_UP; err == ERR_OK && i < READS; i++)
        err = fold(ledger, load, load->count, i < 0 ? &ignored : &taken_s[i], info);
    for (int i = -WARM_UP; err == ERR_OK && i < READS; i++)
        err = fold(ledger, load, 1, i < 0 ? &ignored : &one_s[i], info);
    if (err == ERR_OK) {
        (void)json_object_set_new(into, "fold_all_sites_ms", bench_latency_json(taken_s, READS));
        (void)json_object_set_new(into, "fold_one_site_ms", bench_latency_json(one_s, READS));
    }
    ledger_close(ledger);
    store_close(store);
    return err;
}

static enum err fill(struct load *load, const struct daemon *daemon, json_t *result,
                     struct err_info *info)
{
    double begin_s = bench_now_s();
    enum err err = load_attach(load, daemon, true, info);
    if (err == ERR_OK)
        err = load_connect(load, CONNECT_S, info);
    if (err == ERR_OK)
        err = load_burst(load, UINT32_MAX, info);
    if (err == ERR_OK)
        err = load_settle(load, info);
    (void)json_object_set_new(result, "operations", json_integer((json_int_t)load->acked));
    (void)json_object_set_new(result, "fill_per_s",
                              json_real((double)load->acked / (bench_now_s() - begin_s)));
    load_detach(load);
    return err;
}

static enum err run(const struct bench *bench, struct load *load, struct daemon *daemon,
                    json_t *result, struct err_info *info)
{
    char data[PATH_BYTES_MAX];
    struct usage usage;
    enum err err = bench_init(bench, "broker", "broker", data, info);
    if (err == ERR_OK)
        err = load_enrol(load, data, info);
    if (err == ERR_OK)
        err = bench_start(bench, "broker", data, bench_port(), daemon, info);
    if (err == ERR_OK)
        err = fill(load, daemon, result, info);
    if (err == ERR_OK)
        err = over_http(daemon, "/api/v1/picture", "http_all_sites_ms", result, info);
    if (err == ERR_OK)
        err = over_http(daemon, "/api/v1/picture?site=site-1&element=1.1.1", "http_one_cell_ms",
                        result, info);
    bench_usage(daemon->pid, &usage);
    (void)json_object_set_new(result, "rss_bytes", json_integer((json_int_t)usage.resident_bytes));
    bench_stop(daemon);
    return err == ERR_OK ? by_engine(data, load, result, info) : err;
}

enum err bench_picture(struct bench *bench, int64_t round, json_t **result_out,
                       struct err_info *info)
{
    struct load load;
    struct daemon daemon = {.pid = -1};
    json_t *result = json_object();
    (void)round;
    enum err err = load_make(&load, (uint32_t)bench->sites, (uint64_t)bench->operations,
                             (uint32_t)bench->batch, (uint64_t)bench->seed, info);
    if (err == ERR_OK)
        err = run(bench, &load, &daemon, result, info);
    bench_stop(&daemon);
    bench_remove(daemon.data);
    load_free(&load);
    if (err == ERR_OK)
        *result_out = result;
    else
        json_decref(result);
    return err;
}
