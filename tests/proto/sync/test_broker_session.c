#include <criterion/criterion.h>

#include "proto/sync/broker_session.h"

/* The broker's core, one step a row. */

#define OPEN_HEARD(ms) \
    .phase = SESSION_OPEN, .proven = true, .session = 5, .epoch = 1, .heard_ms = (ms)
#define OPEN OPEN_HEARD(1000)
enum { EFFECTS = 3 };

static const struct {
    const char *name;
    struct broker_session before;
    struct session_event event;
    enum session_phase phase;
    uint64_t stored_seq, queued_seq;
    uint32_t effect_count;
    enum session_effect_type effects[EFFECTS];
} rows[] = {
    {"a WELCOME goes out after its commit",
     {.phase = SESSION_GRANTING, .session = 5},
     {.type = SESSION_GRANTED},
     SESSION_OPEN,
     0,
     0,
     1,
     {SESSION_SEND_WELCOME}},
    {"frames before it are not of this session",
     {.phase = SESSION_GRANTING, .session = 5},
     {.type = SESSION_TXNS, .session = 5, .seq = 3, .bytes = 10},
     SESSION_GRANTING,
     0,
     0,
     0,
     {0}},
    {"the first frame that names the session proves the token",
     {.phase = SESSION_OPEN, .session = 5},
     {.type = SESSION_PING, .nonce = 5},
     SESSION_OPEN,
     0,
     0,
     2,
     {SESSION_PROVE, SESSION_SEND_PONG}},
    {"a PING of another session does not",
     {.phase = SESSION_OPEN, .session = 5},
     {.type = SESSION_PING, .nonce = 4},
     SESSION_OPEN,
     0,
     0,
     1,
     {SESSION_SEND_PONG}},
    {"the next batch is queued, not acknowledged",
     {OPEN},
     {.type = SESSION_TXNS, .session = 5, .seq = 3, .bytes = 10},
     SESSION_OPEN,
     0,
     3,
     1,
     {SESSION_QUEUE}},
    {"it is acknowledged when it is stored",
     {OPEN, .queued_seq = 3, .queued_bytes = 10},
     {.type = SESSION_STORED, .seq = 3, .bytes = 10},
     SESSION_OPEN,
     3,
     3,
     1,
     {SESSION_SEND_ACK}},
    {"a commit that failed is told, and the queue is as it was",
     {OPEN, .stored_seq = 2, .queued_seq = 9, .queued_bytes = 10},
     {.type = SESSION_NOT_STORED, .bytes = 10, .code = ERR_FULL},
     SESSION_OPEN,
     2,
     2,
     2,
     {SESSION_SEND_BUSY, SESSION_SEND_ACK}},
    {"a known batch is acknowledged again",
     {OPEN, .stored_seq = 3, .queued_seq = 3},
     {.type = SESSION_TXNS, .session = 5, .seq = 3, .bytes = 10, .verdict = TXNS_KNOWN},
     SESSION_OPEN,
     3,
     3,
     1,
     {SESSION_SEND_ACK}},
    {"a gap is answered with the position",
     {OPEN},
     {.type = SESSION_TXNS, .session = 5, .bytes = 10, .verdict = TXNS_OTHER},
     SESSION_OPEN,
     0,
     0,
     1,
     {SESSION_SEND_ACK}},
    {"another history is refused",
     {OPEN},
     {.type = SESSION_TXNS, .session = 5, .verdict = TXNS_FORKED},
     SESSION_ENDED,
     0,
     0,
     2,
     {SESSION_SEND_REJECT, SESSION_END}},
    {"a broken seal is refused",
     {OPEN},
     {.type = SESSION_TXNS, .session = 5, .verdict = TXNS_BAD_SEAL},
     SESSION_ENDED,
     0,
     0,
     2,
     {SESSION_SEND_REJECT, SESSION_END}},
    {"another site's operations are refused",
     {OPEN},
     {.type = SESSION_TXNS, .session = 5, .verdict = TXNS_NOT_YOURS},
     SESSION_ENDED,
     0,
     0,
     2,
     {SESSION_SEND_REJECT, SESSION_END}},
    {"who floods is refused",
     {OPEN, .queued_bytes = CREDIT_SITE_BYTES_MAX},
     {.type = SESSION_TXNS, .session = 5, .seq = 9, .bytes = 1},
     SESSION_ENDED,
     0,
     0,
     2,
     {SESSION_SEND_REJECT, SESSION_END}},
    {"a full broker says so and gives the credit back",
     {OPEN},
     {.type = SESSION_TXNS,
      .session = 5,
      .seq = 9,
      .bytes = 10,
      .verdict = TXNS_NO_ROOM,
      .code = ERR_BUSY},
     SESSION_OPEN,
     0,
     0,
     2,
     {SESSION_SEND_BUSY, SESSION_SEND_ACK}},
    {"news for the site is sent",
     {OPEN},
     {.type = SESSION_FEED_GREW, .seq = 4},
     SESSION_OPEN,
     0,
     0,
     1,
     {SESSION_SEND_FEED}},
    {"not before it has proved its token",
     {.phase = SESSION_OPEN, .session = 5},
     {.type = SESSION_FEED_GREW, .seq = 4},
     SESSION_OPEN,
     0,
     0,
     0,
     {0}},
    {"not with four under way",
     {OPEN, .feed_last = 9, .feed_sent = 8, .feed_count = FEED_UNACKED_FRAMES_MAX},
     {.type = SESSION_FEED_GREW, .seq = 10},
     SESSION_OPEN,
     0,
     0,
     0,
     {0}},
    {"a feed nobody acknowledges is sent again",
     {OPEN_HEARD(60999), .feed_last = 9, .feed_sent = 9, .feed_count = 1, .feed_ms = 1000},
     {.type = SESSION_TICK, .now_ms = 61000},
     SESSION_OPEN,
     0,
     0,
     1,
     {SESSION_SEND_FEED}},
    {"once a site has its own log back, what it did not take of the feed goes out again",
     {OPEN, .feed_last = 9, .feed_sent = 9, .feed_acked = 4, .feed_count = 2},
     {.type = SESSION_FEED_AGAIN},
     SESSION_OPEN,
     0,
     0,
     1,
     {SESSION_SEND_FEED}},
    {"a frame that proves and acknowledges sends the feed on once",
     {.phase = SESSION_OPEN, .session = 5, .epoch = 1, .feed_last = 9, .feed_sent = 4},
     {.type = SESSION_FEED_ACK, .session = 5, .seq = 4},
     SESSION_OPEN,
     0,
     0,
     3,
     {SESSION_PROVE, SESSION_SAVE_FEED, SESSION_SEND_FEED}},
    {"who acknowledges what there is not is refused",
     {OPEN, .feed_last = 3},
     {.type = SESSION_FEED_ACK, .session = 5, .seq = 4},
     SESSION_ENDED,
     0,
     0,
     2,
     {SESSION_SEND_REJECT, SESSION_END}},
    {"a silent site is let go",
     {OPEN},
     {.type = SESSION_TICK, .now_ms = 61000},
     SESSION_ENDED,
     0,
     0,
     1,
     {SESSION_END}},
    {"the older of two sessions is told, in case another machine holds it",
     {OPEN},
     {.type = SESSION_REPLACED},
     SESSION_ENDED,
     0,
     0,
     2,
     {SESSION_SEND_BYE, SESSION_END}},
    {"a revoked site is told",
     {OPEN},
     {.type = SESSION_REFUSED, .code = ERR_REVOKED},
     SESSION_ENDED,
     0,
     0,
     2,
     {SESSION_SEND_REJECT, SESSION_END}},
};

