#include "tests/bench/peers/peer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* bench_peer PEER PORT PID OPERATIONS SITES BATCH SEED: send what `cse bench sync` sends to the
 * server of another system, as it does: a batch of every site to warm up, 70 % of the batches at
 * once, 10 % at half the rate that was reached. Prints JSON.
 * bench_peer dump FILE 0 OPERATIONS SITES BATCH SEED: the operations as lines of JSON. */

enum { READ_BYTES = 256 * 1024, LIMIT_S = 900 };

static const char *const names[] = {"nats",        "nats-batch",   "redis",
                                    "redis-batch", "postgres-log", "postgres-merge"};

struct run {
    enum peer peer;
    struct load load;
    struct sender *senders;
    struct pollfd *polls;
    double *latencies_s;
    size_t latency_count;
    uint64_t acked;
    double last_ack_s;
};

static bool hand_over(struct sender *sender, uint32_t until, double due_s)
{
    if (sender->next >= until || sender->next - sender->acked >= UNACKED_FRAMES_MAX)
        return false;
    sender->requests[sender->next++].due_s = due_s;
    return true;
}

static bool push(struct sender *sender)
{
    while (sender->writing < sender->next) {
        const struct request *request = &sender->requests[sender->writing];
        ssize_t len = send(sender->fd, request->bytes + sender->written,
                           request->len - sender->written, MSG_NOSIGNAL);
        if (len < 0)
            return errno == EAGAIN;
        sender->written += (size_t)len;
        if (sender->written == request->len) {
            sender->writing++;
            sender->written = 0;
        }
    }
    return true;
}

static bool pull(struct run *run, struct sender *sender)
{
    static uint8_t part[READ_BYTES];
    ssize_t len = recv(sender->fd, part, sizeof(part), 0);
    if (len <= 0)
        return len < 0 && errno == EAGAIN;
    text_put(&sender->in, part, (size_t)len);
    int stored = peer_replies(run->peer, sender);
    if (stored < 0)
        return false;
    sender->replies += (uint32_t)stored;
    while (sender->acked < sender->next &&
           sender->replies >= sender->requests[sender->acked].replies) {
        const struct request *request = &sender->requests[sender->acked++];
        sender->replies -= request->replies;
        run->acked += request->ops;
        run->last_ack_s = bench_now_s();
        run->latencies_s[run->latency_count++] = run->last_ack_s - request->due_s;
    }
    return true;
}

/* Send and take what can be; a millisecond at most. */
static bool turn(struct run *run)
{
    for (uint32_t i = 0; i < run->load.count; i++) {
        struct sender *sender = &run->senders[i];
        if (!push(sender))
            return false;
        run->polls[i] = (struct pollfd){
            .fd = sender->fd,
            .events = (short)(POLLIN | (sender->writing < sender->next ? POLLOUT : 0))};
    }
    if (poll(run->polls, run->load.count, 1) < 0)
        return errno == EINTR;
    for (uint32_t i = 0; i < run->load.count; i++)
        if (run->polls[i].revents != 0 && !pull(run, &run->senders[i]))
            return false;
    return true;
}

static bool burst(struct run *run, uint32_t until)
{
    double limit_s = bench_now_s() + LIMIT_S;
    for (bool done = false; !done;) {
        done = true;
        for (uint32_t i = 0; i < run->load.count; i++) {
            while (hand_over(&run->senders[i], until, bench_now_s()))
                ;
            done = done && run->senders[i].acked >= until;
        }
        if (!done && (!turn(run) || bench_now_s() > limit_s))
            return false;
    }
    return true;
}

/* `batches` more of every site, evenly, at `rate` operations a second, whatever the answers. */
static bool pace(struct run *run, uint32_t batches, double rate)
{
    uint32_t until = run->senders[0].acked + batches;
    uint64_t total = (uint64_t)batches * run->load.count, sent = 0;
    double begin_s = bench_now_s(), gap_s = (double)run->senders[0].requests[0].ops / rate;
    run->latency_count = 0;
    while (run->latency_count < total) {
        double due_s = begin_s + (double)sent * gap_s;
        while (sent < total && due_s <= bench_now_s() &&
               hand_over(&run->senders[sent % run->load.count], until, due_s))
            due_s = begin_s + (double)++sent * gap_s;
        if (!turn(run) || bench_now_s() > begin_s + LIMIT_S)
            return false;
    }
    return true;
}

