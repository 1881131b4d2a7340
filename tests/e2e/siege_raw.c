#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/sys/clock.h"
#include "tests/e2e/siege.h"

/* Attacks below ZeroMQ: connections by hand. */

enum { CONNECT_MS = 2000, BEAT_MS = 100, PART_BYTES = 256 * 1024 };

/* ---- many connections at once ---- */

struct held {
    struct zmtp *all;
    uint32_t count;
};

static struct held hold(struct siege *siege, bool (*make)(struct siege *siege, struct zmtp *zmtp))
{
    struct held held = {.all = calloc(siege->count, sizeof(*held.all))};

    if (held.all == NULL)
        die("out of memory");
    while (held.count < siege->count && siege_goes_on(siege)) {
        struct zmtp *zmtp = &held.all[held.count];
        if (make(siege, zmtp)) {
            held.count++;
            siege->sent++;
        } else {
            siege->refused++;
            siege_pause(10);
        }
    }
    return held;
}

/* Keep them until the time is up; which of them the broker ends is counted. */
static void wait_out(struct siege *siege, struct held held, bool dribble)
{
    uint8_t byte = 0xFF;

    while (siege_goes_on(siege)) {
        siege_pause(dribble ? 1000 : BEAT_MS);
        for (uint32_t i = 0; i < held.count; i++) {
            struct pollfd item = {.fd = held.all[i].fd, .events = POLLIN};
            if (held.all[i].fd < 0)
                continue;
            if (dribble)
                (void)zmtp_put(&held.all[i], bytes_of(&byte, 1));
            if (held.all[i].fd >= 0 && poll(&item, 1, 0) == 1) {
                uint8_t some[256];
                (void)zmtp_take(&held.all[i], some, sizeof(some), 0);
            }
            siege->ended += held.all[i].fd < 0;
        }
    }
    for (uint32_t i = 0; i < held.count; i++)
        zmtp_close(&held.all[i]);
    free(held.all);
}

static bool make_silent(struct siege *siege, struct zmtp *zmtp)
{
    return zmtp_connect(zmtp, siege->port, CONNECT_MS);
}

void attack_silent(struct siege *siege)
{
    wait_out(siege, hold(siege, make_silent), false);
}

/* One byte a second. */
void attack_slow(struct siege *siege)
{
    wait_out(siege, hold(siege, make_silent), true);
}

static bool make_half(struct siege *siege, struct zmtp *zmtp)
{
    struct zmtp_keys keys = siege_keys(siege);

    if (zmtp_connect(zmtp, siege->port, CONNECT_MS) && zmtp_greet(zmtp) && zmtp_hello(zmtp, &keys))
        return true;
    zmtp_close(zmtp);
    return false;
}

/* Half of CURVE's handshake. */
void attack_half(struct siege *siege)
{
    wait_out(siege, hold(siege, make_half), false);
}

static bool make_admitted(struct siege *siege, struct zmtp *zmtp)
{
    struct zmtp_keys keys = siege_keys(siege);
    return zmtp_open(zmtp, &keys, siege->port);
}

/* The whole handshake, and not a word after it. */
void attack_many(struct siege *siege)
{
    wait_out(siege, hold(siege, make_admitted), false);
}

/* ---- one after the other ---- */

static void noise(struct siege *siege, struct zmtp *zmtp)
{
    uint8_t bytes[4096];

    siege_fill(siege, bytes, sizeof(bytes));
    if (siege_random(siege) % 2 == 0) /* the first byte decides what libzmq takes it for */
        memcpy(bytes, "\xFF\0\0\0\0\0\0\0\x01\x7F\x03", 11);
    for (int i = 0; i < 16 && zmtp_put(zmtp, bytes_of(bytes, sizeof(bytes))); i++)
        siege->bytes += sizeof(bytes);
}

/* Connect, do it, see the end. */
static void again(struct siege *siege, void (*act)(struct siege *siege, struct zmtp *zmtp))
{
    struct zmtp zmtp;

    while (siege_goes_on(siege)) {
        if (!zmtp_connect(&zmtp, siege->port, CONNECT_MS)) {
            siege->refused++;
            continue;
        }
        act(siege, &zmtp);
        siege->sent++;
        siege->ended += zmtp_wait_end(&zmtp, CONNECT_MS);
        zmtp_close(&zmtp);
    }
}

