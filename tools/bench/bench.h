#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/http/client.h"
#include "lib/sys/files.h"

/* Measuring the real programs: what all subcommands of `cse bench` share. */

enum { BENCH_READY_MS = 60 * 1000, BENCH_CALL_MS = 60 * 1000, BENCH_OUTPUT_BYTES = 4096 };

struct bench {
    char dir[PATH_BYTES_MAX]; /* everything is made in here, and goes with it */
    char bin[PATH_BYTES_MAX]; /* where cse, cse-node and cse-broker are */
    int64_t operations, sites, batch, seed, repeat;
};

/* Measure once. Owns: *result_out, an object of numbers (and objects of them). */
typedef enum err bench_measure(struct bench *bench, int64_t round, json_t **result_out,
                               struct err_info *info);
bench_measure bench_sync, bench_ceiling, bench_record, bench_import, bench_picture, bench_reconnect;
/* What the figures of each mean, in words. */
extern const char bench_sync_durable[], bench_ceiling_durable[], bench_record_durable[],
    bench_import_durable[], bench_picture_durable[], bench_reconnect_durable[];
void bench_release(void); /* what bench_sync keeps from one round to the next */

/* `what` could not be done. */
enum err bench_fail(struct err_info *info, enum err code, const char *what);
double bench_now_s(void); /* steady */
void bench_pause(double s);
uint16_t bench_port(void); /* of loopback, free now; 0: none */
/* {"p50": …, "p99": …} in milliseconds; sorts them. */
json_t *bench_latency_json(double *values_s, size_t count);
/* The value below which a share (0 … 1) of them lie; sorts them. 0 of none. */
double bench_quantile(double *values, size_t count, double share);
/* {"median": …, "min": …, "max": …} with the shape of the results. */
json_t *bench_summary(const json_t *results);

/* ---- processes ---- */

struct daemon {
    pid_t pid;
    char data[PATH_BYTES_MAX];
    char listen[64]; /* of a broker */
    double start_s;  /* until it answered */
};
struct usage {
    double cpu_s; /* user and system */
    uint64_t resident_bytes, peak_bytes, written_bytes;
};

/* cse ARGS…, to its end. output_out (may be NULL) holds BENCH_OUTPUT_BYTES. */
NODISCARD enum err bench_tool(const struct bench *bench, char *const *args, char *output_out,
                              struct usage *usage_out, struct err_info *info);
/* Make the data directory `name` ("broker…" or "node…") in the bench's. */
NODISCARD enum err bench_init(const struct bench *bench, const char *role, const char *name,
                              char data_out[PATH_BYTES_MAX], struct err_info *info);
/* Start the daemon of `data`, as a broker on `port`; it answers when this returns. */
NODISCARD enum err bench_start(const struct bench *bench, const char *role, const char *data,
                               uint16_t port, struct daemon *daemon_out, struct err_info *info);
void bench_stop(struct daemon *daemon);
void bench_usage(pid_t pid, struct usage *usage_out);
/* GET of its interface; *json_out NULL for no interest in the answer. */
NODISCARD enum err bench_get(const struct daemon *daemon, const char *path, json_t **json_out,
                             struct err_info *info);
/* GET of it `times` times, seconds each. */
NODISCARD enum err bench_get_often(const struct daemon *daemon, const char *path, size_t times,
                                   double *taken_s_out, struct err_info *info);
/* A piece of evidence saved over HTTP at the node `times` times, seconds each. */
NODISCARD enum err bench_save_often(const struct daemon *node, uint64_t *random, size_t times,
                                    double *taken_s_out, struct err_info *info);
/* Thrown away whole; a directory that is not there is fine. */
void bench_remove(const char *dir);
