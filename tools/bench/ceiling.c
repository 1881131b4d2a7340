#include <errno.h>
#include <lmdb.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "proto/base/bytes.h"
#include "tools/bench/bench.h"

/* What no design passes: a process that puts each message into LMDB under a growing number, syncs
 * once for all that wait, and answers each with a byte. No checks, no merging. The same messages in
 * size, the same number of senders, with and without CURVE. */

const char bench_ceiling_durable[] =
    "answered after a durable commit (fdatasync); nothing is checked or merged";

enum { WINDOW = 8, GROUP_BYTES = 4 * 1024 * 1024, AVERAGE_BYTES = 391, ID_BYTES = 256 };
enum { GROUP_MAX = 512, WAIT_S = 600 };

struct server {
    const char *path;
    uint16_t port;
    bool curve;
    uint8_t secret[32], public[32];
};

struct waiting {
    uint8_t id[ID_BYTES];
    size_t len;
};

static void *bind_router(void *context, const struct server *server)
{
    char address[64];
    int yes = 1;
    void *router = zmq_socket(context, ZMQ_ROUTER);
    (void)snprintf(address, sizeof(address), "tcp://127.0.0.1:%u", server->port);
    if (server->curve) {
        (void)zmq_setsockopt(router, ZMQ_CURVE_SERVER, &yes, sizeof(yes));
        (void)zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, server->secret, 32);
    }
    return zmq_bind(router, address) == 0 ? router : NULL;
}

/* Put what waits, up to a group; how many. */
static int take_group(void *router, MDB_txn *txn, MDB_dbi dbi, uint64_t *number,
                      struct waiting *waiting)
{
    int count = 0;
    size_t bytes = 0;
    while (count < GROUP_MAX && bytes < GROUP_BYTES) {
        int len = zmq_recv(router, waiting[count].id, ID_BYTES, count > 0 ? ZMQ_DONTWAIT : 0);
        if (len < 0)
            break;
        waiting[count].len = (size_t)len;
        zmq_msg_t part;
        uint8_t name[8];
        (void)zmq_msg_init(&part);
        (void)zmq_msg_recv(&part, router, 0);
        put_u64(name, ++*number);
        MDB_val key = {sizeof(name), name}, value = {zmq_msg_size(&part), zmq_msg_data(&part)};
        if (mdb_put(txn, dbi, &key, &value, MDB_APPEND) != 0)
            _exit(1);
        bytes += value.mv_size;
        (void)zmq_msg_close(&part);
        count++;
    }
    return count;
}

static void serve(const struct server *server)
{
    static struct waiting waiting[GROUP_MAX];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi = 0;
    uint64_t number = 0;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    void *context = zmq_ctx_new();
    void *router = bind_router(context, server);
    if (router == NULL || mdb_env_create(&env) != 0 ||
        mdb_env_set_mapsize(env, (size_t)64 << 30) != 0 ||
        mdb_env_open(env, server->path, 0, 0600) != 0)
        _exit(1);
    for (;;) {
        if (mdb_txn_begin(env, NULL, 0, &txn) != 0 || mdb_dbi_open(txn, NULL, 0, &dbi) != 0)
            _exit(1);
        int count = take_group(router, txn, dbi, &number, waiting);
        if (mdb_txn_commit(txn) != 0)
            _exit(1);
        for (int i = 0; i < count; i++) {
            (void)zmq_send(router, waiting[i].id, waiting[i].len, ZMQ_SNDMORE);
            (void)zmq_send(router, "k", 1, 0);
        }
    }
}

static void *connect_dealer(void *context, const struct server *server)
{
    char address[64];
    uint8_t secret[32], public[32];
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    int linger = 0;
    (void)snprintf(address, sizeof(address), "tcp://127.0.0.1:%u", server->port);
    (void)zmq_setsockopt(dealer, ZMQ_LINGER, &linger, sizeof(linger));
    if (server->curve) {
        (void)crypto_box_keypair(public, secret);
        (void)zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, server->public, 32);
        (void)zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, public, 32);
        (void)zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, secret, 32);
    }
    (void)zmq_connect(dealer, address);
    return dealer;
}

