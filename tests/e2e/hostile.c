/* A site that misbehaves in one way a run, and says how the broker took it.
 *   hostile DIR ACTION [ARGUMENT]
 * One line a finding on standard output: "welcome", "refused", "reject SLUG", "ack N SLUG", "bye",
 * "pong", "silence", "lost". */
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "lib/link/token.h"
#include "lib/sys/clock.h"
#include "lib/sys/files.h"
#include "tests/e2e/peer.h"

enum { WAIT_MS = 15 * 1000, SHORT_MS = 1500, BEAT_MS = 100 };

static const size_t store_size_bytes = (size_t)1 << 30;

/* ---- actions ---- */

/* A key nobody knows. */
static void act_stranger(struct peer *peer, const char *argument)
{
    uint8_t secret[KEYS_SECRET_BYTES];

    (void)argument;
    for (size_t i = 0; i < sizeof(secret); i++)
        secret[i] = (uint8_t)(7 * i + 1);
    tell(state_text(peer_connect(peer, secret)));
}

static void act_hello(struct peer *peer, const char *argument)
{
    (void)argument;
    open_session(peer);
}

static void act_claim_site(struct peer *peer, const char *argument)
{
    connect_or_end(peer);
    (void)greet(peer, strtoull(argument, NULL, 16));
}

static void send_spoiled(struct peer *peer, struct forgery *forgery, bool sealed, uint64_t session)
{
    forgery_send(peer, forgery, sealed, session);
    if (tell_answer(peer, WAIT_MS))
        forgery_keep(peer, forgery);
    mp_buf_deinit(&forgery->entry);
}

static void act_claim_batch(struct peer *peer, const char *argument)
{
    open_session(peer);
    struct forgery forgery = forgery_of(peer, entry_complaint(peer, 0));
    forgery.origin = (struct origin){.site = strtoull(argument, NULL, 16), .epoch = 1};
    send_spoiled(peer, &forgery, true, peer->session);
}

static void act_valid(struct peer *peer, const char *argument)
{
    (void)argument;
    open_session(peer);
    struct forgery forgery = forgery_of(peer, entry_complaint(peer, 0));
    send_spoiled(peer, &forgery, true, peer->session);
}

static void act_rule(struct peer *peer, const char *argument)
{
    (void)argument;
    open_session(peer);
    struct forgery forgery = forgery_of(peer, entry_complaint(peer, -1));
    send_spoiled(peer, &forgery, true, peer->session);
}

static void act_newer(struct peer *peer, const char *argument)
{
    (void)argument;
    open_session(peer);
    struct forgery forgery = forgery_of(peer, entry_newer(peer));
    send_spoiled(peer, &forgery, true, peer->session);
}

static void act_foreign(struct peer *peer, const char *argument)
{
    open_session(peer);
    struct forgery forgery = forgery_of(peer, entry_change(peer, argument));
    send_spoiled(peer, &forgery, true, peer->session);
}

static void act_bad_seal(struct peer *peer, const char *argument)
{
    (void)argument;
    open_session(peer);
    struct forgery forgery = forgery_of(peer, entry_complaint(peer, 0));
    send_spoiled(peer, &forgery, false, peer->session);
}

/* The next number, after a history that is not the one the broker has. */
static void act_bad_chain(struct peer *peer, const char *argument)
{
    (void)argument;
    open_session(peer);
    peer->head[0] ^= 1;
    struct forgery forgery = forgery_of(peer, entry_complaint(peer, 0));
    send_spoiled(peer, &forgery, true, peer->session);
}

static void act_gap(struct peer *peer, const char *argument)
{
    (void)argument;
    open_session(peer);
    peer->seq += 5;
    struct forgery forgery = forgery_of(peer, entry_complaint(peer, 0));
    forgery_send(peer, &forgery, true, peer->session);
    (void)tell_answer(peer, WAIT_MS);
    mp_buf_deinit(&forgery.entry);
}

static void act_no_session(struct peer *peer, const char *argument)
{
    (void)argument;
    connect_or_end(peer);
    struct forgery forgery = forgery_of(peer, entry_complaint(peer, 0));
    forgery_send(peer, &forgery, true, 4711);
    (void)tell_answer(peer, SHORT_MS);
    mp_buf_deinit(&forgery.entry);
}

/* Five bytes that declare four thousand million items, in every form there is. */
static void act_bomb(struct peer *peer, const char *argument)
{
    static const uint8_t heads[] = {0xDD, 0xDF, 0xDB, 0xC6, 0xC9};

    (void)argument;
    open_session(peer);
    for (size_t i = 0; i < sizeof(heads); i++) {
        const uint8_t bomb[] = {MSG_FRAME_VERSION, heads[i], 0xFF, 0xFF, 0xFF, 0xFF};
        const uint8_t inside[] = {
            MSG_FRAME_VERSION, 0x93, MSG_TXNS, 0x01, heads[i], 0xFF, 0xFF, 0xFF, 0xFF};
        peer_send(peer, bytes_of(bomb, sizeof(bomb)));
        peer_send(peer, bytes_of(inside, sizeof(inside)));
    }
    (void)tell_answer(peer, SHORT_MS);
}

/* Two parts, where one is the rule: dropped whole, the connection goes on. */
static void act_multipart(struct peer *peer, const char *argument)
{
    void *socket = NULL;

    (void)argument;
    open_session(peer);
    socket = dealer_socket(peer->dealer);
    for (int i = 0; i < 3; i++) {
        (void)zmq_send(socket, "one", 3, ZMQ_SNDMORE);
        (void)zmq_send(socket, "two", 3, 0);
    }
    tell(peer_ping(peer) ? "pong" : "silence");
}

