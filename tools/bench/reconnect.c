#include <sys/resource.h>

#include "tools/bench/load.h"

/* Many sites connect at once, and again at once when the broker has started anew: the worst case,
 * as nodes spread their attempts. Half of what they have goes out before, half after. */

const char bench_reconnect_durable[] =
    "acknowledged after a durable commit (fdatasync); counted again after the restart";

/* A site takes four: its connection, and a mailbox each of its socket and of both ends of what
 * watches it. */
enum { CONNECT_S = 300, FILES_A_SITE = 4, FILES_BESIDE = 64 };

static enum err raise_limit(uint32_t sites, struct err_info *info)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)sites * FILES_A_SITE + FILES_BESIDE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return bench_fail(info, ERR_IO, "RLIMIT_NOFILE");
    if (limit.rlim_max < wanted)
        limit.rlim_max = wanted;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? ERR_OK
                                                 : bench_fail(info, ERR_LIMIT, "RLIMIT_NOFILE");
}

struct meeting {
    double seconds, broker_cpu_s;
    uint64_t resident_bytes, tries_lost;
};

static enum err meet(struct load *load, const struct daemon *daemon, bool anew,
                     struct meeting *meeting_out, struct err_info *info)
{
    struct usage before, after;
    enum err err = load_attach(load, daemon, anew, info);
    uint64_t lost = load->lost;
    bench_usage(daemon->pid, &before);
    double begin_s = bench_now_s();
    if (err == ERR_OK)
        err = load_connect(load, CONNECT_S, info);
    meeting_out->seconds = bench_now_s() - begin_s;
    bench_usage(daemon->pid, &after);
    meeting_out->broker_cpu_s = after.cpu_s - before.cpu_s;
    meeting_out->resident_bytes = after.resident_bytes > before.resident_bytes
                                      ? after.resident_bytes - before.resident_bytes
                                      : 0;
    meeting_out->tries_lost = load->lost - lost;
    return err;
}

static json_t *meeting_json(const struct load *load, const struct meeting *meeting)
{
    return json_pack("{s:f, s:f, s:f, s:I}", "seconds", meeting->seconds, "broker_cpu_s",
                     meeting->broker_cpu_s, "rss_bytes_per_site",
                     (double)meeting->resident_bytes / (double)load->count, "tries_lost",
                     (json_int_t)meeting->tries_lost);
}

static enum err run(const struct bench *bench, struct load *load, struct daemon *daemon,
                    json_t *result, struct err_info *info)
{
    char data[PATH_BYTES_MAX];
    struct meeting first, second;
    struct usage usage;
    uint16_t port = bench_port();
    uint32_t half = load->sites[0].frame_count / 2 > 0 ? load->sites[0].frame_count / 2 : 1;
    enum err err = bench_init(bench, "broker", "broker", data, info);
    if (err == ERR_OK)
        err = load_enrol(load, data, info);
    if (err == ERR_OK)
        err = bench_start(bench, "broker", data, port, daemon, info);
    if (err == ERR_OK)
        err = meet(load, daemon, true, &first, info);
    if (err == ERR_OK)
        err = load_burst(load, half, info);
    load_detach(load);
    bench_stop(daemon);
    if (err == ERR_OK)
        err = bench_start(bench, "broker", data, port, daemon, info);
    if (err == ERR_OK)
        err = meet(load, daemon, false, &second, info);
    if (err == ERR_OK)
        err = load_burst(load, UINT32_MAX, info);
    if (err == ERR_OK)
        err = load_settle(load, info);
    if (err != ERR_OK)
        return err;
    bench_usage(daemon->pid, &usage);
    (void)json_object_set_new(result, "connect", meeting_json(load, &first));
    (void)json_object_set_new(result, "reconnect", meeting_json(load, &second));
    (void)json_object_set_new(result, "rss_bytes", json_integer((json_int_t)usage.resident_bytes));
    (void)json_object_set_new(result, "peak_bytes", json_integer((json_int_t)usage.peak_bytes));
    (void)json_object_set_new(result, "operations", json_integer((json_int_t)load->operations));
    (void)json_object_set_new(result, "acknowledged", json_integer((json_int_t)load->acked));
    (void)json_object_set_new(result, "applied", json_integer((json_int_t)load_applied(load)));
    return ERR_OK;
}

enum err bench_reconnect(struct bench *bench, int64_t round, json_t **result_out,
                         struct err_info *info)
{
    struct load load = {.count = 0};
    struct daemon daemon = {.pid = -1};
    json_t *result = json_object();
    (void)round;
    enum err err = raise_limit((uint32_t)bench->sites, info);
    if (err == ERR_OK)
        err = load_make(&load, (uint32_t)bench->sites, (uint64_t)bench->operations,
                        (uint32_t)bench->batch, (uint64_t)bench->seed, info);
    if (err == ERR_OK)
        err = run(bench, &load, &daemon, result, info);
    load_detach(&load);
    bench_stop(&daemon);
    bench_remove(daemon.data);
    load_free(&load);
    if (err == ERR_OK)
        *result_out = result;
    else
        json_decref(result);
    return err;
}
