#include "lib/ledger/ledger_verify.h"

/* One origin's chain from its start. A mark that does not fit is one finding, and the chain is
 * taken up again from it, so that one bad byte does not make everything after it look bad. Beyond
 * the log's end single batches lie, with gaps between them: each is proved from the head its mark
 * keeps. */

static enum err next_mark(struct chain_check *check, struct store_txn *txn, uint64_t from_seq,
                          struct verify_report *report)
{
    struct dot from = {.origin = check->origin, .seq = from_seq};
    check->mark_last = 0;
    enum err err = seal_near(txn, from, STORE_FORWARD, &check->mark_last, &check->mark);
    if (err == ERR_CORRUPT) {
        report->bad_seals++;
        return ERR_OK;
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err chain_check_begin(struct chain_check *check, struct store_txn *txn, struct origin origin,
                           struct key_source keys, struct verify_report *report)
{
    *check = (struct chain_check){.origin = origin};
    struct origin_row row;
    enum err err = ledger_get_origin(txn, origin, &row);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT) {
        report->bad_chains++;
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    check->whole_to = row.stored_seq;
    chain_start(origin, check->head);
    if (keys.sign_keys_of != NULL)
        check->key_count = keys.sign_keys_of(keys.context, origin, check->keys);
    return check->whole_to > 0 ? next_mark(check, txn, 1, report) : ERR_OK;
}

static bool sealed_by_any(const struct chain_check *check)
{
    const struct seal_row *mark = &check->mark;
    bool good = check->key_count == 0; /* nobody to ask */
    for (uint32_t i = 0; i < check->key_count && !good; i++)
        good = seal_check(check->origin, mark->first, check->mark_last, mark->head, check->keys[i],
                          mark->seal);
    return good;
}

static void at_mark(struct chain_check *check, struct verify_report *report)
{
    const struct seal_row *mark = &check->mark;
    if (!check->broken && memcmp(mark->head, check->head, HASH_BYTES) != 0)
        report->bad_chains++;
    memcpy(check->head, mark->head, HASH_BYTES);
    check->broken = false;
    if (mark->sealed && !sealed_by_any(check))
        report->bad_seals++;
}

/* Without a gap in front and readable: the chain goes on. */
static void extend(struct chain_check *check, uint64_t seq, struct bytes stored,
                   struct verify_report *report)
{
    uint8_t leaf[HASH_BYTES];
    if (chain_leaf_of(stored, leaf) != ERR_OK || seq != check->seq + 1) {
        report->bad_entries++;
        check->broken = true;
    } else if (!check->broken) {
        chain_extend(check->head, leaf);
    }
}

/* What is not all here cannot be proved: of foreign batches a site has only what is for it. */
static enum err check_gapped(struct chain_check *check, struct store_txn *txn, uint64_t seq,
                             struct bytes stored, struct verify_report *report)
{
    uint8_t leaf[HASH_BYTES];
    enum err err = ERR_OK;
    if (seq > check->mark_last || check->mark_last <= check->whole_to)
        err = next_mark(check, txn, seq, report);
    if (err != ERR_OK || check->mark_last == 0)
        return err;
    if (seq == check->mark.first && check->mark.has_prev) {
        memcpy(check->head, check->mark.prev_head, HASH_BYTES);
        check->broken = false;
    } else if (seq != check->seq + 1 || !check->gapped) {
        check->broken = true;
    }
    check->broken = check->broken || chain_leaf_of(stored, leaf) != ERR_OK;
    if (!check->broken)
        chain_extend(check->head, leaf);
    if (!check->broken && seq == check->mark_last)
        at_mark(check, report);
    return ERR_OK;
}

enum err chain_check_entry(struct chain_check *check, struct store_txn *txn, uint64_t seq,
                           struct bytes stored, struct verify_report *report)
{
    report->operations++;
    if (seq > check->whole_to) {
        enum err err = check_gapped(check, txn, seq, stored, report);
        check->gapped = true;
        check->seq = seq;
        return err;
    }
    extend(check, seq, stored, report);
    check->seq = seq;
    enum err err = ERR_OK;
    if (check->mark_last == seq)
        at_mark(check, report);
    if (check->mark_last != 0 && check->mark_last <= seq)
        err = next_mark(check, txn, seq + 1, report);
    check->whole_seen = seq;
    memcpy(check->whole_head, check->head, HASH_BYTES);
    check->whole_broken = check->broken;
    return err;
}

enum err chain_check_end(const struct chain_check *check, struct store_txn *txn,
                         struct verify_report *report)
{
    if (check->whole_to == 0)
        return ERR_OK;
    struct origin_row row;
    enum err err = ledger_get_origin(txn, check->origin, &row);
    if (err != ERR_OK)
        return err;
    bool fits = row.stored_seq == check->whole_seen &&
                (check->whole_broken || memcmp(row.head, check->whole_head, HASH_BYTES) == 0);
    report->bad_chains += !fits;
    return ERR_OK;
}
