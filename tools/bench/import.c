#include <stdio.h>
#include <string.h>

#include "tools/bench/bench.h"
#include "tools/bench/payload.h"

/* A CSV through `cse import` into a node that is off line; the node started again with all of it;
 * then it joins a broker and uploads. */

const char bench_import_durable[] =
    "the command ends after the last durable commit (fdatasync) at the node; uploaded means "
    "acknowledged by the broker after its own";

enum { UPLOAD_S = 1200, SAVES = 100 };

struct steps {
    double import_s, start_s, upload_s, node_cpu_s, broker_cpu_s;
    struct usage node, restarted, uploaded, tool;
    uint64_t node_written, broker_written;
};

static enum err import(const struct bench *bench, const struct daemon *node, const char *csv,
                       struct steps *steps, struct err_info *info)
{
    char words[4][PATH_BYTES_MAX] = {"import", "evidence", "", "--data"};
    char data[PATH_BYTES_MAX];
    (void)snprintf(words[2], sizeof(words[2]), "%s", csv);
    (void)snprintf(data, sizeof(data), "%s", node->data);
    char *args[] = {words[0], words[1], words[2], words[3], data, NULL};
    double begin_s = bench_now_s();
    enum err err = bench_tool(bench, args, NULL, &steps->tool, info);
    steps->import_s = bench_now_s() - begin_s;
    bench_usage(node->pid, &steps->node);
    return err;
}

static enum err join(const struct bench *bench, const struct daemon *broker,
                     const struct daemon *node, struct err_info *info)
{
    char invite[] = "invite", site[] = "site", join_word[] = "join", data[] = "--data";
    char dir[PATH_BYTES_MAX], output[BENCH_OUTPUT_BYTES];
    (void)snprintf(dir, sizeof(dir), "%s", broker->data);
    char *args[] = {invite, site, data, dir, NULL};
    enum err err = bench_tool(bench, args, output, NULL, info);
    if (err != ERR_OK)
        return err;
    output[strcspn(output, "\n")] = '\0';
    (void)snprintf(dir, sizeof(dir), "%s", node->data);
    char *join_args[] = {join_word, output, data, dir, NULL};
    return bench_tool(bench, join_args, NULL, NULL, info);
}

static enum err upload(const struct bench *bench, const struct daemon *broker,
                       const struct daemon *node, struct steps *steps, struct err_info *info)
{
    struct usage node_before, broker_before, broker_after;
    bench_usage(node->pid, &node_before);
    bench_usage(broker->pid, &broker_before);
    double begin_s = bench_now_s();
    enum err err = join(bench, broker, node, info);
    for (bool done = false; err == ERR_OK && !done;) {
        json_t *status = NULL;
        err = bench_get(node, "/api/v1/status", &status, info);
        if (err != ERR_OK)
            break;
        done = json_integer_value(json_object_get(status, "pending")) == 0 &&
               json_is_true(json_object_get(status, "joined"));
        json_decref(status);
        if (bench_now_s() - begin_s > UPLOAD_S)
            err = bench_fail(info, ERR_TIMEOUT, "upload");
        bench_pause(0.02);
    }
    steps->upload_s = bench_now_s() - begin_s;
    bench_usage(node->pid, &steps->uploaded);
    bench_usage(broker->pid, &broker_after);
    steps->node_cpu_s = steps->uploaded.cpu_s - node_before.cpu_s;
    steps->broker_cpu_s = broker_after.cpu_s - broker_before.cpu_s;
    steps->node_written = steps->uploaded.written_bytes - node_before.written_bytes;
    steps->broker_written = broker_after.written_bytes - broker_before.written_bytes;
    return err;
}

static json_t *json_of(const struct bench *bench, const struct steps *steps)
{
    double rows = (double)bench->operations, million = rows / 1e6;
    json_t *result = json_pack("{s:I, s:f, s:f, s:f, s:{s:f, s:f}, s:{s:I, s:I, s:I, s:I}}",
                               "operations", (json_int_t)bench->operations, "rows_per_s",
                               rows / steps->import_s, "uploaded_per_s", rows / steps->upload_s,
                               "start_ms", steps->start_s * 1e3, "cpu_s_per_million", "node",
                               steps->node_cpu_s / million, "broker", steps->broker_cpu_s / million,
                               "rss_bytes", "node", (json_int_t)steps->node.resident_bytes,
                               "node_restarted", (json_int_t)steps->restarted.resident_bytes,
                               "node_uploaded", (json_int_t)steps->uploaded.resident_bytes,
                               "cse_import", (json_int_t)steps->tool.peak_bytes);
    (void)json_object_set_new(result, "import_cpu_s_per_million",
                              json_pack("{s:f, s:f}", "node", steps->node.cpu_s / million,
                                        "cse_import", steps->tool.cpu_s / million));
    (void)json_object_set_new(result, "written_bytes_per_operation",
                              json_pack("{s:f, s:f, s:f}", "node_import",
                                        (double)steps->node.written_bytes / rows, "node_upload",
                                        (double)steps->node_written / rows, "broker",
                                        (double)steps->broker_written / rows));
    return result;
}

/* One person's saves at a node that holds all the rows. */
static enum err save_more(const struct daemon *node, json_t *result, struct err_info *info)
{
    double taken_s[SAVES];
    uint64_t random = 1;
    enum err err = bench_save_often(node, &random, SAVES, taken_s, info);
    if (err == ERR_OK)
        (void)json_object_set_new(result, "save_ms", bench_latency_json(taken_s, SAVES));
    return err;
}

static enum err run(const struct bench *bench, const char *csv, struct daemon *node,
                    struct daemon *broker, json_t **result_out, struct err_info *info)
{
    struct steps steps = {0};
    char data[PATH_BYTES_MAX];
    enum err err = bench_init(bench, "node", "node", data, info);
    if (err == ERR_OK)
        err = bench_start(bench, "node", data, 0, node, info);
    if (err == ERR_OK)
        err = import(bench, node, csv, &steps, info);
    bench_stop(node);
    if (err == ERR_OK)
        err = bench_start(bench, "node", data, 0, node, info);
    steps.start_s = node->start_s;
    bench_usage(node->pid, &steps.restarted);
    if (err == ERR_OK)
        err = bench_init(bench, "broker", "broker", data, info);
    if (err == ERR_OK)
        err = bench_start(bench, "broker", data, bench_port(), broker, info);
    if (err == ERR_OK)
        err = upload(bench, broker, node, &steps, info);
    if (err == ERR_OK)
        *result_out = json_of(bench, &steps);
    return err == ERR_OK ? save_more(node, *result_out, info) : err;
}

enum err bench_import(struct bench *bench, int64_t round, json_t **result_out,
                      struct err_info *info)
{
    char csv[PATH_BYTES_MAX];
    struct daemon node = {.pid = -1}, broker = {.pid = -1};
    (void)round;
    enum err err = path_join(bench->dir, "rows.csv", csv, info);
    if (err == ERR_OK)
        err = payload_csv(csv, (uint64_t)bench->operations, (uint64_t)bench->seed, info);
    if (err == ERR_OK)
        err = run(bench, csv, &node, &broker, result_out, info);
    bench_stop(&node);
    bench_stop(&broker);
    bench_remove(node.data);
    bench_remove(broker.data);
    return err;
}
