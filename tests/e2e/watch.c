/* A site that keeps to every rule: one operation every 50 ms, each waited for, while others do what
 * they will.
 *   watch DIR SECONDS
 * One line at the end: acknowledged and how soon, in microseconds. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/sys/clock.h"
#include "tests/e2e/peer.h"

enum { PERIOD_US = 50 * 1000, ACK_MS = 20 * 1000, SAMPLES_MAX = 256 * 1024 };

static uint64_t samples_us[SAMPLES_MAX];

static uint64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int by_value(const void *a, const void *b)
{
    uint64_t left, right;
    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return (left > right) - (left < right);
}

/* One operation, written and acknowledged; how long that took. */
static bool work(struct peer *peer, uint64_t *took_us_out)
{
    uint64_t begin_us = now_us();
    struct msg msg;
    bool kept = false;
    struct forgery forgery = forgery_of(peer, entry_complaint(peer, 0));

    forgery_send(peer, &forgery, true, peer->session);
    while (!kept && peer_hear(peer, ACK_MS, &msg)) {
        if (msg.type != MSG_ACK || msg.ack.code != ERR_OK)
            break;
        kept = msg.ack.stored_seq >= forgery.first;
    }
    *took_us_out = now_us() - begin_us;
    if (kept)
        forgery_keep(peer, &forgery);
    mp_buf_deinit(&forgery.entry);
    return kept;
}

static bool come_in(struct peer *peer)
{
    struct msg answer;

    dealer_close(peer->dealer);
    peer->dealer = NULL;
    return peer_connect(peer, NULL) == DEALER_READY && peer_hello(peer, peer->site, &answer);
}

int main(int argc, char **argv)
{
    static struct peer peer;
    uint32_t count = 0, lost = 0;

    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 3)
        die("DIR SECONDS");
    peer_load(&peer, argv[1]);
    uint64_t until_us = now_us() + strtoull(argv[2], NULL, 10) * 1000000;
    bool in = come_in(&peer);
    while (now_us() < until_us && count < SAMPLES_MAX) {
        uint64_t took_us = 0;
        if (!in || !work(&peer, &took_us)) {
            lost++;
            const struct timespec wait = {.tv_nsec = 100 * 1000 * 1000};
            (void)nanosleep(&wait, NULL);
            in = come_in(&peer);
            continue;
        }
        samples_us[count++] = took_us;
        const struct timespec wait = {
            .tv_nsec = took_us < PERIOD_US ? (long)(PERIOD_US - took_us) * 1000 : 0};
        (void)nanosleep(&wait, NULL);
    }
    peer_close(&peer);
    qsort(samples_us, count, sizeof(samples_us[0]), by_value);
    (void)printf("acknowledged=%u lost=%u median_us=%" PRIu64 " p99_us=%" PRIu64 " max_us=%" PRIu64
                 "\n",
                 count, lost, count > 0 ? samples_us[count / 2] : 0,
                 count > 0 ? samples_us[(uint64_t)count * 99 / 100] : 0,
                 count > 0 ? samples_us[count - 1] : 0);
    return count > 0 ? 0 : 1;
}
