#include <criterion/criterion.h>

#include "proto/sync/node_core.h"

/* The node's core, one step a row. */

#define STEADY_HEARD(ms) \
    .phase = NODE_STEADY, .joined = true, .session = 5, .epoch = 1, .heard_ms = (ms), \
    .spoke_ms = 1000, .progress_ms = 1000
#define STEADY   STEADY_HEARD(1000)
#define GREETING .phase = NODE_GREETING, .joined = true, .wake_ms = 11000
enum { FULL_CREDIT = CREDIT_START_BYTES, EFFECTS = 4 };

static const struct {
    const char *name;
    struct node_core before;
    struct node_event event;
    enum node_phase phase;
    uint32_t effect_count;
    enum node_effect_type effects[EFFECTS];
} rows[] = {
    {"who has not joined stays closed",
     {.phase = NODE_CLOSED},
     {.type = NODE_TICK, .now_ms = 9},
     NODE_CLOSED,
     0,
     {0}},
    {"the back-off ends in a connection",
     {.joined = true, .wake_ms = 5},
     {.type = NODE_TICK, .now_ms = 5},
     NODE_OPENING,
     1,
     {NODE_OPEN_LINK}},
    {"and not before",
     {.joined = true, .wake_ms = 5},
     {.type = NODE_TICK, .now_ms = 4},
     NODE_CLOSED,
     0,
     {0}},
    {"sync now cuts it short",
     {.joined = true, .wake_ms = 500000},
     {.type = NODE_SYNC_NOW, .now_ms = 4},
     NODE_OPENING,
     1,
     {NODE_OPEN_LINK}},
    {"a writable link is greeted",
     {.phase = NODE_OPENING, .joined = true},
     {.type = NODE_LINK_READY},
     NODE_GREETING,
     1,
     {NODE_SEND_HELLO}},
    {"no WELCOME in time",
     {GREETING},
     {.type = NODE_TICK, .now_ms = 11000},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"a WELCOME is saved before the first frame under it",
     {GREETING},
     {.type = NODE_GOT_WELCOME,
      .mode = WELCOME_RESUME,
      .session = 5,
      .epoch = 1,
      .own_epoch = 1,
      .credit_bytes = FULL_CREDIT},
     NODE_STEADY,
     3,
     {NODE_SAVE_WELCOME, NODE_SEND_PING, NODE_REPORT}},
    {"what waits is sent after it",
     {GREETING},
     {.type = NODE_GOT_WELCOME,
      .mode = WELCOME_RESUME,
      .session = 5,
      .epoch = 1,
      .own_epoch = 1,
      .own_seq = 3,
      .credit_bytes = FULL_CREDIT},
     NODE_STEADY,
     4,
     {NODE_SAVE_WELCOME, NODE_SEND_PING, NODE_REPORT, NODE_SEND_TXNS}},
    {"a WELCOME nobody waits for is nothing",
     {STEADY},
     {.type = NODE_GOT_WELCOME, .mode = WELCOME_RESUME},
     NODE_STEADY,
     0,
     {0}},
    {"a broker that has more is asked for it",
     {GREETING},
     {.type = NODE_GOT_WELCOME,
      .mode = WELCOME_RECOVER,
      .session = 5,
      .epoch = 1,
      .own_epoch = 1,
      .seq = 9,
      .own_seq = 3,
      .chain = CHAIN_BEYOND},
     NODE_RECOVER,
     4,
     {NODE_SAVE_WELCOME, NODE_SEND_PING, NODE_REPORT, NODE_ASK_OWN}},
    {"a broker that says resume beyond our log contradicts itself",
     {GREETING},
     {.type = NODE_GOT_WELCOME,
      .mode = WELCOME_RESUME,
      .session = 5,
      .epoch = 1,
      .seq = 9,
      .own_seq = 3,
      .chain = CHAIN_BEYOND},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"another history at the broker: ask for another epoch",
     {GREETING},
     {.type = NODE_GOT_WELCOME,
      .mode = WELCOME_RESUME,
      .session = 5,
      .epoch = 1,
      .seq = 2,
      .own_seq = 3,
      .chain = CHAIN_DIFFERS},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"a new epoch must be newer",
     {GREETING},
     {.type = NODE_GOT_WELCOME,
      .mode = WELCOME_NEW_EPOCH,
      .session = 5,
      .epoch = 2,
      .own_epoch = 2},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"a change of epoch that was cut off is taken up again",
     {GREETING},
     {.type = NODE_GOT_WELCOME,
      .mode = WELCOME_RESUME,
      .session = 5,
      .epoch = 2,
      .own_epoch = 2,
      .moving = true},
     NODE_RECOVER,
     4,
     {NODE_SAVE_WELCOME, NODE_SEND_PING, NODE_REPORT, NODE_ASK_OWN}},
    {"a change here is sent at once",
     {STEADY, .credit_bytes = FULL_CREDIT},
     {.type = NODE_WROTE, .own_seq = 1},
     NODE_STEADY,
     1,
     {NODE_SEND_TXNS}},
    {"not without credit",
     {STEADY, .credit_bytes = TXNS_CREDIT_MIN_BYTES - 1},
     {.type = NODE_WROTE, .own_seq = 1},
     NODE_STEADY,
     0,
     {0}},
    {"not with eight under way",
     {STEADY, .credit_bytes = FULL_CREDIT, .own_seq = 9, .sent_seq = 8,
      .unacked_count = UNACKED_FRAMES_MAX},
     {.type = NODE_TICK, .now_ms = 1001},
     NODE_STEADY,
     0,
     {0}},
    {"not while the broker is busy",
     {STEADY, .credit_bytes = FULL_CREDIT, .pause_ms = 5000},
     {.type = NODE_WROTE, .own_seq = 1},
     NODE_STEADY,
     0,
     {0}},
    {"an ACK is saved",
     {STEADY, .own_seq = 3, .sent_seq = 3, .unacked_count = 1, .unacked_last = {3}},
     {.type = NODE_GOT_ACK, .session = 5, .epoch = 1, .seq = 3},
     NODE_STEADY,
     1,
     {NODE_SAVE_ACK}},
    {"an ACK of another session is nothing",
     {STEADY, .own_seq = 3, .sent_seq = 3},
     {.type = NODE_GOT_ACK, .session = 6, .epoch = 1, .seq = 3},
     NODE_STEADY,
     0,
     {0}},
    {"an ACK that was overtaken gives only its credit",
     {STEADY, .own_seq = 3, .sent_seq = 3, .acked_seq = 3},
     {.type = NODE_GOT_ACK, .session = 5, .epoch = 1, .seq = 2, .credit_bytes = 5, .code = ERR_GAP},
     NODE_STEADY,
     0,
     {0}},
    {"an ACK with another head is a fork",
     {STEADY, .own_seq = 3, .sent_seq = 3},
     {.type = NODE_GOT_ACK, .session = 5, .epoch = 1, .seq = 3, .chain = CHAIN_DIFFERS},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"an ACK with a code sends again from where it says",
     {STEADY, .own_seq = 9, .sent_seq = 9, .acked_seq = 3, .unacked_count = 2,
      .unacked_last = {6, 9}, .credit_bytes = FULL_CREDIT},
     {.type = NODE_GOT_ACK, .session = 5, .epoch = 1, .seq = 3, .code = ERR_GAP},
     NODE_STEADY,
     1,
     {NODE_SEND_TXNS}},
    {"no ACK for a minute closes",
     {STEADY_HEARD(60999), .own_seq = 3, .sent_seq = 3, .unacked_count = 1, .unacked_last = {3}},
     {.type = NODE_TICK, .now_ms = 61000},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"a silent broker is left",
     {STEADY},
     {.type = NODE_TICK, .now_ms = 61000},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"after twenty idle seconds a PING",
     {STEADY},
     {.type = NODE_TICK, .now_ms = 21000},
     NODE_STEADY,
     1,
     {NODE_SEND_PING}},
    {"credit that never comes back ends the session",
     {STEADY_HEARD(60999), .own_seq = 3, .credit_bytes = 5},
     {.type = NODE_TICK, .now_ms = 61000},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"a save that fails ends the session",
     {STEADY},
     {.type = NODE_SAVE_FAILED, .code = ERR_FULL},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"own operations that do not fit ask for another epoch",
     {.phase = NODE_RECOVER, .joined = true},
     {.type = NODE_OWN_TAKEN, .code = ERR_FORK},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"a broker that gave less than it claimed is left",
     {.phase = NODE_RECOVER, .joined = true, .acked_seq = 9, .sent_seq = 9},
     {.type = NODE_OWN_TAKEN, .done = true, .own_seq = 8},
     NODE_CLOSED,
     2,
     {NODE_CLOSE_LINK, NODE_REPORT}},
    {"a feed is taken",
     {STEADY},
     {.type = NODE_GOT_FEED, .session = 5},
     NODE_STEADY,
     1,
     {NODE_TAKE_FEED}},
    {"not one of another session",
     {STEADY},
     {.type = NODE_GOT_FEED, .session = 4},
     NODE_STEADY,
     0,
     {0}},
};

