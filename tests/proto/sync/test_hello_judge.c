#include <criterion/criterion.h>

#include "proto/sync/broker_session.h"

/* Who may write under which epoch: one row a sentence. */

#define KNOWN .proto_min = 1, .proto_max = 1, .same_incarnation = true

static const struct {
    const char *name;
    struct hello_facts facts;
    struct hello_verdict verdict;
} rows[] = {
    {"a site that comes for the first time begins at the start",
     {KNOWN, .epoch = 1, .newest = 1, .token = TOKEN_CURRENT, .chain = CHAIN_BEYOND},
     {.mode = WELCOME_RESUME, .epoch = 1}},
    {"a site with more than we have goes on",
     {KNOWN, .epoch = 1, .newest = 1, .token = TOKEN_CURRENT, .seq = 9, .stored_seq = 4,
      .chain = CHAIN_BEYOND},
     {.mode = WELCOME_RESUME, .epoch = 1}},
    {"one that never got our last answer goes on with the token before",
     {KNOWN, .epoch = 1, .newest = 1, .token = TOKEN_PREVIOUS, .seq = 9, .stored_seq = 9,
      .chain = CHAIN_BEYOND},
     {.mode = WELCOME_RESUME, .epoch = 1}},
    {"one whose chain is ours but shorter recovers",
     {KNOWN, .epoch = 1, .newest = 1, .token = TOKEN_CURRENT, .seq = 3, .stored_seq = 9,
      .chain = CHAIN_SAME},
     {.mode = WELCOME_RECOVER, .epoch = 1}},
    {"one whose chain differs gets another epoch, and its old token is spent",
     {KNOWN, .epoch = 1, .newest = 1, .token = TOKEN_CURRENT, .seq = 3, .stored_seq = 9,
      .chain = CHAIN_DIFFERS},
     {.mode = WELCOME_NEW_EPOCH, .epoch = 2, .retire = true}},
    {"one that asks for another epoch gets it",
     {KNOWN, .epoch = 2, .newest = 2, .token = TOKEN_CURRENT, .want_epoch = true,
      .chain = CHAIN_BEYOND},
     {.mode = WELCOME_NEW_EPOCH, .epoch = 3, .retire = true}},
    {"a used-up token is a copy's: another epoch, noticed, not held",
     {KNOWN, .epoch = 1, .newest = 1, .token = TOKEN_STALE, .seq = 3, .stored_seq = 9,
      .chain = CHAIN_SAME},
     {.mode = WELCOME_NEW_EPOCH, .epoch = 2, .noticed = true}},
    {"the same used-up token again, before the answer proved to have arrived, gets the same epoch",
     {KNOWN, .epoch = 1, .newest = 2, .token = TOKEN_STALE, .regrant = true, .chain = CHAIN_BEYOND},
     {.mode = WELCOME_NEW_EPOCH, .epoch = 2}},
    {"a superseded lineage that speaks with its own good token: both are alive",
     {KNOWN, .epoch = 1, .newest = 2, .token = TOKEN_CURRENT, .seq = 9, .stored_seq = 9,
      .chain = CHAIN_BEYOND},
     {.mode = WELCOME_RESUME, .epoch = 1, .noticed = true, .suspect = true}},
    {"unless an administrator has released it",
     {KNOWN, .epoch = 1, .newest = 2, .token = TOKEN_CURRENT, .released = true,
      .chain = CHAIN_BEYOND},
     {.mode = WELCOME_RESUME, .epoch = 1}},
    {"a token newer than we remember: we came back from an old copy, the feed starts again",
     {KNOWN, .epoch = 1, .newest = 1, .token = TOKEN_AHEAD, .seq = 9, .acked_seq = 9,
      .stored_seq = 4, .chain = CHAIN_BEYOND, .feed_cursor = 3, .feed_last = 5},
     {.mode = WELCOME_RESUME, .epoch = 1, .feed_from = 0}},
    {"an epoch we have forgotten granting is taken up when its token is ours",
     {KNOWN, .epoch = 4, .newest = 1, .token = TOKEN_AHEAD, .seq = 9, .chain = CHAIN_BEYOND},
     {.mode = WELCOME_RESUME, .epoch = 4}},
    {"an epoch nobody granted is passed over",
     {KNOWN, .epoch = 7, .newest = 1, .token = TOKEN_STALE, .chain = CHAIN_BEYOND},
     {.mode = WELCOME_NEW_EPOCH, .epoch = 8, .noticed = true}},
    {"the feed goes on from the site's cursor",
     {KNOWN, .epoch = 1, .newest = 1, .token = TOKEN_CURRENT, .chain = CHAIN_BEYOND,
      .feed_cursor = 3, .feed_last = 5},
     {.mode = WELCOME_RESUME, .epoch = 1, .feed_from = 3}},
    {"a cursor beyond the list starts again",
     {KNOWN, .epoch = 1, .newest = 1, .token = TOKEN_CURRENT, .chain = CHAIN_BEYOND,
      .feed_cursor = 6, .feed_last = 5},
     {.mode = WELCOME_RESUME, .epoch = 1, .feed_from = 0}},
    {"so does one of another incarnation",
     {.proto_min = 1,
      .proto_max = 1,
      .epoch = 1,
      .newest = 1,
      .token = TOKEN_CURRENT,
      .chain = CHAIN_BEYOND,
      .feed_cursor = 3,
      .feed_last = 5},
     {.mode = WELCOME_RESUME, .epoch = 1, .feed_from = 0}},
    {"a protocol that is too new is refused",
     {.proto_min = PROTOCOL_NOW + 1,
      .proto_max = PROTOCOL_NOW + 2,
      .epoch = 1,
      .newest = 1,
      .same_incarnation = true},
     {.code = ERR_VERSION, .mode = WELCOME_RESUME, .epoch = 1}},
    {"epochs run out rather than wrap",
     {KNOWN, .epoch = UINT32_MAX, .newest = UINT32_MAX, .token = TOKEN_STALE,
      .chain = CHAIN_BEYOND},
     {.code = ERR_LIMIT, .mode = WELCOME_RESUME, .epoch = UINT32_MAX, .noticed = true}},
};

Test(hello_judge, rows)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hello_verdict got = hello_judge(&rows[i].facts);
        const struct hello_verdict *want = &rows[i].verdict;
        cr_expect_eq(got.code, want->code, "%s: code", rows[i].name);
        cr_expect_eq(got.mode, want->mode, "%s: mode", rows[i].name);
        cr_expect_eq(got.epoch, want->epoch, "%s: epoch %u", rows[i].name, got.epoch);
        cr_expect_eq(got.noticed, want->noticed, "%s: noticed", rows[i].name);
        cr_expect_eq(got.suspect, want->suspect, "%s: suspect", rows[i].name);
        cr_expect_eq(got.retire, want->retire, "%s: retire", rows[i].name);
        cr_expect_eq(got.feed_from, want->feed_from, "%s: feed", rows[i].name);
    }
}