void attack_noise(struct siege *siege)
{
    again(siege, noise);
}

static uint64_t huge_length(struct siege *siege)
{
    static const uint64_t lengths[] = {(uint64_t)1 << 30, (uint64_t)1 << 40, (uint64_t)1 << 63,
                                       UINT64_MAX, (uint64_t)FRAME_BYTES_MAX * 2};
    return lengths[siege_random(siege) % (sizeof(lengths) / sizeof(lengths[0]))];
}

static void put_huge(struct siege *siege, struct zmtp *zmtp)
{
    static const uint8_t zeros[64 * 1024];

    if (zmtp->fd >= 0 &&
        zmtp_put_head(zmtp, (uint8_t)(siege_random(siege) % 8) & 5u, huge_length(siege), true) &&
        zmtp_put(zmtp, bytes_of(zeros, sizeof(zeros))))
        siege->bytes += sizeof(zeros);
}

static void length_before(struct siege *siege, struct zmtp *zmtp)
{
    struct zmtp_keys keys = siege_keys(siege);

    if (zmtp_greet(zmtp) && (siege_random(siege) % 2 == 0 || zmtp_hello(zmtp, &keys)))
        put_huge(siege, zmtp);
}

void attack_lengths_before(struct siege *siege)
{
    again(siege, length_before);
}

static void length_after(struct siege *siege, struct zmtp *zmtp)
{
    struct zmtp_keys keys = siege_keys(siege);

    if (zmtp_greet(zmtp) && zmtp_hello(zmtp, &keys) &&
        zmtp_initiate(zmtp, &keys, (struct bytes){0}))
        put_huge(siege, zmtp);
}

void attack_lengths_after(struct siege *siege)
{
    again(siege, length_after);
}

/* CURVE's commands with a length, a name or metadata that is not theirs. */
static void command(struct siege *siege, struct zmtp *zmtp)
{
    static const char *const names[] = {"\x05HELLO\x01",
                                        "\x08INITIATE",
                                        "\x05READY",
                                        "\x05"
                                        "ERROR",
                                        "\x07MESSAGE",
                                        "\x04PING"};
    static uint8_t body[ZMTP_METADATA_BYTES_MAX];
    static const uint32_t lengths[] = {0, 1, 7, 199, 201, 255, 256, 257, 4096, 60 * 1024};
    struct zmtp_keys keys = siege_keys(siege);
    const char *name = names[siege_random(siege) % 6];
    size_t len = lengths[siege_random(siege) % 10];

    siege_fill(siege, body, sizeof(body));
    memcpy(body, name, strlen(name));
    if (!zmtp_greet(zmtp) || (siege_random(siege) % 2 == 0 && !zmtp_hello(zmtp, &keys)))
        return;
    if (siege_random(siege) % 4 == 0 && zmtp->nonce > 0) {
        size_t at = zmtp_property(body, 0, "Socket-Type", bytes_of_text("DEALER"));
        static const uint8_t id[300]; /* over 255 */
        at = zmtp_property(body, at, "Identity", bytes_of(id, sizeof(id)));
        put_u32(body + at - 304, 0xFFFFFFFF);
        (void)zmtp_initiate(zmtp, &keys, bytes_of(body, siege_random(siege) % 60000 + at));
    } else if (zmtp_put_head(zmtp, 4, len, false)) {
        (void)zmtp_put(zmtp, bytes_of(body, len));
    }
    (void)shutdown(zmtp->fd, SHUT_WR);
}

void attack_commands(struct siege *siege)
{
    again(siege, command);
}

void attack_strangers(struct siege *siege)
{
    struct zmtp zmtp;
    uint8_t public[32], secret[32];
    struct zmtp_keys keys = siege_keys(siege);

    keys.public = public;
    keys.secret = secret;
    while (siege_goes_on(siege)) {
        siege_fill(siege, secret, sizeof(secret));
        (void)crypto_scalarmult_base(public, secret);
        if (zmtp_open(&zmtp, &keys, siege->port))
            die("a stranger was let in");
        siege->refused++;
        siege->sent++;
    }
}

/* ---- with a key ---- */

