#include "lib/ledger/ledger_private.h"

#include <assert.h>

#include "proto/record/hlc.h"

#define DAY_MS UINT64_C(86400000)

/* One operation into its record, and everything that follows from the record moved along: state,
 * index rows, cells, digest. The first operation of a new record is by far the most frequent case
 * and costs one read. */

struct merging {
    struct ledger *ledger;
    struct store_txn *txn;
    const struct op *op;
    uint8_t key[RECORD_KEY_BYTES];
    bool fresh;
    struct bytes stored;
    struct rec rec;
    struct dot only; /* the record's first operation, as far as the state alone can say */
    struct read_source source;
    struct reading before, after;
};

static enum err read_before(struct merging *merging)
{
    struct ledger *ledger = merging->ledger;
    enum err err =
        state_get(merging->txn, merging->key, &ledger->arena, &merging->stored, &merging->rec);
    merging->fresh = err == ERR_NOT_FOUND;
    const struct op *op = merging->op;
    if (!merging->fresh) {
        if (err == ERR_OK &&
            (merging->rec.reg_count == 0 || merging->rec.regs[0].sibling_count == 0))
            err = ERR_CORRUPT;
        if (err != ERR_OK)
            return err;
        merging->only = merging->rec.regs[0].siblings[0].dot;
        return reading_make(&merging->source, op->kind, op->rid, &merging->rec, &merging->before);
    }
    merging->rec = (struct rec){.reg_count = 0};
    merging->before = (struct reading){.view.kind = op->kind, .view.subject = rid_site(op->rid)};
    memcpy(merging->before.view.rid, op->rid, RID_BYTES);
    return ERR_OK;
}

/* The state as bytes in ledger->state. Errors: ERR_LIMIT. */
static enum err encode_state(struct merging *merging)
{
    struct mp_buf *state = &merging->ledger->state;
    mp_buf_reset(state);
    rec_encode(&merging->rec, state);
    enum err err = mp_buf_err(state);
    return err == ERR_TOO_BIG ? ERR_LIMIT : err;
}

/* How it would be displayed. Every merge reads all values of the record, so what they take is
 * bounded, or one record could hold up everybody's. Errors: ERR_LIMIT. */
static enum err read_after(struct merging *merging)
{
    const struct op *op = merging->op;
    enum err err =
        reading_make(&merging->source, op->kind, op->rid, &merging->rec, &merging->after);
    bool over = err == ERR_OK && merging->after.value_bytes > RECORD_VALUE_BYTES_MAX &&
                merging->after.value_bytes > merging->before.value_bytes;
    return over ? ERR_LIMIT : err;
}

static enum err write_after(struct merging *merging)
{
    struct ledger *ledger = merging->ledger;
    struct bytes key = bytes_of(merging->key, RECORD_KEY_BYTES);
    enum err err = ERR_OK;
    if (!merging->fresh)
        err = digest_row(ledger, NS_RECORD, key, merging->stored, false);
    if (err == ERR_OK)
        err = digest_row(ledger, NS_RECORD, key, mp_buf_bytes(&ledger->state), true);
    if (err == ERR_OK)
        err = store_put(merging->txn, NS_RECORD, key, mp_buf_bytes(&ledger->state));
    if (err == ERR_OK)
        err = index_move(merging->txn, &merging->before, &merging->after);
    if (err == ERR_OK)
        err = cells_move(ledger, merging->txn, merging->fresh ? NULL : &merging->before.view,
                         &merging->after.view);
    if (err == ERR_OK && rules_made_of(merging->op->kind))
        err = rules_follow(ledger, merging->txn);
    return err;
}

/* Is the failure the operation's own fault? Then it is set aside; a store's failure stops the whole
 * transaction. */
static bool is_verdict(enum err err)
{
    return err == ERR_LIMIT || err == ERR_CORRUPT;
}

static enum err refuse(struct err_info *verdict, enum err code)
{
    (void)err_set(verdict, code, "%s",
                  code == ERR_LIMIT
                      ? N_("the record has reached its bound of fields, writers, versions or bytes")
                      : N_("what the writer says it had seen is malformed"));
    return ERR_OK;
}

