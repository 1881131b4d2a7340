#include "lib/ledger/ledger_verify.h"

/* One origin's chain from its start. A mark that does not fit is one finding, and the chain is
 * taken up again from it, so that one bad byte does not make everything after it look bad. */

static enum err next_mark(struct chain_check *check, struct store_txn *txn,
                          struct verify_report *report)
{
    struct dot from = {.origin = check->origin, .seq = check->seq + 1};
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
    check->chained = row.stored_seq > 0;
    chain_start(origin, check->head);
    check->key_known =
        keys.sign_public_of != NULL && keys.sign_public_of(keys.context, origin.site, check->key);
    return check->chained ? next_mark(check, txn, report) : ERR_OK;
}

static void at_mark(struct chain_check *check, struct verify_report *report)
{
    const struct seal_row *mark = &check->mark;
    if (!check->broken && memcmp(mark->head, check->head, HASH_BYTES) != 0)
        report->bad_chains++;
    memcpy(check->head, mark->head, HASH_BYTES);
    check->broken = false;
    if (mark->sealed && check->key_known &&
        !seal_check(check->origin, mark->first, check->mark_last, mark->head, check->key,
                    mark->seal))
        report->bad_seals++;
}

/* Without a gap in front and readable: the chain goes on. */
static void extend(struct chain_check *check, uint64_t seq, struct bytes stored,
                   struct verify_report *report)
{
    struct entry entry;
    uint8_t leaf[HASH_BYTES];
    bool readable = entry_decode(stored, &entry) == ERR_OK && chain_leaf(&entry, leaf) == ERR_OK;
    if (!readable || seq != check->seq + 1) {
        report->bad_entries++;
        check->broken = true;
    } else if (!check->broken) {
        chain_extend(check->head, leaf);
    }
}

enum err chain_check_entry(struct chain_check *check, struct store_txn *txn, uint64_t seq,
                           struct bytes stored, struct verify_report *report)
{
    report->operations++;
    if (!check->chained) {
        check->seq = seq;
        return ERR_OK;
    }
    extend(check, seq, stored, report);
    check->seq = seq;
    if (check->mark_last == 0 || check->mark_last > seq)
        return ERR_OK;
    if (check->mark_last == seq)
        at_mark(check, report);
    return next_mark(check, txn, report);
}

enum err chain_check_end(const struct chain_check *check, struct store_txn *txn,
                         struct verify_report *report)
{
    if (!check->chained)
        return ERR_OK;
    struct origin_row row;
    enum err err = ledger_get_origin(txn, check->origin, &row);
    if (err != ERR_OK)
        return err;
    bool fits = row.stored_seq == check->seq &&
                (check->broken || memcmp(row.head, check->head, HASH_BYTES) == 0);
    report->bad_chains += !fits;
    return ERR_OK;
}
