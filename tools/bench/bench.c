#include "tools/bench/bench.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/sys/random.h"

enum err bench_fail(struct err_info *info, enum err code, const char *what)
{
    return err_set(info, code, "%s: %s", what, err_text(code));
}

double bench_now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void bench_pause(double s)
{
    struct timespec time = {.tv_sec = (time_t)s, .tv_nsec = (long)((s - (double)(time_t)s) * 1e9)};
    (void)nanosleep(&time, NULL);
}

/* Below those that outgoing connections get, so that a daemon that starts again finds it free. */
enum { PORT_FIRST = 11000, PORTS = 21000, PORT_TRIES = 200 };

static bool port_is_free(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_free = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0)
        (void)close(fd);
    return is_free;
}

uint16_t bench_port(void)
{
    for (int i = 0; i < PORT_TRIES; i++) {
        uint16_t number = 0;
        random_bytes(&number, sizeof(number));
        uint16_t port = (uint16_t)(PORT_FIRST + number % PORTS);
        if (port_is_free(port))
            return port;
    }
    return 0;
}

static int by_value(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

double bench_quantile(double *values, size_t count, double share)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof(*values), by_value);
    size_t at = (size_t)(share * (double)count);
    return values[at < count ? at : count - 1];
}

json_t *bench_latency_json(double *values_s, size_t count)
{
    return json_pack("{s:f, s:f}", "p50", bench_quantile(values_s, count, 0.5) * 1e3, "p99",
                     bench_quantile(values_s, count, 0.99) * 1e3);
}

enum part { MEDIAN, MIN, MAX };

/* One part of the summary of a member, over all results. */
static json_t *summary_of(json_t *const *members, size_t count, enum part part)
{
    if (json_is_object(members[0])) {
        json_t *object = json_object();
        const char *key;
        json_t *value;
        json_object_foreach(members[0], key, value)
        {
            json_t *inner[64];
            for (size_t i = 0; i < count; i++)
                inner[i] = json_object_get(members[i], key);
            (void)json_object_set_new(object, key, summary_of(inner, count, part));
        }
        return object;
    }
    double values[64];
    for (size_t i = 0; i < count; i++)
        values[i] = json_number_value(members[i]);
    double value = bench_quantile(values, count, part == MEDIAN ? 0.5 : part == MIN ? 0 : 1);
    return json_is_integer(members[0]) ? json_integer((json_int_t)value) : json_real(value);
}

json_t *bench_summary(const json_t *results)
{
    static const char *const names[] = {"median", "min", "max"};
    json_t *members[64];
    size_t count = json_array_size(results);
    json_t *summary = json_object();

    if (count > 64)
        count = 64;
    for (size_t i = 0; i < count; i++)
        members[i] = json_array_get(results, i);
    for (enum part part = MEDIAN; count > 0 && part <= MAX; part++)
        (void)json_object_set_new(summary, names[part], summary_of(members, count, part));
    return summary;
}