/* Send `messages` over all senders, each with a window; seconds it took, 0 when it failed. */
static double drive(void **dealers, int senders, int64_t messages, const uint8_t *body, size_t len)
{
    int *open = calloc((size_t)senders, sizeof(*open));
    int64_t sent = 0, answered = 0;
    double begin_s = bench_now_s();
    while (open != NULL && answered < messages && bench_now_s() - begin_s < WAIT_S) {
        bool moved = false;
        for (int i = 0; i < senders; i++) {
            uint8_t byte;
            while (zmq_recv(dealers[i], &byte, 1, ZMQ_DONTWAIT) >= 0) {
                answered++;
                open[i]--;
                moved = true;
            }
            while (sent < messages && open[i] < WINDOW &&
                   zmq_send(dealers[i], body, len, ZMQ_DONTWAIT) >= 0) {
                sent++;
                open[i]++;
                moved = true;
            }
        }
        zmq_pollitem_t item = {.socket = dealers[0], .events = ZMQ_POLLIN};
        if (!moved)
            (void)zmq_poll(&item, 1, 1);
    }
    free(open);
    return answered == messages ? bench_now_s() - begin_s : 0;
}

static double measure(const struct bench *bench, const struct server *server)
{
    int senders = (int)bench->sites;
    size_t len = (size_t)bench->batch * AVERAGE_BYTES;
    int64_t messages = bench->operations / bench->batch;
    void *context = zmq_ctx_new();
    void **dealers = calloc((size_t)senders, sizeof(*dealers));
    uint8_t *body = malloc(len);
    double seconds = 0;

    (void)zmq_ctx_set(context, ZMQ_MAX_SOCKETS, senders + 16);
    if (dealers != NULL && body != NULL) {
        randombytes_buf(body, len);
        for (int i = 0; i < senders; i++)
            dealers[i] = connect_dealer(context, server);
        if (drive(dealers, senders, senders, body, len) > 0) /* all are connected, pages touched */
            seconds = drive(dealers, senders, messages, body, len);
        for (int i = 0; i < senders; i++)
            (void)zmq_close(dealers[i]);
    }
    free(dealers);
    free(body);
    (void)zmq_ctx_term(context);
    return seconds > 0 ? (double)(messages * bench->batch) / seconds : 0;
}

static double run_once(const struct bench *bench, bool curve, double *cpu_out)
{
    char path[PATH_BYTES_MAX];
    struct server server = {.path = path, .port = bench_port(), .curve = curve};
    struct usage usage;
    (void)crypto_box_keypair(server.public, server.secret);
    if (path_join(bench->dir, "ceiling", path, NULL) != ERR_OK || dir_make(path, NULL) != ERR_OK)
        return 0;
    pid_t pid = fork();
    if (pid == 0)
        serve(&server);
    double rate = pid > 0 ? measure(bench, &server) : 0;
    bench_usage(pid, &usage);
    *cpu_out = usage.cpu_s / ((double)bench->operations / 1e6);
    if (pid > 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
    }
    bench_remove(path);
    return rate;
}

enum err bench_ceiling(struct bench *bench, int64_t round, json_t **result_out,
                       struct err_info *info)
{
    double plain_cpu = 0, curve_cpu = 0;
    (void)round;
    double plain = run_once(bench, false, &plain_cpu);
    double curve = run_once(bench, true, &curve_cpu);
    if (plain <= 0 || curve <= 0)
        return bench_fail(info, ERR_TIMEOUT, "ceiling");
    *result_out = json_pack("{s:f, s:f, s:f, s:{s:f, s:f}}", "plain_per_s", plain, "curve_per_s",
                            curve, "curve_to_plain", curve / plain, "cpu_s_per_million", "plain",
                            plain_cpu, "curve", curve_cpu);
    return ERR_OK;
}
