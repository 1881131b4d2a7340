#include "lib/ledger/ledger_private.h"

#include <assert.h>

/* A broker applies behind: arrivals in their order, some operations a transaction, and a cursor
 * that moves in the same transaction. What cannot be merged is set aside and the rest goes on. */

struct applying {
    struct ledger *ledger;
    struct store_txn *txn;
    struct applied_row cursor;
    uint32_t left;
    uint32_t done;
    bool caught_up;
};

static enum err merge_logged(struct applying *applying, struct dot dot, uint64_t now_ms)
{
    uint8_t key[DOT_KEY_BYTES];
    dot_put_key(dot, key);
    struct bytes stored;
    enum err err = store_get(applying->txn, NS_LOG, bytes_of(key, sizeof(key)), &stored);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    return merge_entry(applying->ledger, applying->txn, dot, stored, now_ms);
}

/* It came with gaps and was applied when it came (ledger_take_back). */
static enum err pass_over(struct applying *applying, const struct arrival_row *arrival)
{
    uint64_t count = arrival->last - arrival->first + 1;
    applying->left -= count < applying->left ? (uint32_t)count : applying->left;
    applying->done += (uint32_t)count;
    applying->cursor.total += count;
    applying->cursor.number++;
    applying->cursor.seq = 0;
    return ERR_OK;
}

static enum err apply_arrival(struct applying *applying, const struct arrival_row *arrival)
{
    struct ledger *ledger = applying->ledger;
    const struct ledger_options *options = &ledger->options;
    struct origin_row row;
    enum err err = ledger_get_origin(applying->txn, arrival->origin, &row);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    if (arrival->first > row.stored_seq)
        return pass_over(applying, arrival);
    bool held =
        options->held != NULL && options->held(options->context, applying->txn, arrival->origin);
    struct err_info why = {.code = ERR_SUSPECT,
                           .text = "held until an administrator decides about this site"};
    struct dot dot = {.origin = arrival->origin, .seq = arrival->first};
    if (applying->cursor.seq >= dot.seq)
        dot.seq = applying->cursor.seq + 1;
    for (; err == ERR_OK && applying->left > 0 && dot.seq <= arrival->last; dot.seq++) {
        err = held ? set_aside(ledger, applying->txn, dot, &why, arrival->received_ms)
                   : merge_logged(applying, dot, arrival->received_ms);
        applying->left--;
        applying->done++;
        applying->cursor.total++;
    }
    if (err != ERR_OK)
        return err;
    row.applied_seq = dot.seq - 1;
    bool whole = row.applied_seq == arrival->last;
    applying->cursor.number += whole;
    applying->cursor.seq = whole ? 0 : row.applied_seq;
    return ledger_put_origin(applying->txn, arrival->origin, &row);
}

static enum err apply_all(struct applying *applying)
{
    enum err err = work_begin(applying->ledger, applying->txn);
    if (err == ERR_OK)
        err = applied_get(applying->txn, &applying->cursor);
    while (err == ERR_OK && applying->left > 0) {
        struct arrival_row arrival;
        err = arrival_get(applying->txn, applying->cursor.number + 1, &arrival);
        if (err == ERR_OK)
            err = apply_arrival(applying, &arrival);
        else if (err == ERR_NOT_FOUND)
            break;
    }
    if (err == ERR_NOT_FOUND)
        err = ERR_OK;
    struct arrival_row next;
    enum err more =
        err == ERR_OK ? arrival_get(applying->txn, applying->cursor.number + 1, &next) : err;
    applying->caught_up = more == ERR_NOT_FOUND;
    if (more != ERR_OK && more != ERR_NOT_FOUND)
        return more;
    if (applying->done == 0)
        return ERR_OK;
    err = work_end(applying->ledger, applying->txn);
    return err == ERR_OK ? applied_put(applying->txn, &applying->cursor) : err;
}

