#include <criterion/criterion.h>
#include <sodium.h>

#include "node/node.h"
#include "proto/sync/msg.h"

/* The node's engine with a link that only takes notes. */

struct line {
    uint32_t opened, closed, sent;
    enum err open_code, send_code;
    struct msg last; /* its numbers; texts are gone */
};

static enum err link_open(void *context, const struct membership *membership)
{
    struct line *line = context;
    cr_assert(membership->joined);
    line->opened++;
    return line->open_code;
}

static void link_close(void *context)
{
    ((struct line *)context)->closed++;
}

static enum err link_send(void *context, struct bytes frame)
{
    struct line *line = context;
    if (line->send_code != ERR_OK)
        return line->send_code;
    cr_assert_eq(msg_decode(frame, &line->last), ERR_OK);
    line->sent++;
    return ERR_OK;
}

static void fixed_random(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0x5a, len);
}

struct bench {
    struct line line;
    struct store *store;
    struct blobs *blobs;
    struct ledger *ledger;
    struct node *node;
    struct times now;
    uint64_t wake_ms;
};

enum { SITE = 1 };

static void set_up(struct bench *bench, bool joined)
{
    struct err_info info = {.text = ""};
    uint8_t seed[32] = {1}, sign_public[32];
    struct node_setup setup = {.config = {.software = "test"}};
    cr_assert_geq(sodium_init(), 0);
    crypto_sign_seed_keypair(sign_public, setup.config.sign_secret, seed);
    *bench = (struct bench){.now = {.mono_ms = 1000, .unix_ms = 1700000000000}};
    cr_assert_eq(store_open_mem(&bench->store), ERR_OK);
    cr_assert_eq(blobs_open_mem(&bench->blobs), ERR_OK);
    uint64_t site = site_id_from_random((const uint8_t[8]){SITE});
    cr_assert_eq(ledger_init(bench->store, LEDGER_NODE, site, &info), ERR_OK);
    struct ledger_options options = {.role = LEDGER_NODE};
    cr_assert_eq(
        ledger_open(bench->store, &options, setup.config.sign_secret, &bench->ledger, &info),
        ERR_OK);
    if (joined) {
        struct membership membership = {.joined = true, .broker_site = site ^ 1};
        struct store_txn *txn;
        cr_assert_eq(store_begin(bench->store, STORE_WRITE, &txn, &info), ERR_OK);
        cr_assert_eq(membership_put(txn, &membership), ERR_OK);
        cr_assert_eq(store_commit(txn, &info), STORE_DURABLE);
    }
    setup.ledger = bench->ledger;
    setup.blobs = bench->blobs;
    setup.hooks = (struct node_hooks){.context = &bench->line,
                                      .link_open = link_open,
                                      .link_close = link_close,
                                      .link_send = link_send,
                                      .random = fixed_random};
    cr_assert_eq(node_new(&setup, bench->now, &bench->node, &info), ERR_OK, "%s", info.text);
}

static void tear_down(struct bench *bench)
{
    node_free(bench->node);
    ledger_close(bench->ledger);
    blobs_close(bench->blobs);
    store_close(bench->store);
}

static void tick(struct bench *bench, uint64_t ms)
{
    bench->now.mono_ms += ms;
    bench->now.unix_ms += ms;
    cr_assert_eq(node_tick(bench->node, bench->now, &bench->wake_ms), ERR_OK);
}

static struct node_status status_of(struct bench *bench)
{
    struct node_status status;
    node_status(bench->node, &status);
    return status;
}

Test(node_engine, who_has_not_joined_connects_to_nobody)
{
    struct bench bench;
    set_up(&bench, false);
    tick(&bench, 0);
    tick(&bench, 100000);
    node_sync_now(bench.node, bench.now);
    cr_expect_eq(bench.line.opened, 0);
    cr_expect_eq(bench.wake_ms, WAKE_NEVER);
    cr_expect(!status_of(&bench).joined);
    tear_down(&bench);
}

Test(node_engine, a_node_connects_greets_and_gives_up_when_nobody_answers)
{
    struct bench bench;
    set_up(&bench, true);
    tick(&bench, 0);
    cr_expect_eq(bench.line.opened, 1);
    node_on_link_ready(bench.node, bench.now);
    cr_expect_eq(bench.line.sent, 1);
    cr_expect_eq(bench.line.last.type, MSG_HELLO);
    cr_expect_eq(bench.line.last.hello.epoch, 1);
    cr_expect_str_eq(status_of(&bench).phase, "greeting");
    cr_expect_leq(bench.wake_ms, bench.now.mono_ms + HELLO_MS_MAX);
    tick(&bench, HELLO_MS_MAX);
    struct node_status status = status_of(&bench);
    cr_expect_str_eq(status.phase, "closed");
    cr_expect_eq(status.last_error, ERR_TIMEOUT);
    cr_expect_neq(status.retry_at_ms, 0);
    cr_expect_eq(bench.line.closed, 1);
    tear_down(&bench);
}

