#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "tests/e2e/siege.h"

/* Attacks of a site whose key is good, over ZeroMQ: whatever it says is wrong. */

enum { ANSWER_MS = 200, REFUSED_PAUSE_MS = 100 };

static void let_go(struct siege *siege)
{
    dealer_close(siege->peer.dealer);
    siege->peer.dealer = NULL;
}

/* A connection, and a session over it when `greet` says so. */
static bool come_in(struct siege *siege, bool greet)
{
    struct peer *peer = &siege->peer;
    struct msg answer;

    if (peer->dealer != NULL && !peer_lost(peer))
        return true;
    siege->ended += peer->dealer != NULL;
    let_go(siege);
    if (peer_connect(peer, NULL) != DEALER_READY ||
        (greet && !peer_hello(peer, peer->site, &answer))) {
        siege->refused++;
        let_go(siege);
        siege_pause(REFUSED_PAUSE_MS);
        return false;
    }
    return true;
}

static void say(struct siege *siege, struct bytes frame)
{
    struct bytes answer;

    peer_send(&siege->peer, frame);
    siege->sent++;
    siege->bytes += frame.len;
    /* Who does not read hears nothing of the end either. */
    while (dealer_receive(siege->peer.dealer, &answer) == ERR_OK)
        ;
}

/* ---- MessagePack ---- */

/* Deep, wide, or both, and never what it declares. */
static size_t make_bomb(struct siege *siege, uint8_t *out, size_t capacity)
{
    static const uint8_t heads[] = {0xDD, 0xDF, 0xDB, 0xC6, 0xC9, 0xDC, 0xDE};
    size_t len = 0;
    uint64_t shape = siege_random(siege) % 4;

    out[len++] = MSG_FRAME_VERSION;
    if (shape == 0) { /* arrays in arrays */
        memset(out + len, 0x91, capacity - len);
        return capacity;
    }
    if (shape == 1) { /* as many small things as fit */
        out[len++] = 0xDD;
        put_u32(out + len, (uint32_t)(capacity - len - 4));
        memset(out + len + 4, 0xC0, capacity - len - 4);
        return capacity;
    }
    if (shape == 2) { /* a known message, and then it */
        out[len++] = 0x93;
        out[len++] = (uint8_t)(siege_random(siege) % 22);
        out[len++] = 0x01;
    }
    while (len + 5 < capacity && len < 200) {
        out[len] = heads[siege_random(siege) % sizeof(heads)];
        put_u32(out + len + 1, (uint32_t)siege_random(siege) | 0x80000000u);
        len += 5;
    }
    return len;
}

void attack_bombs(struct siege *siege)
{
    static uint8_t bomb[FRAME_BYTES_MAX];

    while (siege_goes_on(siege)) {
        if (come_in(siege, true))
            say(siege,
                bytes_of(bomb, make_bomb(siege, bomb,
                                         siege_random(siege) % 8 == 0 ? sizeof(bomb) : 512)));
    }
}

/* ---- batches ---- */

enum { FORGED_FOREIGN, FORGED_SEAL, FORGED_SESSION, FORGED_GAP, FORGED_FORK, FORGED_AGAIN, FORGED };

static void send_forged(struct siege *siege, uint64_t what)
{
    struct peer *peer = &siege->peer;
    struct peer before = *peer;
    struct msg answer;
    uint64_t session = peer->session;

    if (what == FORGED_GAP)
        peer->seq += 7;
    if (what == FORGED_FORK)
        peer->head[0] ^= 1;
    if (what == FORGED_SESSION)
        session++;
    struct forgery forgery = forgery_of(peer, entry_complaint(peer, 0));
    if (what == FORGED_FOREIGN)
        forgery.origin = (struct origin){.site = siege->other, .epoch = 1};
    for (int i = what == FORGED_AGAIN ? 20 : 1; i > 0 && !peer_lost(peer); i--) {
        forgery_send(peer, &forgery, what != FORGED_SEAL, session);
        siege->sent++;
    }
    peer->seq = before.seq;
    memcpy(peer->head, before.head, sizeof(peer->head));
    if (peer_hear(peer, ANSWER_MS, &answer) && answer.type == MSG_ACK &&
        answer.ack.code == ERR_OK && what == FORGED_AGAIN)
        forgery_keep(peer, &forgery);
    mp_buf_deinit(&forgery.entry);
    if (what < FORGED_SESSION || what == FORGED_FORK) /* the session is over */
        let_go(siege);
}

void attack_forgeries(struct siege *siege)
{
    for (uint64_t i = 0; siege_goes_on(siege); i++) {
        if (come_in(siege, true))
            send_forged(siege, i % FORGED);
    }
}

/* ---- anything ---- */

void attack_garbage(struct siege *siege)
{
    static uint8_t bytes[16 * 1024];

    while (siege_goes_on(siege)) {
        if (!come_in(siege, siege_random(siege) % 2 == 0))
            continue;
        size_t len = siege_random(siege) % sizeof(bytes);
        siege_fill(siege, bytes, len);
        if (siege_random(siege) % 2 == 0) { /* so that more than the first byte is read */
            bytes[0] = MSG_FRAME_VERSION;
            bytes[1] = (uint8_t)(0x90 + siege_random(siege) % 16);
            bytes[2] = (uint8_t)(siege_random(siege) % 24);
        }
        say(siege, bytes_of(bytes, len));
    }
}

/* Messages of two parts, whole ones. */
void attack_multipart(struct siege *siege)
{
    while (siege_goes_on(siege)) {
        if (!come_in(siege, true))
            continue;
        void *socket = dealer_socket(siege->peer.dealer);
        if (zmq_send(socket, "one", 3, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
            struct bytes answer;
            while (dealer_receive(siege->peer.dealer, &answer) == ERR_OK)
                ;
            siege_pause(1);
            continue;
        }
        (void)zmq_send(socket, "two", 3, 0);
        siege->sent++;
    }
}