/* One message whose parts never end. */
static void flood(struct siege *siege, bool named, size_t part_bytes)
{
    static uint8_t part[PART_BYTES];
    struct zmtp zmtp;
    struct zmtp_keys keys = siege_keys(siege);
    uint8_t hello[512];
    size_t hello_len = siege_hello(siege, hello);

    while (siege_goes_on(siege)) {
        if (!zmtp_open(&zmtp, &keys, siege->port)) {
            siege->refused++;
            siege_pause(BEAT_MS);
            continue;
        }
        siege->sent++;
        if (named)
            (void)zmtp_send(&zmtp, bytes_of(hello, hello_len), false);
        while (siege_goes_on(siege) && zmtp_send(&zmtp, bytes_of(part, part_bytes), true))
            siege->bytes += part_bytes;
        siege->ended += zmtp.fd < 0;
        zmtp_close(&zmtp);
    }
}

void attack_flood(struct siege *siege)
{
    flood(siege, true, PART_BYTES);
}

void attack_flood_unnamed(struct siege *siege)
{
    flood(siege, false, PART_BYTES);
}

void attack_flood_small(struct siege *siege)
{
    flood(siege, false, 1);
}

/* Routing ids of every length, such as libzmq gives itself, and each twice. */
static bool make_identity(struct siege *siege, struct zmtp *zmtp)
{
    struct zmtp_keys keys = siege_keys(siege);
    uint8_t metadata[512], id[255] = {0}, hello[512];
    size_t len = siege->sent % 4 == 0 ? 5 : siege_random(siege) % 256;

    if (len == 5)
        put_u32(id + 1, (uint32_t)(siege_random(siege) % 1000));
    else
        memset(id, 'a' + (int)(siege->sent / 2 % 26), sizeof(id));
    size_t at = zmtp_property(metadata, 0, "Socket-Type", bytes_of_text("DEALER"));
    at = zmtp_property(metadata, at, "User-Id", bytes_of_text("somebody else"));
    at = zmtp_property(metadata, at, "Identity", bytes_of(id, len));
    if (zmtp_connect(zmtp, siege->port, CONNECT_MS) && zmtp_greet(zmtp) &&
        zmtp_hello(zmtp, &keys) && zmtp_initiate(zmtp, &keys, bytes_of(metadata, at)) &&
        zmtp_send(zmtp, bytes_of(hello, siege_hello(siege, hello)), false))
        return true;
    zmtp_close(zmtp);
    return false;
}

void attack_identity(struct siege *siege)
{
    wait_out(siege, hold(siege, make_identity), false);
}

/* PING in session 1, at 1 ms past 1970, nothing pending. */
static const uint8_t question[] = {MSG_FRAME_VERSION, 0x94, MSG_PING, 0x01, 0x01, 0x00};

/* Asks and asks, and never reads an answer. */
static bool make_half_open(struct siege *siege, struct zmtp *zmtp)
{
    uint8_t hello[512];
    int small = 4096;

    if (!make_admitted(siege, zmtp))
        return false;
    (void)setsockopt(zmtp->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    (void)zmtp_send(zmtp, bytes_of(hello, siege_hello(siege, hello)), false);
    for (int i = 0; i < 2000 && zmtp_send(zmtp, bytes_of(question, sizeof(question)), false); i++)
        siege->bytes += sizeof(question);
    return zmtp->fd >= 0;
}

void attack_half_open(struct siege *siege)
{
    wait_out(siege, hold(siege, make_half_open), false);
}

/* Questions in order, as fast as they are answered. */
void attack_pings(struct siege *siege)
{
    struct zmtp zmtp;
    uint8_t hello[512], answers[64 * 1024];

    while (siege_goes_on(siege)) {
        if (!make_admitted(siege, &zmtp)) {
            siege->refused++;
            siege_pause(BEAT_MS);
            continue;
        }
        (void)zmtp_send(&zmtp, bytes_of(hello, siege_hello(siege, hello)), false);
        siege_pause(BEAT_MS); /* for WELCOME */
        while (siege_goes_on(siege) &&
               zmtp_send(&zmtp, bytes_of(question, sizeof(question)), false)) {
            siege->sent++;
            (void)recv(zmtp.fd, answers, sizeof(answers), MSG_DONTWAIT);
        }
        siege->ended += zmtp.fd < 0;
        zmtp_close(&zmtp);
    }
}
