#include <stdlib.h>

#include "tools/bench/bench.h"
#include "tools/bench/payload.h"

/* One person at one node: a record saved over HTTP, the next when the answer is there. */

const char bench_record_durable[] =
    "answered after a durable commit (fdatasync) at the node, one record each";

enum { WARM_UP = 50, BODY_BYTES = 4096 };

static enum err save(const struct http_client *client, uint64_t *random, struct err_info *info)
{
    char body[BODY_BYTES];
    struct http_answer answer;
    size_t len = payload_json(random, body, sizeof(body));
    struct http_call call = {.method = "POST",
                             .path = "/api/v1/records/evidence",
                             .content_type = HTTP_JSON,
                             .body = bytes_of(body, len)};
    enum err err = http_client_call(client, &call, &answer, info);
    if (err != ERR_OK)
        return err;
    err = http_answer_error(&answer, info);
    http_answer_deinit(&answer);
    return err;
}

enum err bench_save_often(const struct daemon *node, uint64_t *random, size_t times,
                          double *taken_s_out, struct err_info *info)
{
    struct http_client client;
    enum err err = http_client_for_dir(node->data, BENCH_CALL_MS, &client, info);
    for (size_t i = 0; err == ERR_OK && i < times; i++) {
        double start_s = bench_now_s();
        err = save(&client, random, info);
        taken_s_out[i] = bench_now_s() - start_s;
    }
    return err;
}

static enum err run(const struct bench *bench, const struct daemon *node, json_t **result_out,
                    struct err_info *info)
{
    struct usage before, after;
    size_t count = (size_t)bench->operations;
    double *taken_s = calloc(count, sizeof(*taken_s)), begin_s = 0;
    uint64_t random = (uint64_t)bench->seed;
    double warm_s[WARM_UP];
    enum err err = taken_s != NULL ? ERR_OK : bench_fail(info, ERR_NO_MEMORY, "latency");
    if (err == ERR_OK)
        err = bench_save_often(node, &random, WARM_UP, warm_s, info);
    bench_usage(node->pid, &before);
    begin_s = bench_now_s();
    if (err == ERR_OK)
        err = bench_save_often(node, &random, count, taken_s, info);
    double all_s = bench_now_s() - begin_s;
    bench_usage(node->pid, &after);
    if (err == ERR_OK)
        *result_out =
            json_pack("{s:I, s:f, s:{s:f, s:f}, s:f, s:f, s:I}", "operations", (json_int_t)count,
                      "saved_per_s", (double)count / all_s, "latency_ms", "p50",
                      bench_quantile(taken_s, count, 0.5) * 1e3, "p99",
                      bench_quantile(taken_s, count, 0.99) * 1e3, "cpu_ms_per_save",
                      (after.cpu_s - before.cpu_s) * 1e3 / (double)count, "written_bytes_per_save",
                      (double)(after.written_bytes - before.written_bytes) / (double)count,
                      "rss_bytes", (json_int_t)after.resident_bytes);
    free(taken_s);
    return err;
}

enum err bench_record(struct bench *bench, int64_t round, json_t **result_out,
                      struct err_info *info)
{
    char data[PATH_BYTES_MAX];
    struct daemon node = {.pid = -1};
    (void)round;
    enum err err = bench_init(bench, "node", "node", data, info);
    if (err == ERR_OK)
        err = bench_start(bench, "node", data, 0, &node, info);
    if (err == ERR_OK)
        err = run(bench, &node, result_out, info);
    bench_stop(&node);
    bench_remove(data);
    return err;
}
