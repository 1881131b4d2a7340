#include "proto/sync/broker_session.h"

#include <assert.h>

/* A token that is used up cannot tell a machine restored from a backup from one that was copied:
 * both get a new epoch, where they overwrite nothing. Only when a lineage that was given up for
 * lost speaks again with its own good token are two machines alive, and then an administrator
 * decides. */

static struct hello_verdict grant_new(const struct hello_facts *facts, struct hello_verdict verdict)
{
    uint32_t newest = facts->newest > facts->epoch ? facts->newest : facts->epoch;
    if (newest == UINT32_MAX) {
        verdict.code = ERR_LIMIT;
        return verdict;
    }
    verdict.mode = WELCOME_NEW_EPOCH;
    verdict.epoch = newest + 1;
    return verdict;
}

static uint64_t feed_position(const struct hello_facts *facts)
{
    /* A broker that came back from an old copy may have given other entries the numbers the site
     * has seen. */
    bool went_back = facts->token == TOKEN_AHEAD ||
                     (facts->token != TOKEN_STALE && facts->acked_seq > facts->stored_seq);
    return !facts->same_incarnation || went_back || facts->feed_cursor > facts->feed_last
               ? 0
               : facts->feed_cursor;
}

struct hello_verdict hello_judge(const struct hello_facts *facts)
{
    assert(facts->newest >= 1);
    struct hello_verdict verdict = {.code = ERR_OK, .mode = WELCOME_RESUME, .epoch = facts->epoch};
    verdict.feed_from = feed_position(facts);
    if (facts->proto_min > PROTOCOL_NOW || facts->proto_max < PROTOCOL_MIN) {
        verdict.code = ERR_VERSION;
        return verdict;
    }
    if (facts->regrant) {
        verdict.mode = WELCOME_NEW_EPOCH;
        verdict.epoch = facts->newest;
        return verdict;
    }
    if (facts->token == TOKEN_STALE) {
        verdict.noticed = true;
        return grant_new(facts, verdict);
    }
    if (facts->epoch < facts->newest && !facts->released) {
        verdict.noticed = true;
        verdict.suspect = true;
    }
    bool differs = facts->seq < facts->stored_seq && facts->chain == CHAIN_DIFFERS;
    if (facts->want_epoch || differs) {
        verdict.retire = true;
        return grant_new(facts, verdict);
    }
    if (facts->seq < facts->stored_seq)
        verdict.mode = WELCOME_RECOVER;
    return verdict;
}
