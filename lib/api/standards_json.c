/* GET standards and benchmarks: how each standard fares, the sites' counts added before anything is
 * judged; and where figures stand among those of others. */
#include "lib/api/checks.h"
#include "proto/cse/benchmark.h"
#include "proto/cse/deadlines.h"
#include "proto/cse/rates.h"
#include "proto/record/fields.h"

static const char *attained(struct share share, int32_t target, const struct settings *settings)
{
    static const char *const names[] = {N_("met"), N_("nearly"), N_("missed"), N_("no-data")};
    return target < 0 ? "no-target" : names[attainment_of(share, target, settings->near_points)];
}

static void put_period(struct jsonw *json, const struct standard_period *period, int32_t target,
                       const struct settings *settings)
{
    struct share share = {period->within, period->total};
    jsonw_object_begin(json);
    put_day(json, "ended_on", period->ended_on);
    put_counted(json, "within", period->within, period->total);
    jsonw_put_string(json, "state", attained(share, target, settings));
    jsonw_put_bool(json, "few", period->total < (uint64_t)settings->few);
    jsonw_put_uint(json, "measurements", period->measurements);
    jsonw_put_bool(json, "acted", period->acted > 0);
    jsonw_put_bool(json, "explained", period->explained > 0);
    jsonw_object_end(json);
}

static enum err put_standard(struct jsonw *json, struct checks *shown,
                             const struct picture_standard *at)
{
    struct arena arena;
    struct record_view view;
    arena_init(&arena, API_VIEW_BYTES_MAX);
    jsonw_object_begin(json);
    put_rid(json, "id", at->rid);
    enum err err = ledger_view(shown->txn, KIND_STANDARD, at->rid, &arena, &view, NULL);
    if (err == ERR_OK)
        jsonw_put_text(json, "title", scan_text(&view, STANDARD_TITLE));
    jsonw_put_string(json, "site", site_name(&shown->names, at->site));
    jsonw_put_int(json, "target_percent", at->target_percent);
    jsonw_put_bool(json, "in_force", at->in_force);
    struct share latest = {0, 0};
    if (at->period_count > 0)
        latest = (struct share){at->periods[0].within, at->periods[0].total};
    put_day(json, "ended_on", at->period_count > 0 ? at->periods[0].ended_on : DAY_NONE);
    put_counted(json, "within", latest.hits, latest.counted);
    jsonw_put_string(json, "state", attained(latest, at->target_percent, &shown->rules->settings));
    jsonw_key(json, "periods");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < at->period_count; i++)
        put_period(json, &at->periods[i], at->target_percent, &shown->rules->settings);
    jsonw_array_end(json);
    jsonw_object_end(json);
    arena_deinit(&arena);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void api_standards(struct api_call call)
{
    struct err_info info = {0};
    struct picture_made made;
    struct jsonw json;
    struct checks shown = {.api = call.api,
                           .rules = ledger_rules(call.api->config.ledger),
                           .as_of = api_today(call.api)};
    if (!api_read(call, &shown.txn))
        return;
    shown.names.txn = shown.txn;
    enum err err = query_day(call.request, "as_of", &shown.as_of, &info);
    if (err == ERR_OK)
        err = query_site(call.request, shown.txn, &shown.site, &shown.by_site, &info);
    if (err == ERR_OK) {
        err = api_picture_make(call.api, shown.txn, shown.as_of, shown.by_site ? &shown.site : NULL,
                               false, &made);
        if (err != ERR_OK)
            (void)err_set(&info, err, "the standards could not be read: %s", err_text(err));
    }
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
    } else {
        answer_begin(call, &json);
        jsonw_object_begin(&json);
        put_day(&json, "as_of", shown.as_of);
        jsonw_key(&json, "standards");
        jsonw_array_begin(&json);
        for (uint32_t i = 0; i < made.picture.standard_count && err == ERR_OK; i++)
            err = put_standard(&json, &shown, &made.picture.standards[i]);
        jsonw_array_end(&json);
        jsonw_object_end(&json);
        if (err == ERR_OK)
            http_reply_json(call.response, 200, &json);
        else
            http_problem(call.response, err, "the standards could not be read: %s", err_text(err));
        jsonw_deinit(&json);
        api_picture_done(&made);
    }
    store_abort(shown.txn);
}

/* ---- benchmarks ---- */

struct benchmarks {
    struct jsonw json;
    struct site_names names;
    const struct settings *settings;
};

static bool on_benchmark(void *context, const struct record_view *view)
{
    struct benchmarks *shown = context;
    struct jsonw *json = &shown->json;
    struct mp_reader reader = mp_reader_of(view_get(view, BENCHMARK_PEERS));
    int64_t others[COUNTS_MAX], direction = scan_int(view, BENCHMARK_DIRECTION, 0);
    uint32_t count = mp_peek(&reader) == MP_ARRAY ? mp_read_array(&reader) : 0;
    for (uint32_t i = 0; i < count && i < COUNTS_MAX; i++)
        others[i] = mp_read_int(&reader);
    if (reader.err != ERR_OK || count > COUNTS_MAX)
        return true;
    struct benchmark_place place = benchmark_place_of(
        scan_int(view, BENCHMARK_OWN, 0), others, count, direction == BENCHMARK_DIRECTION_HIGHER,
        (uint32_t)shown->settings->benchmark_min);
    jsonw_object_begin(json);
    put_rid(json, "id", view->rid);
    jsonw_put_string(json, "site", site_name(&shown->names, view->subject));
    jsonw_put_text(json, "measure", scan_text(view, BENCHMARK_MEASURE));
    put_day(json, "taken_on", scan_day(view, BENCHMARK_TAKEN_ON));
    jsonw_put_int(json, "own", scan_int(view, BENCHMARK_OWN, 0));
    jsonw_put_uint(json, "rank", place.rank);
    jsonw_put_uint(json, "of", place.count);
    if (place.quartile > 0)
        jsonw_put_uint(json, "quartile", place.quartile);
    else
        jsonw_put_string(json, "quartile", "too-few");
    jsonw_put_bool(json, "lessons", view_get(view, BENCHMARK_LESSONS).len > 0);
    jsonw_object_end(json);
    return true;
}

void api_benchmarks(struct api_call call)
{
    struct benchmarks shown = {.settings = &ledger_rules(call.api->config.ledger)->settings};
    if (!api_read(call, &shown.names.txn))
        return;
    struct scan scan = {.txn = shown.names.txn, .left = SCAN_RECORDS_MAX};
    answer_begin(call, &shown.json);
    jsonw_object_begin(&shown.json);
    jsonw_key(&shown.json, "benchmarks");
    jsonw_array_begin(&shown.json);
    enum err err = scan_views(&scan, KIND_BENCHMARK, on_benchmark, &shown);
    jsonw_array_end(&shown.json);
    jsonw_object_end(&shown.json);
    if (err == ERR_OK)
        http_reply_json(call.response, 200, &shown.json);
    else
        http_problem(call.response, err, "the benchmarks could not be read: %s", err_text(err));
    jsonw_deinit(&shown.json);
    store_abort(shown.names.txn);
}