enum err merge_op(struct ledger *ledger, struct store_txn *txn, const struct op *op, bool judge,
                  struct err_info *verdict_out)
{
    *verdict_out = (struct err_info){.code = ERR_OK};
    ledger->written = (int32_t)(hlc_ms(op->hlc) / DAY_MS);
    struct kind_facts space;
    const struct kind_facts *facts = ledger_facts(ledger, op->kind, &space);
    struct merging merging = {.ledger = ledger, .txn = txn, .op = op};
    merging.source = (struct read_source){.log = ledger->log_txn != NULL ? ledger->log_txn : txn,
                                          .current = op,
                                          .scratch = &ledger->other,
                                          .arena = &ledger->arena,
                                          .facts = facts,
                                          .centres = &ledger->centres};
    record_key(op->kind, op->rid, merging.key);
    if (judge && check_alone(facts->kind, op, verdict_out) != ERR_OK)
        return ERR_OK;
    enum err err = read_before(&merging);
    if (err != ERR_OK)
        return err;
    if (judge && check_placed(ledger, facts->kind, op, merging.fresh, &merging.before.view,
                              verdict_out) != ERR_OK)
        return ERR_OK;
    enum merge_result result;
    err = rec_apply(&merging.rec, &ledger->arena, op, &result);
    if (err == ERR_OK && result == MERGE_CHANGED)
        err = encode_state(&merging);
    if (is_verdict(err))
        return refuse(verdict_out, err);
    if (err == ERR_OK && result == MERGE_CHANGED) {
        err = read_after(&merging);
        if (err == ERR_LIMIT)
            return refuse(verdict_out, err);
    }
    if (err == ERR_OK && result == MERGE_CHANGED)
        err = write_after(&merging);
    else
        merging.after = merging.before;
    if (err == ERR_OK)
        err = index_op(txn, op, merging.fresh ? NULL : &merging.only);
    if (err == ERR_OK && ledger->options.applied != NULL && !ledger->rebuilding)
        err = ledger->options.applied(ledger->options.context, txn, op, &merging.before.view,
                                      &merging.after.view);
    return err;
}

enum err set_aside(struct ledger *ledger, struct store_txn *txn, struct dot dot,
                   const struct err_info *why, uint64_t now_ms)
{
    struct aside_row row = {.code = why->code, .at_ms = now_ms};
    memcpy(row.text, why->text, sizeof(row.text));
    enum err err = aside_put(txn, dot, &row);
    if (err == ERR_OK && ledger->options.set_aside != NULL && !ledger->rebuilding)
        err = ledger->options.set_aside(ledger->options.context, txn, dot, why->code);
    return err;
}

/* Resets the arena: nothing of an earlier operation may be in use. */
enum err merge_entry(struct ledger *ledger, struct store_txn *txn, struct dot dot,
                     struct bytes stored, uint64_t now_ms)
{
    arena_reset(&ledger->arena);
    ledger->arrived_ms = now_ms;
    struct err_info verdict = {.code = ERR_OK};
    struct bytes copy = bytes_of(arena_copy(&ledger->arena, stored.data, stored.len), stored.len);
    if (copy.data == NULL)
        return ERR_NO_MEMORY;
    struct entry entry;
    enum err err = entry_decode(copy, &entry);
    if (err == ERR_OK)
        err = op_decode(dot.origin, &entry, &ledger->op);
    if (err == ERR_OK && ledger->op.dot.seq != dot.seq)
        err = ERR_CORRUPT;
    if (err == ERR_NO_MEMORY)
        return err;
    if (err != ERR_OK) {
        (void)err_set(&verdict, err, "%s",
                      err == ERR_VERSION ? N_("written by a newer version")
                                         : N_("the operation cannot be read"));
        return set_aside(ledger, txn, dot, &verdict, now_ms);
    }
    bool judge = ledger->options.role == LEDGER_BROKER && !ledger->rebuilding;
    err = merge_op(ledger, txn, &ledger->op, judge, &verdict);
    if (err == ERR_OK && verdict.code != ERR_OK)
        err = set_aside(ledger, txn, dot, &verdict, now_ms);
    return err;
}