static bool measure(struct run *run, pid_t server)
{
    struct usage before, after;
    uint32_t all = run->senders[0].count, most = all * 7 / 10 > 1 ? all * 7 / 10 : 2;
    if (!burst(run, 1))
        return false;
    uint64_t acked = run->acked;
    peer_usage(server, &before);
    double begin_s = bench_now_s();
    if (!burst(run, most))
        return false;
    double count = (double)(run->acked - acked), rate = count / (run->last_ack_s - begin_s);
    peer_usage(server, &after);
    if (!pace(run, all / 10 > 0 ? all / 10 : 1, rate / 2))
        return false;
    double payload = (double)run->load.bytes / (double)run->load.operations;
    double written = (double)(after.written_bytes - before.written_bytes) / count;
    json_t *result = json_pack(
        "{s:f, s:f, s:f, s:f, s:f, s:{s:f, s:f}}", "acknowledged_per_s", rate, "cpu_s_per_million",
        (after.cpu_s - before.cpu_s) * 1e6 / count, "written_bytes_per_operation", written,
        "written_to_payload", written / payload, "payload_bytes_per_operation", payload,
        "latency_ms", "p50", bench_quantile(run->latencies_s, run->latency_count, 0.5) * 1e3, "p99",
        bench_quantile(run->latencies_s, run->latency_count, 0.99) * 1e3);
    (void)json_dumpf(result, stdout, JSON_COMPACT);
    (void)puts("");
    json_decref(result);
    return true;
}

static bool begin(struct run *run, const char *name, uint16_t port)
{
    size_t known = sizeof(names) / sizeof(names[0]), peer = 0;
    while (peer < known && strcmp(names[peer], name) != 0)
        peer++;
    run->peer = (enum peer)peer;
    run->senders = calloc(run->load.count, sizeof(*run->senders));
    run->polls = calloc(run->load.count, sizeof(*run->polls));
    run->latencies_s = calloc(run->load.mark_max + 1, sizeof(double));
    if (peer == known || run->senders == NULL || run->polls == NULL || run->latencies_s == NULL)
        return false;
    for (uint32_t i = 0; i < run->load.count; i++)
        if (peer_requests(run->peer, &run->load.sites[i], i, &run->senders[i]) != ERR_OK ||
            !peer_connect(run->peer, port, i == 0, &run->senders[i]))
            return false;
    return true;
}

static bool dump(const struct load *load, const char *path)
{
    FILE *file = fopen(path, "w");
    bool done = file != NULL;
    for (uint32_t i = 0; done && i < load->count; i++)
        done = fprintf(file, "%s", i == 0 ? "" : "\n") >= 0 &&
               peer_dump(&load->sites[i], file) == ERR_OK;
    return file != NULL && fclose(file) == 0 && done;
}

int main(int argc, char **argv)
{
    struct run run = {0};
    struct err_info info = {0};
    long numbers[8] = {0};
    if (argc != 8) {
        (void)fprintf(stderr, "usage: bench_peer PEER PORT PID OPERATIONS SITES BATCH SEED\n");
        return 2;
    }
    for (int i = 2; i < argc; i++)
        numbers[i] = strtol(argv[i], NULL, 10);
    if (numbers[4] < 1 || numbers[5] < 1 || numbers[6] < 1 || numbers[6] > BATCH_OPS_MAX ||
        load_make(&run.load, (uint32_t)numbers[5], (uint64_t)numbers[4], (uint32_t)numbers[6],
                  (uint64_t)numbers[7], &info) != ERR_OK)
        return 2;
    if (strcmp(argv[1], "dump") == 0)
        return dump(&run.load, argv[2]) ? 0 : 1;
    if (!begin(&run, argv[1], (uint16_t)numbers[2]) || !measure(&run, (pid_t)numbers[3])) {
        (void)fprintf(stderr, "bench_peer: %s did not take it all\n", argv[1]);
        return 1;
    }
    return 0;
}