Test(node_core, rows)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct node_result got;
        node_core_step(&rows[i].before, &rows[i].event, &got);
        cr_expect_eq(got.state.phase, rows[i].phase, "%s: phase %d", rows[i].name,
                     (int)got.state.phase);
        cr_expect_eq(got.effect_count, rows[i].effect_count, "%s: %u effects", rows[i].name,
                     got.effect_count);
        for (uint32_t e = 0; e < rows[i].effect_count && e < got.effect_count; e++)
            cr_expect_eq(got.effects[e].type, rows[i].effects[e], "%s: effect %u", rows[i].name, e);
    }
}

Test(node_core, a_fork_asks_for_an_epoch_until_a_welcome_comes)
{
    struct node_core core = {STEADY, .own_seq = 3, .sent_seq = 3};
    struct node_event ack = {
        .type = NODE_GOT_ACK, .session = 5, .epoch = 1, .seq = 3, .chain = CHAIN_DIFFERS};
    struct node_result got;
    node_core_step(&core, &ack, &got);
    cr_expect(got.state.want_epoch);
    core = got.state;
    core.phase = NODE_GREETING;
    struct node_event welcome = {.type = NODE_GOT_WELCOME,
                                 .mode = WELCOME_NEW_EPOCH,
                                 .session = 6,
                                 .epoch = 2,
                                 .own_epoch = 1};
    node_core_step(&core, &welcome, &got);
    cr_expect(!got.state.want_epoch);
    cr_expect_eq(got.state.phase, NODE_RECOVER);
}

Test(node_core, waits_grow_are_jittered_and_bounded)
{
    for (uint32_t attempts = 0; attempts < 40; attempts++) {
        struct node_core core = {.phase = NODE_OPENING, .joined = true, .attempts = attempts};
        struct node_event event = {
            .type = NODE_LINK_LOST, .code = ERR_UNREACHABLE, .now_ms = 7, .random = UINT32_MAX};
        struct node_result got;
        node_core_step(&core, &event, &got);
        cr_expect_leq(got.state.wake_ms, 7 + BACKOFF_MS_MAX, "attempt %u", attempts);
        event.random = 0;
        node_core_step(&core, &event, &got);
        cr_expect_eq(got.state.wake_ms, 8, "attempt %u: anywhere from at once", attempts);
    }
    struct node_core core = {GREETING};
    struct node_event reject = {.type = NODE_GOT_REJECT, .code = ERR_REVOKED, .retry_ms = 0};
    struct node_result got;
    node_core_step(&core, &reject, &got);
    cr_expect_geq(got.state.wake_ms, REFUSED_MS_MIN);
    reject.retry_ms = UINT32_MAX;
    node_core_step(&core, &reject, &got);
    cr_expect_leq(got.state.wake_ms, REFUSED_MS_MAX);
}
