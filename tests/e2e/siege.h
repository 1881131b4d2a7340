#pragma once

#include "tests/e2e/peer.h"
#include "tests/e2e/zmtp.h"

/* What an attack works with, and what it counts. */
struct siege {
    struct peer peer; /* an admitted site's keys */
    uint16_t port;
    uint64_t until_ms; /* steady */
    uint32_t count;    /* connections, where the attack holds many */
    uint64_t other;    /* another site's number */
    uint64_t random;   /* state of the generator, from the seed */
    uint64_t sent, ended, refused, bytes;
};

bool siege_goes_on(const struct siege *siege);
uint64_t siege_random(struct siege *siege);
void siege_fill(struct siege *siege, uint8_t *out, size_t len);
struct zmtp_keys siege_keys(const struct siege *siege);
/* A HELLO frame of the own site, in order, at `out` (MSG frames of up to 512 bytes); its length. */
size_t siege_hello(const struct siege *siege, uint8_t out[512]);
void siege_pause(uint32_t ms);

/* siege_raw.c: many connections at once. */
enum { SIEGE_CONNECT_MS = 2000, SIEGE_BEAT_MS = 100 };
struct siege_held {
    struct zmtp *all;
    uint32_t count;
};
/* As many as were asked for, each made by `make`. */
struct siege_held siege_hold(struct siege *siege,
                             bool (*make)(struct siege *siege, struct zmtp *zmtp));
/* Keep them until the time is up; which of them the broker ends is counted. A byte a second goes
 * over each while they `dribble`. */
void siege_wait_out(struct siege *siege, struct siege_held held, bool dribble);
/* The whole handshake. */
bool siege_admitted(struct siege *siege, struct zmtp *zmtp);

/* siege_raw.c: without a word of ZeroMQ's own */
void attack_silent(struct siege *siege);
void attack_slow(struct siege *siege);
void attack_half(struct siege *siege);
void attack_many(struct siege *siege);
void attack_noise(struct siege *siege);
void attack_lengths_before(struct siege *siege);
void attack_lengths_after(struct siege *siege);
void attack_lengths_later(struct siege *siege);
void attack_commands(struct siege *siege);
void attack_strangers(struct siege *siege);

/* siege_keyed.c: with an admitted key, by hand */
void attack_flood(struct siege *siege);
void attack_flood_unnamed(struct siege *siege);
void attack_flood_small(struct siege *siege);
void attack_crowd(struct siege *siege);
void attack_crowd_small(struct siege *siege);
void attack_identity(struct siege *siege);
void attack_twins(struct siege *siege);
void attack_half_open(struct siege *siege);
void attack_pings(struct siege *siege);

/* siege_site.c: an admitted site that keeps to ZeroMQ and to nothing else */
void attack_bombs(struct siege *siege);
void attack_forgeries(struct siege *siege);
void attack_garbage(struct siege *siege);
void attack_multipart(struct siege *siege);