Test(node_engine, a_link_that_cannot_open_is_tried_again_later)
{
    struct bench bench;
    set_up(&bench, true);
    bench.line.open_code = ERR_UNREACHABLE;
    for (uint32_t i = 0; i < 400; i++)
        tick(&bench, 1000);
    cr_expect_gt(bench.line.opened, 3);
    cr_expect_lt(bench.line.opened, 40, "it backs off: %u", bench.line.opened);
    bench.line.open_code = ERR_OK;
    uint32_t before = bench.line.opened;
    node_sync_now(bench.node, bench.now);
    cr_expect_eq(bench.line.opened, before + 1, "at once when asked");
    tear_down(&bench);
}

Test(node_engine, a_full_link_keeps_the_greeting)
{
    struct bench bench;
    set_up(&bench, true);
    tick(&bench, 0);
    bench.line.send_code = ERR_BUSY;
    node_on_link_ready(bench.node, bench.now);
    tick(&bench, 10);
    cr_expect_eq(bench.line.sent, 0);
    cr_expect_leq(bench.wake_ms, bench.now.mono_ms + 50, "it looks again soon");
    bench.line.send_code = ERR_OK;
    tick(&bench, 50);
    cr_expect_eq(bench.line.sent, 1);
    cr_expect_eq(bench.line.last.type, MSG_HELLO);
    tear_down(&bench);
}

static void give(struct bench *bench, const struct msg *msg)
{
    struct mp_buf frame;
    mp_buf_init(&frame, FRAME_BYTES_MAX);
    msg_encode(&frame, msg);
    node_on_frame(bench->node, mp_buf_bytes(&frame), bench->now);
    mp_buf_deinit(&frame);
}

Test(node_engine, a_frame_that_cannot_be_read_ends_the_session_and_is_counted)
{
    struct bench bench;
    set_up(&bench, true);
    tick(&bench, 0);
    node_on_link_ready(bench.node, bench.now);
    node_on_frame(bench.node, bytes_of("\x01\x93\x04", 3), bench.now);
    cr_expect_eq(status_of(&bench).bad_frames, 1);
    cr_expect_str_eq(status_of(&bench).phase, "closed");
    tear_down(&bench);
}

Test(node_engine, a_message_of_the_future_is_counted_and_passed_over)
{
    struct bench bench;
    set_up(&bench, true);
    tick(&bench, 0);
    node_on_link_ready(bench.node, bench.now);
    node_on_frame(bench.node, bytes_of("\x01\x91\x63", 3), bench.now);
    cr_expect_eq(status_of(&bench).unknown_messages, 1);
    cr_expect_str_eq(status_of(&bench).phase, "greeting");
    tear_down(&bench);
}

Test(node_engine, a_stranger_for_a_broker_is_not_believed)
{
    struct bench bench;
    set_up(&bench, true);
    tick(&bench, 0);
    node_on_link_ready(bench.node, bench.now);
    struct msg msg = {.type = MSG_WELCOME};
    msg.welcome = (struct msg_welcome){.session = 5,
                                       .mode = WELCOME_RESUME,
                                       .epoch = 1,
                                       .broker_site = 12345,
                                       .credit_bytes = CREDIT_START_BYTES};
    give(&bench, &msg);
    cr_expect_str_eq(status_of(&bench).phase, "closed");
    tear_down(&bench);
}

Test(node_engine, an_unknown_commit_stops_it_for_good)
{
    struct bench bench;
    set_up(&bench, true);
    tick(&bench, 0);
    node_on_link_ready(bench.node, bench.now);
    struct msg msg = {.type = MSG_WELCOME};
    msg.welcome = (struct msg_welcome){.session = 5,
                                       .mode = WELCOME_RESUME,
                                       .epoch = 1,
                                       .broker_site = ledger_identity(bench.ledger).site ^ 1,
                                       .credit_bytes = CREDIT_START_BYTES};
    struct origin origin = {ledger_identity(bench.ledger).site, 1};
    chain_start(origin, msg.welcome.head);
    store_mem_fail_commits(bench.store, 1, STORE_UNKNOWN, true);
    uint32_t sent = bench.line.sent;
    give(&bench, &msg);
    cr_expect_eq(node_tick(bench.node, bench.now, &bench.wake_ms), ERR_UNKNOWN_OUTCOME);
    cr_expect_eq(bench.line.sent, sent, "nothing goes out on a token that may not be saved");
    tear_down(&bench);
}