enum err ledger_apply(struct ledger *ledger, uint32_t ops_max, uint32_t *applied_out,
                      bool *caught_up_out, struct err_info *info)
{
    struct applying applying = {.ledger = ledger, .left = ops_max};
    enum err err = store_begin(ledger->store, STORE_WRITE, &applying.txn, info);
    if (err != ERR_OK)
        return err;
    err = apply_all(&applying);
    if (err != ERR_OK || applying.done == 0) {
        store_abort(applying.txn);
        if (err != ERR_OK)
            return err_set(info, err, "apply operations");
    } else {
        err = commit_txn(applying.txn, info);
        if (err != ERR_OK)
            return err;
    }
    *applied_out = applying.done;
    *caught_up_out = applying.caught_up;
    return ERR_OK;
}

enum err ledger_backlog(struct ledger *ledger, struct store_txn *txn, uint64_t *waiting_out,
                        uint64_t *position_out)
{
    (void)ledger;
    struct applied_row cursor;
    struct arrival_row last;
    uint64_t number = 0;
    enum err err = applied_get(txn, &cursor);
    if (err == ERR_OK)
        err = arrival_last(txn, &number, &last);
    if (err == ERR_OK && last.total < cursor.total)
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        return err;
    *waiting_out = last.total - cursor.total;
    *position_out = cursor.number;
    return ERR_OK;
}

/* ---- release ---- */

/* The next held operations of the origin, from `from` on. */
static enum err find_held(struct store_txn *txn, struct dot from, struct dot *dots,
                          uint32_t *count_out)
{
    uint8_t start[DOT_KEY_BYTES];
    dot_put_key(from, start);
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, NS_QUARANTINE, bytes_of(start, ORIGIN_KEY_BYTES),
                                   bytes_of(start, sizeof(start)), STORE_FORWARD, &iter);
    struct bytes key, value;
    uint32_t count = 0;
    while (err == ERR_OK && count < APPLY_OPS_MAX && store_iter_next(iter, &key, &value, &err)) {
        struct aside_row row;
        struct dot dot = dot_get_key(key.data);
        err = key.len == DOT_KEY_BYTES ? aside_get(txn, dot, &row) : ERR_CORRUPT;
        if (err == ERR_OK && row.code == ERR_SUSPECT && !row.merged)
            dots[count++] = dot;
    }
    store_iter_close(iter);
    *count_out = count;
    return err;
}

static enum err release_some(struct applying *applying, struct dot *from)
{
    struct dot dots[APPLY_OPS_MAX];
    uint32_t count = 0;
    enum err err = work_begin(applying->ledger, applying->txn);
    if (err == ERR_OK)
        err = find_held(applying->txn, *from, dots, &count);
    for (uint32_t i = 0; err == ERR_OK && i < count; i++) {
        uint8_t key[DOT_KEY_BYTES];
        dot_put_key(dots[i], key);
        struct aside_row row;
        err = aside_get(applying->txn, dots[i], &row);
        if (err == ERR_OK)
            err = store_del(applying->txn, NS_QUARANTINE, bytes_of(key, sizeof(key)));
        if (err == ERR_OK)
            err = merge_logged(applying, dots[i], row.at_ms);
        from->seq = dots[i].seq + 1;
    }
    applying->done = count;
    return err == ERR_OK ? work_end(applying->ledger, applying->txn) : err;
}

enum err ledger_release(struct ledger *ledger, struct origin origin, uint64_t *released_out,
                        struct err_info *info)
{
    struct dot from = {.origin = origin, .seq = 1};
    uint64_t released = 0;
    for (;;) {
        struct applying applying = {.ledger = ledger};
        enum err err = store_begin(ledger->store, STORE_WRITE, &applying.txn, info);
        if (err != ERR_OK)
            return err;
        err = release_some(&applying, &from);
        if (err != ERR_OK || applying.done == 0) {
            store_abort(applying.txn);
            if (err == ERR_OK)
                *released_out = released;
            return err == ERR_OK ? ERR_OK : err_set(info, err, "apply what was held");
        }
        err = commit_txn(applying.txn, info);
        if (err != ERR_OK)
            return err;
        released += applying.done;
    }
}
