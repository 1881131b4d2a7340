#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/bench/load.h"

/* Many sites upload at once: how fast is it acknowledged, how fast merged, what does it cost, and
 * how long does one message take when the broker is busy to a tenth, a half, nine tenths. */

const char bench_sync_durable[] =
    "acknowledged after a durable commit (fdatasync); CURVE always on; merged in commits of their "
    "own";

enum { LEVELS = 3, CONNECT_S = 120, READS = 20, TENTH_MESSAGES_MIN = 50 };
static const double levels[LEVELS] = {0.1, 0.5, 0.9};
static const char *const level_names[LEVELS] = {"load_10", "load_50", "load_90"};
/* Of the frames of a site: to warm up, at once, and at each level as long as at any other. */
static const double burst_share = 0.7, level_shares[LEVELS] = {0.02, 0.10, 0.18};

static struct load load; /* made once, sent in every round */

void bench_release(void)
{
    load_free(&load);
}

struct pace {
    double begin_s, gap_s;
    uint64_t sent, total;
    size_t mark, merged; /* marks before the level, and up to which all is merged */
    double *merged_s;
};

static void note_merged(struct pace *pace)
{
    uint64_t applied = load_applied(&load);
    double now_s = bench_now_s();
    while (pace->merged < load.mark_count && load.marks[pace->merged].operations <= applied) {
        pace->merged_s[pace->merged - pace->mark] = now_s - load.marks[pace->merged].due_s;
        pace->merged++;
    }
}

/* Send `frames` of every site, evenly, whatever the answers; a frame is due when it is due. */
static enum err run_level(uint32_t frames, double rate, json_t *acked, json_t *merged,
                          const char *name, struct err_info *info)
{
    struct pace pace = {.begin_s = bench_now_s(),
                        .total = (uint64_t)frames * load.count,
                        .mark = load.mark_count,
                        .merged = load.mark_count};
    pace.gap_s = (double)load.sites[0].frames[0].ops / rate;
    pace.merged_s = calloc(load.mark_max + 1, sizeof(double));
    if (pace.merged_s == NULL)
        return bench_fail(info, ERR_NO_MEMORY, "latency");
    double limit_s = pace.begin_s + 600;
    while (pace.merged < pace.mark + pace.total && bench_now_s() < limit_s &&
           load.open_count == load.count) {
        double due_s = pace.begin_s + (double)pace.sent * pace.gap_s;
        while (pace.sent < pace.total && due_s <= bench_now_s() &&
               load_send(&load, &load.sites[pace.sent % load.count], due_s)) {
            pace.sent++;
            due_s = pace.begin_s + (double)pace.sent * pace.gap_s;
        }
        load_turn(&load);
        note_merged(&pace);
    }
    bool whole = pace.merged == pace.mark + pace.total;
    if (whole) {
        (void)json_object_set_new(acked, name,
                                  bench_latency_json(load.latencies_s + pace.mark, pace.total));
        (void)json_object_set_new(merged, name, bench_latency_json(pace.merged_s, pace.total));
    }
    free(pace.merged_s);
    return whole ? ERR_OK : bench_fail(info, ERR_TIMEOUT, name);
}

struct figures {
    double acked_per_s, applied_per_s, last_tenth_per_s;
    struct usage before, after;
    double generator_s;
    uint64_t operations, payload_bytes;
};

/* Acknowledged per second over the last tenth of what is marked: how fast it is when it is full.
 * 0: too few messages to say. */
static double last_tenth(void)
{
    size_t tenth = load.mark_count / 10;
    if (tenth < TENTH_MESSAGES_MIN)
        return 0;
    size_t last = load.mark_count - 1, first = last - tenth;
    double first_s = load.marks[first].due_s + load.latencies_s[first];
    double last_s = load.marks[last].due_s + load.latencies_s[last];
    double operations = (double)(load.marks[last].operations - load.marks[first].operations);
    return last_s > first_s ? operations / (last_s - first_s) : 0;
}

static enum err run_burst(const struct daemon *daemon, uint32_t frames, struct figures *figures,
                          struct err_info *info)
{
    struct usage own_before, own_after;
    uint64_t before = load.acked;
    bench_usage(daemon->pid, &figures->before);
    bench_usage(getpid(), &own_before);
    double begin_s = bench_now_s();
    enum err err = load_burst(&load, frames, info);
    if (err != ERR_OK)
        return err;
    figures->operations = load.acked - before;
    figures->acked_per_s = (double)figures->operations / (load.last_ack_s - begin_s);
    figures->last_tenth_per_s = last_tenth();
    bench_usage(getpid(), &own_after);
    err = load_settle(&load, info);
    figures->applied_per_s = (double)figures->operations / (bench_now_s() - begin_s);
    bench_usage(daemon->pid, &figures->after);
    figures->generator_s = own_after.cpu_s - own_before.cpu_s;
    return err;
}

static enum err read_picture(const struct daemon *daemon, json_t *result, struct err_info *info)
{
    double taken_s[READS];
    enum err err = bench_get_often(daemon, "/api/v1/picture", READS, taken_s, info);
    if (err == ERR_OK)
        (void)json_object_set_new(result, "picture_ms", bench_latency_json(taken_s, READS));
    return err;
}

