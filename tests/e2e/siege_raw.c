#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/sys/clock.h"
#include "tests/e2e/siege.h"

/* Attacks below ZeroMQ: connections by hand. */

/* ---- many connections at once ---- */

struct siege_held siege_hold(struct siege *siege,
                             bool (*make)(struct siege *siege, struct zmtp *zmtp))
{
    struct siege_held held = {.all = calloc(siege->count, sizeof(*held.all))};

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

void siege_wait_out(struct siege *siege, struct siege_held held, bool dribble)
{
    uint8_t byte = 0xFF;

    while (siege_goes_on(siege)) {
        siege_pause(dribble ? 1000 : SIEGE_BEAT_MS);
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
    return zmtp_connect(zmtp, siege->port, SIEGE_CONNECT_MS);
}

void attack_silent(struct siege *siege)
{
    siege_wait_out(siege, siege_hold(siege, make_silent), false);
}

/* One byte a second. */
void attack_slow(struct siege *siege)
{
    siege_wait_out(siege, siege_hold(siege, make_silent), true);
}

static bool make_half(struct siege *siege, struct zmtp *zmtp)
{
    struct zmtp_keys keys = siege_keys(siege);

    if (zmtp_connect(zmtp, siege->port, SIEGE_CONNECT_MS) && zmtp_greet(zmtp) &&
        zmtp_hello(zmtp, &keys))
        return true;
    zmtp_close(zmtp);
    return false;
}

/* Half of CURVE's handshake. */
void attack_half(struct siege *siege)
{
    siege_wait_out(siege, siege_hold(siege, make_half), false);
}

bool siege_admitted(struct siege *siege, struct zmtp *zmtp)
{
    struct zmtp_keys keys = siege_keys(siege);
    return zmtp_open(zmtp, &keys, siege->port);
}

/* The whole handshake, and not a word after it. */
void attack_many(struct siege *siege)
{
    siege_wait_out(siege, siege_hold(siege, siege_admitted), false);
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
        if (!zmtp_connect(&zmtp, siege->port, SIEGE_CONNECT_MS)) {
            siege->refused++;
            continue;
        }
        act(siege, &zmtp);
        siege->sent++;
        siege->ended += zmtp_wait_end(&zmtp, SIEGE_CONNECT_MS);
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

/* … of a site that has said who it is. */
static void length_later(struct siege *siege, struct zmtp *zmtp)
{
    struct zmtp_keys keys = siege_keys(siege);
    uint8_t hello[512];

    if (zmtp_greet(zmtp) && zmtp_hello(zmtp, &keys) &&
        zmtp_initiate(zmtp, &keys, (struct bytes){0}) &&
        zmtp_send(zmtp, bytes_of(hello, siege_hello(siege, hello)), false))
        put_huge(siege, zmtp);
}

void attack_lengths_later(struct siege *siege)
{
    again(siege, length_later);
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
