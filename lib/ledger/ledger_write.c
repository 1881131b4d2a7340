#include "lib/ledger/ledger_private.h"

#include <assert.h>

#include "proto/record/hlc.h"

/* One change becomes one operation at the end of the own log. All of it happens in the caller's
 * transaction; what the next change needs (sequence, head, clock) is read back from there, so an
 * aborted transaction leaves nothing behind. */

enum { COUNTER_MAX = 4095, COUNTER_START_MASK = 2047 };

struct writing {
    struct ledger *ledger;
    struct store_txn *txn;
    const struct change *change;
    uint64_t now_ms;
    const uint8_t *random48;
    struct err_info *info;
    struct origin origin;
    struct origin_row own;
    uint64_t hlc;
    uint8_t rid[RID_BYTES];
    struct rec rec;
    struct reading before;
    struct drafting drafting;
};

/* Ids made here in one millisecond count up from a random start, so that a copy of this machine
 * would make others. */
static void rid_next(struct ledger *ledger, uint64_t now_ms, const uint8_t *random,
                     uint8_t rid_out[RID_BYTES])
{
    if (now_ms > ledger->rid_ms) {
        ledger->rid_ms = now_ms;
        ledger->rid_counter = get_u16(random) & COUNTER_START_MASK;
    } else if (ledger->rid_counter == COUNTER_MAX) {
        ledger->rid_ms++;
        ledger->rid_counter = 0;
    } else {
        ledger->rid_counter++;
    }
    rid_make(ledger->rid_ms, ledger->rid_counter, ledger->self.site, rid_out);
}

static enum err begin_new(struct writing *writing)
{
    struct ledger *ledger = writing->ledger;
    bool full = false;
    enum err err = store_nearly_full(writing->txn, &full);
    if (err != ERR_OK)
        return err_set(writing->info, err, "measure the store");
    if (full)
        return err_set(writing->info, ERR_FULL, "the store is nearly full: no new records");
    for (;;) {
        rid_next(ledger, writing->now_ms, writing->random48 + SALT_BYTES, writing->rid);
        uint8_t key[RECORD_KEY_BYTES];
        record_key(writing->change->kind, writing->rid, key);
        struct bytes taken;
        err = store_get(writing->txn, NS_RECORD, bytes_of(key, sizeof(key)), &taken);
        if (err == ERR_NOT_FOUND)
            return ERR_OK;
        if (err != ERR_OK)
            return err_set(writing->info, err, "read the record");
    }
}

static enum err check_may_write(const struct writing *writing)
{
    const struct ledger *ledger = writing->ledger;
    uint64_t maker = rid_site(writing->rid);
    bool addressed =
        centres_has(&ledger->centres, maker) && writing->before.view.subject == ledger->self.site;
    if (ledger->options.role == LEDGER_BROKER || maker == ledger->self.site || addressed)
        return ERR_OK;
    return err_set(writing->info, ERR_NOT_YOURS, "the record belongs to another site");
}

static enum err begin_edit(struct writing *writing)
{
    struct ledger *ledger = writing->ledger;
    const struct change *change = writing->change;
    memcpy(writing->rid, change->rid, RID_BYTES);
    uint8_t key[RECORD_KEY_BYTES];
    record_key(change->kind, change->rid, key);
    struct bytes stored;
    enum err err = state_get(writing->txn, key, &ledger->arena, &stored, &writing->rec);
    if (err != ERR_OK)
        return err_set(writing->info, err,
                       err == ERR_NOT_FOUND ? N_("no such record") : N_("read the record"));
    struct kind_facts space;
    struct read_source source = {.log = writing->txn,
                                 .scratch = &ledger->other,
                                 .arena = &ledger->arena,
                                 .facts = ledger_facts(ledger, change->kind, &space),
                                 .centres = &ledger->centres};
    err = reading_make(&source, change->kind, change->rid, &writing->rec, &writing->before);
    if (err != ERR_OK)
        return err_set(writing->info, err, "read the record's values");
    char version[VERSION_TEXT_BYTES];
    state_version(stored, version);
    if (change->expect_version != NULL && strcmp(change->expect_version, version) != 0)
        return err_set(writing->info, ERR_CONFLICT, "the record has changed since version %.16s",
                       change->expect_version);
    /* What is written over what was seen must rank after it, also when the other's clock is ahead.
     */
    for (uint32_t r = 0; r < writing->rec.reg_count; r++) {
        for (uint32_t s = 0; s < writing->rec.regs[r].sibling_count; s++)
            writing->hlc =
                hlc_observe(writing->hlc, writing->rec.regs[r].siblings[s].hlc, writing->now_ms);
    }
    return check_may_write(writing);
}

/* Entry to log, chain, clock. */
static enum err append(struct writing *writing, struct dot dot, struct entry *entry_out)
{
    struct ledger *ledger = writing->ledger;
    struct bytes stored = mp_buf_bytes(&ledger->draft.entry);
    uint8_t key[DOT_KEY_BYTES];
    dot_put_key(dot, key);
    uint8_t leaf[HASH_BYTES];
    enum err err = entry_decode(stored, entry_out);
    if (err == ERR_OK)
        err = chain_leaf(entry_out, leaf);
    if (err == ERR_OK)
        err = store_put(writing->txn, NS_LOG, bytes_of(key, sizeof(key)), stored);
    if (err != ERR_OK)
        return err;
    chain_extend(writing->own.head, leaf);
    writing->own.stored_seq = dot.seq;
    writing->own.received_ms = writing->now_ms;
    err = ledger_put_origin(writing->txn, dot.origin, &writing->own);
    return err == ERR_OK ? meta_put_uint(writing->txn, "hlc", writing->hlc) : err;
}

