/* Attacks a broker in one way for a while, as fast as it can.
 *   siege DIR ATTACK SECONDS SEED [COUNT [OTHER_SITE]]
 * DIR is the data directory of a site that has joined. One line at the end says what was done. */
#include "tests/e2e/siege.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "lib/sys/clock.h"

static const struct {
    const char *name;
    void (*run)(struct siege *siege);
} attacks[] = {
    {"silent", attack_silent},
    {"slow", attack_slow},
    {"half", attack_half},
    {"noise", attack_noise},
    {"lengths-before", attack_lengths_before},
    {"lengths-after", attack_lengths_after},
    {"lengths-later", attack_lengths_later},
    {"commands", attack_commands},
    {"strangers", attack_strangers},
    {"flood", attack_flood},
    {"flood-unnamed", attack_flood_unnamed},
    {"flood-small", attack_flood_small},
    {"crowd", attack_crowd},
    {"crowd-small", attack_crowd_small},
    {"identity", attack_identity},
    {"twins", attack_twins},
    {"many", attack_many},
    {"half-open", attack_half_open},
    {"bombs", attack_bombs},
    {"forgeries", attack_forgeries},
    {"garbage", attack_garbage},
    {"pings", attack_pings},
    {"multipart", attack_multipart},
};

bool siege_goes_on(const struct siege *siege)
{
    return clock_mono_ms() < siege->until_ms;
}

uint64_t siege_random(struct siege *siege)
{
    uint64_t x = (siege->random += 0x9E3779B97F4A7C15u); /* splitmix64 */
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

void siege_fill(struct siege *siege, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i += 8) {
        uint64_t value = siege_random(siege);
        memcpy(out + i, &value, len - i < 8 ? len - i : 8);
    }
}

struct zmtp_keys siege_keys(const struct siege *siege)
{
    return (struct zmtp_keys){.server_public = siege->peer.membership.broker_transport,
                              .public = siege->peer.keys.transport_public,
                              .secret = siege->peer.keys.transport_secret};
}

size_t siege_hello(const struct siege *siege, uint8_t out[512])
{
    struct msg hello = {.type = MSG_HELLO,
                        .hello = {.proto_min = PROTOCOL_MIN,
                                  .proto_max = PROTOCOL_NOW,
                                  .software = bytes_of_text("siege"),
                                  .site = siege->peer.site,
                                  .epoch = siege->peer.origin.epoch,
                                  .unix_ms = clock_unix_ms()}};
    struct mp_buf frame;

    memcpy(hello.hello.token, siege->peer.token, MSG_TOKEN_BYTES);
    memcpy(hello.hello.head, siege->peer.head, HASH_BYTES);
    mp_buf_init(&frame, 512);
    msg_encode(&frame, &hello);
    struct bytes bytes = mp_buf_bytes(&frame);
    if (mp_buf_err(&frame) != ERR_OK)
        die("out of memory");
    memcpy(out, bytes.data, bytes.len);
    size_t len = bytes.len;
    mp_buf_deinit(&frame);
    return len;
}

void siege_pause(uint32_t ms)
{
    const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&wait, NULL);
}

static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static uint16_t port_of(const char *address)
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL)
        die("'%s' has no port", address);
    return (uint16_t)strtoul(colon + 1, NULL, 10);
}

int main(int argc, char **argv)
{
    static struct siege siege;

    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 5)
        die("DIR ATTACK SECONDS SEED [COUNT [OTHER_SITE]]");
    raise_descriptors();
    peer_load(&siege.peer, argv[1]);
    siege.port = port_of(siege.peer.membership.address);
    siege.random = strtoull(argv[4], NULL, 10);
    siege.count = argc > 5 ? (uint32_t)strtoul(argv[5], NULL, 10) : 100;
    siege.other = argc > 6 ? strtoull(argv[6], NULL, 16) : siege.peer.site;
    siege.until_ms = clock_mono_ms() + strtoull(argv[3], NULL, 10) * 1000;
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        if (strcmp(argv[2], attacks[i].name) != 0)
            continue;
        attacks[i].run(&siege);
        peer_close(&siege.peer);
        (void)printf("attack=%s seed=%s sent=%" PRIu64 " ended=%" PRIu64 " refused=%" PRIu64
                     " megabytes=%" PRIu64 "\n",
                     argv[2], argv[4], siege.sent, siege.ended, siege.refused, siege.bytes >> 20);
        return 0;
    }
    die("no attack '%s'", argv[2]);
}