static enum err check_counts(const struct daemon *daemon, json_t *result, struct err_info *info)
{
    json_t *status = NULL;
    enum err err = bench_get(daemon, "/api/v1/status", &status, info);
    if (err != ERR_OK)
        return err;
    (void)json_object_set(result, "backlog", json_object_get(status, "backlog"));
    (void)json_object_set(result, "set_aside", json_object_get(status, "set_aside"));
    json_decref(status);
    (void)json_object_set_new(result, "operations", json_integer((json_int_t)load.operations));
    (void)json_object_set_new(result, "acknowledged", json_integer((json_int_t)load.acked));
    (void)json_object_set_new(result, "applied", json_integer((json_int_t)load_applied(&load)));
    (void)json_object_set_new(result, "sent_again", json_integer((json_int_t)load.refused));
    return ERR_OK;
}

static json_t *json_of(const struct figures *figures)
{
    double million = (double)figures->operations / 1e6;
    double broker_s = figures->after.cpu_s - figures->before.cpu_s;
    uint64_t written = figures->after.written_bytes - figures->before.written_bytes;
    double payload = (double)load.bytes / (double)load.operations;
    double per_operation = (double)written / (double)figures->operations;
    return json_pack(
        "{s:f, s:f, s:f, s:{s:f, s:f}, s:f, s:f, s:f, s:I, s:I}", "acknowledged_per_s",
        figures->acked_per_s, "acknowledged_last_tenth_per_s", figures->last_tenth_per_s,
        "applied_per_s", figures->applied_per_s, "cpu_s_per_million", "broker", broker_s / million,
        "generator", figures->generator_s / million, "payload_bytes_per_operation", payload,
        "written_bytes_per_operation", per_operation, "written_to_payload", per_operation / payload,
        "rss_bytes", (json_int_t)figures->after.resident_bytes, "peak_bytes",
        (json_int_t)figures->after.peak_bytes);
}

static enum err run(const struct daemon *daemon, json_t **result_out, struct err_info *info)
{
    struct figures figures = {0};
    uint32_t all = load.sites[0].frame_count;
    uint32_t burst = (uint32_t)(burst_share * all) > 1 ? (uint32_t)(burst_share * all) : 2;
    enum err err = load_connect(&load, CONNECT_S, info);
    if (err == ERR_OK)
        err = load_burst(&load, 1, info);
    if (err == ERR_OK)
        err = load_settle(&load, info);
    if (err == ERR_OK)
        err = run_burst(daemon, burst, &figures, info);
    if (err != ERR_OK)
        return err;
    json_t *result = json_of(&figures), *acked = json_object(), *merged = json_object();
    (void)json_object_set_new(result, "latency_ms", acked);
    (void)json_object_set_new(result, "picture_latency_ms", merged);
    for (int i = 0; i < LEVELS && err == ERR_OK; i++) {
        uint32_t frames = (uint32_t)(level_shares[i] * all);
        err = run_level(frames > 0 ? frames : 1, levels[i] * figures.applied_per_s, acked, merged,
                        level_names[i], info);
    }
    if (err == ERR_OK)
        err = load_burst(&load, UINT32_MAX, info);
    if (err == ERR_OK)
        err = load_settle(&load, info);
    if (err == ERR_OK)
        err = check_counts(daemon, result, info);
    if (err == ERR_OK)
        err = read_picture(daemon, result, info);
    if (err == ERR_OK)
        *result_out = result;
    else
        json_decref(result);
    return err;
}

enum err bench_sync(struct bench *bench, int64_t round, json_t **result_out, struct err_info *info)
{
    char data[PATH_BYTES_MAX], name[32];
    struct daemon daemon = {.pid = -1};
    json_t *ceiling = NULL;
    enum err err = ERR_OK;
    if (load.count == 0)
        err = load_make(&load, (uint32_t)bench->sites, (uint64_t)bench->operations,
                        (uint32_t)bench->batch, (uint64_t)bench->seed, info);
    if (err == ERR_OK && load.sites[0].frame_count < 5)
        err = bench_fail(info, ERR_USAGE, "operations / sites / batch < 5");
    if (err == ERR_OK)
        err = bench_ceiling(bench, round, &ceiling, info); /* in the same minute */
    (void)snprintf(name, sizeof(name), "broker%d", (int)round);
    if (err == ERR_OK)
        err = bench_init(bench, "broker", name, data, info);
    if (err == ERR_OK)
        err = load_enrol(&load, data, info);
    if (err == ERR_OK)
        err = bench_start(bench, "broker", data, bench_port(), &daemon, info);
    if (err == ERR_OK)
        err = load_attach(&load, &daemon, true, info);
    if (err == ERR_OK)
        err = run(&daemon, result_out, info);
    load_detach(&load);
    bench_stop(&daemon);
    bench_remove(data);
    if (err == ERR_OK) {
        double curve = json_number_value(json_object_get(ceiling, "curve_per_s"));
        const char *const names[] = {"acknowledged_per_s", "applied_per_s"};
        const char *const ratios[] = {"acknowledged_to_ceiling", "applied_to_ceiling"};
        for (int i = 0; i < 2; i++)
            (void)json_object_set_new(
                *result_out, ratios[i],
                json_real(json_number_value(json_object_get(*result_out, names[i])) / curve));
        (void)json_object_set(*result_out, "ceiling", ceiling);
    }
    json_decref(ceiling);
    return err;
}