/* A broker's own operation arrives like everybody else's: sealed, and in its turn. */
static enum err arrive(struct writing *writing, struct dot dot)
{
    struct seal_row seal = {.first = dot.seq, .sealed = true, .received_ms = writing->now_ms};
    memcpy(seal.head, writing->own.head, HASH_BYTES);
    seal_make(dot.origin, dot.seq, dot.seq, seal.head, writing->ledger->sign_secret, seal.seal);
    enum err err = seal_put(writing->txn, dot, &seal);
    struct arrival_row arrival = {
        .origin = dot.origin, .first = dot.seq, .last = dot.seq, .received_ms = writing->now_ms};
    return err == ERR_OK ? arrival_add(writing->txn, &arrival) : err;
}

static enum err merge_own(struct writing *writing, struct dot dot, const struct entry *entry)
{
    struct ledger *ledger = writing->ledger;
    struct err_info verdict;
    enum err err = op_decode(dot.origin, entry, &ledger->op);
    ledger->arrived_ms = writing->now_ms;
    if (err == ERR_OK)
        err = merge_op(ledger, writing->txn, &ledger->op, false, &verdict);
    if (err == ERR_OK && verdict.code != ERR_OK)
        return err_set(writing->info, verdict.code, "%s", verdict.text);
    if (err == ERR_OK && !ledger->gathering)
        err = work_end(ledger, writing->txn);
    return err == ERR_OK ? ERR_OK : err_set(writing->info, err, "apply the change");
}

static enum err write_op(struct writing *writing, struct written *written_out)
{
    struct ledger *ledger = writing->ledger;
    struct op_draft draft;
    enum err err = draft_make(ledger, &writing->drafting, &draft);
    if (err != ERR_OK)
        return err_set(writing->info, err, "the record has more writers than one change can name");
    struct dot dot = {.origin = writing->origin, .seq = writing->own.stored_seq + 1};
    writing->hlc = hlc_next(writing->hlc, writing->now_ms);
    mp_buf_reset(&ledger->draft.entry);
    err = entry_encode(&draft, dot, writing->hlc, writing->random48, &ledger->draft.entry);
    if (err != ERR_OK)
        return err_set(writing->info, err, "one change is at most %d bytes", (int)OP_BYTES_MAX);
    struct entry entry;
    err = append(writing, dot, &entry);
    bool broker = ledger->options.role == LEDGER_BROKER;
    if (err == ERR_OK && broker)
        err = arrive(writing, dot);
    if (err != ERR_OK)
        return err_set(writing->info, err, "log the change");
    err = broker ? ERR_OK : merge_own(writing, dot, &entry);
    if (err != ERR_OK)
        return err;
    written_out->dot = dot;
    memcpy(written_out->rid, writing->rid, RID_BYTES);
    return ERR_OK;
}

static enum err prepare(struct writing *writing)
{
    struct ledger *ledger = writing->ledger;
    enum err err = ledger->gathering ? ERR_OK : work_begin(ledger, writing->txn);
    if (err == ERR_OK)
        err = origin_get_or_new(writing->txn, writing->origin, &writing->own);
    if (err == ERR_OK)
        err = meta_get_uint(writing->txn, "hlc", &writing->hlc);
    return err == ERR_OK ? ERR_OK : err_set(writing->info, err, "read the own log's end");
}

enum err ledger_write(struct ledger *ledger, struct store_txn *txn, const struct change *change,
                      uint64_t now_ms, const uint8_t random48[48], struct written *written_out,
                      struct err_info *info)
{
    arena_reset(&ledger->arena);
    struct writing writing = {.ledger = ledger,
                              .txn = txn,
                              .change = change,
                              .now_ms = now_ms,
                              .random48 = random48,
                              .info = info};
    writing.origin = (struct origin){.site = ledger->self.site, .epoch = ledger->self.epoch};
    const struct kind *kind = kind_by_number(change->kind);
    if (kind == NULL)
        return err_set(info, ERR_INVALID, "there is no kind %u", change->kind);
    if (kind->central && ledger->options.role == LEDGER_NODE)
        return err_set(info, ERR_DENIED,
                       "a %s is written at the centre, for all sites; ask the quality team there",
                       kind->name);
    enum err err = prepare(&writing);
    if (err == ERR_OK)
        err = change->create ? begin_new(&writing) : begin_edit(&writing);
    if (err != ERR_OK)
        return err;
    bool behind =
        ledger->options.role == LEDGER_BROKER && writing.own.applied_seq < writing.own.stored_seq;
    writing.drafting =
        (struct drafting){.txn = txn,
                          .change = change,
                          .kind = kind,
                          .rid = writing.rid,
                          .rec = &writing.rec,
                          .before = change->create ? NULL : &writing.before.view,
                          .self = writing.origin,
                          .unapplied_seq = behind && !change->create ? writing.own.stored_seq : 0};
    err = draft_check(ledger, &writing.drafting, info);
    return err == ERR_OK ? write_op(&writing, written_out) : err;
}

enum err ledger_write_begin(struct ledger *ledger, struct store_txn *txn, struct err_info *info)
{
    assert(!ledger->gathering);
    enum err err = work_begin(ledger, txn);
    ledger->gathering = err == ERR_OK;
    return err == ERR_OK ? ERR_OK : err_set(info, err, "read the ledger's own rows");
}

enum err ledger_write_end(struct ledger *ledger, struct store_txn *txn, struct err_info *info)
{
    assert(ledger->gathering);
    enum err err = work_end(ledger, txn);
    ledger->gathering = false;
    return err == ERR_OK ? ERR_OK : err_set(info, err, "apply the change");
}