Test(broker_session, rows)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct session_result got;
        broker_session_step(&rows[i].before, &rows[i].event, &got);
        cr_expect_eq(got.state.phase, rows[i].phase, "%s: phase %d", rows[i].name,
                     (int)got.state.phase);
        cr_expect_eq(got.state.stored_seq, rows[i].stored_seq, "%s: stored", rows[i].name);
        cr_expect_eq(got.state.queued_seq, rows[i].queued_seq, "%s: queued", rows[i].name);
        cr_expect_eq(got.effect_count, rows[i].effect_count, "%s: %u effects", rows[i].name,
                     got.effect_count);
        for (uint32_t e = 0; e < rows[i].effect_count && e < got.effect_count; e++)
            cr_expect_eq(got.effects[e].type, rows[i].effects[e], "%s: effect %u", rows[i].name, e);
    }
}

Test(broker_session, a_site_is_sent_back_once_a_gap)
{
    struct broker_session core = {OPEN};
    struct session_event event = {
        .type = SESSION_TXNS, .session = 5, .bytes = 10, .verdict = TXNS_OTHER};
    struct session_result got;
    broker_session_step(&core, &event, &got);
    cr_expect_eq(got.effects[0].code, ERR_GAP);
    cr_expect_eq(got.effects[0].bytes, 10, "its credit comes back");
    broker_session_step(&got.state, &event, &got);
    cr_expect_eq(got.effects[0].code, ERR_OK, "those already under way are dropped in silence");
    cr_expect_eq(got.effects[0].bytes, 10);
}