static void act_huge(struct peer *peer, const char *argument)
{
    uint8_t *frame = calloc(1, FRAME_BYTES_MAX + 1);

    (void)argument;
    open_session(peer);
    if (frame == NULL)
        die("out of memory");
    frame[0] = MSG_FRAME_VERSION;
    peer_send(peer, bytes_of(frame, FRAME_BYTES_MAX + 1));
    (void)tell_answer(peer, SHORT_MS);
    free(frame);
}

static void act_unknown(struct peer *peer, const char *argument)
{
    static const uint8_t later[] = {MSG_FRAME_VERSION, 0x92, 99, 0x01};

    (void)argument;
    open_session(peer);
    peer_send(peer, bytes_of(later, sizeof(later)));
    tell(peer_ping(peer) ? "pong" : "silence");
}

/* Another frame version. */
static void act_version(struct peer *peer, const char *argument)
{
    static const uint8_t later[] = {MSG_FRAME_VERSION + 8, 0x91, 0x01};

    (void)argument;
    open_session(peer);
    peer_send(peer, bytes_of(later, sizeof(later)));
    (void)tell_answer(peer, SHORT_MS);
}

/* Enrol again over a connection that is a site's, not an invitation's. */
static void act_join(struct peer *peer, const char *argument)
{
    struct msg msg = {
        .type = MSG_JOIN,
        .join = {.proto = PROTOCOL_NOW, .site = peer->site, .software = bytes_of_text("peer")}};

    (void)argument;
    open_session(peer);
    memcpy(msg.join.transport_public, peer->keys.transport_public, MSG_KEY_BYTES);
    memcpy(msg.join.sign_public, peer->keys.sign_public, SIGN_PUBLIC_BYTES);
    msg_join_prove(&msg.join, peer->keys.transport_public, peer->keys.sign_secret);
    peer_say(peer, &msg);
    (void)tell_answer(peer, SHORT_MS);
}

/* Write until the broker has enough of us; then one more over the same line, then over a new one.
 */
static void act_stay(struct peer *peer, const char *argument)
{
    struct msg msg = {0};

    (void)argument;
    open_session(peer);
    for (bool first = true;; first = false) {
        struct forgery forgery = forgery_of(peer, entry_complaint(peer, 0));
        forgery_send(peer, &forgery, true, peer->session);
        bool heard = peer_hear(peer, WAIT_MS, &msg);
        bool kept = heard && msg.type == MSG_ACK && msg.ack.code == ERR_OK;
        if (kept)
            forgery_keep(peer, &forgery);
        mp_buf_deinit(&forgery.entry);
        if (kept && first)
            tell("stored");
        if (!kept)
            break;
        (void)usleep(BEAT_MS * 1000);
    }
    if (msg.type == MSG_REJECT || !peer_lost(peer))
        tell_message(&msg);
    else
        tell("lost");
    (void)printf("stored up to %" PRIu64 "\n", peer->seq);
    struct forgery forgery = forgery_of(peer, entry_complaint(peer, 0));
    if (!peer_lost(peer)) {
        forgery_send(peer, &forgery, true, peer->session);
        (void)tell_answer(peer, SHORT_MS);
    }
    mp_buf_deinit(&forgery.entry);
    peer_close(peer);
    tell(state_text(peer_connect(peer, NULL)));
}

/* ---- without a connection ---- */

/* DIR is a stopped broker's: the invitation in the token is past its day. */
static int expire_invitation(const char *dir, const char *line)
{
    char path[PATH_BYTES_MAX];
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    struct err_info info = {0};
    struct token token;
    struct key_row row;
    uint8_t key[KEYS_PUBLIC_BYTES];

    if (token_parse(line, &token, &info) != ERR_OK ||
        path_join(dir, "store", path, &info) != ERR_OK ||
        store_open_lmdb(path, store_size_bytes, &store, &info) != ERR_OK ||
        store_begin(store, STORE_WRITE, &txn, &info) != ERR_OK)
        die("%s", info.text);
    (void)crypto_scalarmult_base(key, token.secret);
    if (roster_key(txn, key, &row) != ERR_OK)
        die("no such invitation");
    row.expires_ms = clock_unix_ms() - 1;
    if (roster_put_key(txn, key, &row) != ERR_OK || store_commit(txn, &info) != STORE_DURABLE)
        die("%s", info.text);
    store_close(store);
    return 0;
}

static int print_site(const char *dir)
{
    struct peer peer;

    peer_load(&peer, dir);
    (void)printf("%016" PRIx64 "\n", peer.site);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*act)(struct peer *peer, const char *argument);
    } actions[] = {
        {"stranger", act_stranger},
        {"hello", act_hello},
        {"claim-site", act_claim_site},
        {"valid", act_valid},
        {"claim-batch", act_claim_batch},
        {"rule", act_rule},
        {"newer", act_newer},
        {"foreign", act_foreign},
        {"bad-seal", act_bad_seal},
        {"bad-chain", act_bad_chain},
        {"gap", act_gap},
        {"no-session", act_no_session},
        {"bomb", act_bomb},
        {"multipart", act_multipart},
        {"huge", act_huge},
        {"unknown", act_unknown},
        {"version", act_version},
        {"join", act_join},
        {"stay", act_stay},
    };
    static struct peer peer;

    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 3)
        die("DIR ACTION [ARGUMENT]");
    if (strcmp(argv[2], "site") == 0)
        return print_site(argv[1]);
    if (strcmp(argv[2], "expire") == 0 && argc > 3)
        return expire_invitation(argv[1], argv[3]);
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(argv[2], actions[i].name) != 0)
            continue;
        peer_load(&peer, argv[1]);
        actions[i].act(&peer, argc > 3 ? argv[3] : "");
        peer_close(&peer);
        return 0;
    }
    die("no action '%s'", argv[2]);
}
