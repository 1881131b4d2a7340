#include "tests/e2e/peer.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "lib/ledger/identity.h"
#include "lib/sys/clock.h"
#include "lib/sys/files.h"

enum {
    CONNECT_MS = 20 * 1000,
    ANSWER_MS = 15 * 1000,
    POLL_MS = 50,
    STATE_BYTES = MSG_TOKEN_BYTES + 4 + 8 + HASH_BYTES
};

static const size_t store_size_bytes = (size_t)1 << 30;

void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)fputs("hostile: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void read_store(struct peer *peer)
{
    char path[PATH_BYTES_MAX];
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    struct err_info info = {0};
    struct identity self;
    enum ledger_role role;

    if (path_join(peer->dir, "store", path, &info) != ERR_OK ||
        store_open_lmdb(path, store_size_bytes, &store, &info) != ERR_OK ||
        store_begin(store, STORE_READ, &txn, &info) != ERR_OK)
        die("%s", info.text);
    if (identity_read(txn, &role, &self) != ERR_OK ||
        membership_get(txn, &peer->membership) != ERR_OK)
        die("'%s' has no identity", peer->dir);
    store_abort(txn);
    store_close(store);
    if (!peer->membership.joined)
        die("'%s' has not joined", peer->dir);
    peer->site = self.site;
    peer->origin = (struct origin){.site = self.site, .epoch = self.epoch};
}

static void read_state(struct peer *peer)
{
    char path[PATH_BYTES_MAX];
    uint8_t *state = NULL;
    size_t len = 0;
    struct err_info info = {0};

    chain_start(peer->origin, peer->head);
    if (path_join(peer->dir, "peer.state", path, &info) != ERR_OK || !file_exists(path))
        return;
    if (file_read(path, STATE_BYTES, &state, &len, &info) != ERR_OK || len != STATE_BYTES)
        die("%s: %s", path, info.text);
    memcpy(peer->token, state, MSG_TOKEN_BYTES);
    peer->origin.epoch = get_u32(state + MSG_TOKEN_BYTES);
    peer->seq = get_u64(state + MSG_TOKEN_BYTES + 4);
    memcpy(peer->head, state + MSG_TOKEN_BYTES + 12, HASH_BYTES);
    free(state);
}

void peer_load(struct peer *peer, const char *dir)
{
    struct err_info info = {0};

    *peer = (struct peer){.dir = dir};
    if (sodium_init() < 0 || keys_load(dir, &peer->keys, &info) != ERR_OK)
        die("%s", info.text);
    read_store(peer);
    read_state(peer);
}

void peer_save(const struct peer *peer)
{
    char path[PATH_BYTES_MAX];
    uint8_t state[STATE_BYTES];
    struct err_info info = {0};

    memcpy(state, peer->token, MSG_TOKEN_BYTES);
    put_u32(state + MSG_TOKEN_BYTES, peer->origin.epoch);
    put_u64(state + MSG_TOKEN_BYTES + 4, peer->seq);
    memcpy(state + MSG_TOKEN_BYTES + 12, peer->head, HASH_BYTES);
    if (path_join(peer->dir, "peer.state", path, &info) != ERR_OK ||
        file_write_atomic(path, bytes_of(state, sizeof(state)), 0600, &info) != ERR_OK)
        die("%s", info.text);
}

enum dealer_state peer_connect(struct peer *peer, const uint8_t *secret)
{
    uint8_t public[KEYS_PUBLIC_BYTES];
    struct err_info info = {0};
    uint64_t until_ms = clock_mono_ms() + CONNECT_MS;
    enum dealer_state state = DEALER_CONNECTING;

    if (secret == NULL)
        secret = peer->keys.transport_secret;
    (void)crypto_scalarmult_base(public, secret);
    if (peer->context == NULL)
        peer->context = zmq_ctx_new();
    if (dealer_open(peer->context,
                    &(struct dealer_config){.address = peer->membership.address,
                                            .broker_public = peer->membership.broker_transport,
                                            .transport_public = public,
                                            .transport_secret = secret},
                    &peer->dealer, &info) != ERR_OK)
        die("%s", info.text);
    while (state == DEALER_CONNECTING && clock_mono_ms() < until_ms) {
        zmq_pollitem_t item = {.socket = dealer_monitor(peer->dealer), .events = ZMQ_POLLIN};
        (void)zmq_poll(&item, 1, POLL_MS);
        state = dealer_update(peer->dealer);
    }
    return state;
}

void peer_close(struct peer *peer)
{
    dealer_close(peer->dealer);
    peer->dealer = NULL;
    if (peer->context != NULL)
        (void)zmq_ctx_term(peer->context);
    peer->context = NULL;
}

void peer_send(struct peer *peer, struct bytes frame)
{
    uint64_t until_ms = clock_mono_ms() + ANSWER_MS;
    enum err err = dealer_send(peer->dealer, frame);

    while (err == ERR_BUSY && clock_mono_ms() < until_ms && !peer_lost(peer)) {
        (void)zmq_poll(NULL, 0, POLL_MS);
        err = dealer_send(peer->dealer, frame);
    }
    if (err != ERR_OK && !peer_lost(peer))
        die("send: %s", err_text(err));
}

void peer_say(struct peer *peer, const struct msg *msg)
{
    struct mp_buf frame;

    mp_buf_init(&frame, FRAME_BYTES_MAX);
    msg_encode(&frame, msg);
    if (mp_buf_err(&frame) != ERR_OK)
        die("out of memory");
    peer_send(peer, mp_buf_bytes(&frame));
    mp_buf_deinit(&frame);
}

/* The next message of any type. */
static bool hear_any(struct peer *peer, uint64_t until_ms, struct msg *msg_out)
{
    struct bytes frame;

    while (clock_mono_ms() < until_ms) {
        zmq_pollitem_t items[] = {{.socket = dealer_socket(peer->dealer), .events = ZMQ_POLLIN},
                                  {.socket = dealer_monitor(peer->dealer), .events = ZMQ_POLLIN}};
        (void)zmq_poll(items, 2, POLL_MS);
        enum dealer_state state = dealer_update(peer->dealer);
        if (dealer_receive(peer->dealer, &frame) == ERR_OK) {
            if (msg_decode(frame, msg_out) != ERR_OK)
                die("the broker sent a frame that cannot be read");
            return true;
        }
        if (state != DEALER_READY)
            return false;
    }
    return false;
}

bool peer_hear(struct peer *peer, uint32_t wait_ms, struct msg *msg_out)
{
    uint64_t until_ms = clock_mono_ms() + wait_ms;

    while (hear_any(peer, until_ms, msg_out)) {
        if (msg_out->type != MSG_PING && msg_out->type != MSG_PONG && msg_out->type != MSG_FEED)
            return true;
    }
    return false;
}

bool peer_lost(struct peer *peer)
{
    return dealer_update(peer->dealer) != DEALER_READY;
}

bool peer_ping(struct peer *peer)
{
    uint64_t until_ms = clock_mono_ms() + ANSWER_MS;
    struct msg msg = {.type = MSG_PING,
                      .ping = {.nonce = peer->session, .unix_ms = clock_unix_ms()}};

    peer_say(peer, &msg);
    while (hear_any(peer, until_ms, &msg)) {
        if (msg.type == MSG_PONG && msg.pong.nonce == peer->session)
            return true;
    }
    return false;
}

bool peer_hello(struct peer *peer, uint64_t site, struct msg *answer_out)
{
    struct msg hello = {.type = MSG_HELLO,
                        .hello = {.proto_min = PROTOCOL_MIN,
                                  .proto_max = PROTOCOL_NOW,
                                  .software = bytes_of_text("peer"),
                                  .site = site,
                                  .epoch = peer->origin.epoch,
                                  .seq = peer->seq,
                                  .acked_seq = peer->seq,
                                  .unix_ms = clock_unix_ms()}};

    memcpy(hello.hello.token, peer->token, MSG_TOKEN_BYTES);
    memcpy(hello.hello.head, peer->head, HASH_BYTES);
    peer_say(peer, &hello);
    if (!peer_hear(peer, ANSWER_MS, answer_out) || answer_out->type != MSG_WELCOME)
        return false;
    memcpy(peer->token, answer_out->welcome.token, MSG_TOKEN_BYTES);
    peer->session = answer_out->welcome.session;
    if (answer_out->welcome.mode == WELCOME_NEW_EPOCH) {
        peer->origin.epoch = answer_out->welcome.epoch;
        peer->seq = 0;
        chain_start(peer->origin, peer->head);
    }
    peer_save(peer);
    return true;
}
