#include "lib/ledger/ledger_verify.h"

#include <sodium.h>

/* Proof by doing it again: every chain is walked and the log is applied to an empty store in
 * memory, whose rows must be the same bytes. The walk reads in short snapshots, so that a long one
 * does not keep the store from reusing its pages; should the derived rows have changed meanwhile,
 * it is done once more in a single one. */

enum { CHUNK_OPS = 10000, STAMP_BYTES = 32 };

struct verifying {
    struct ledger *ledger;
    struct ledger *copy; /* over the store in memory */
    struct store_txn *txn;
    struct key_source keys;
    void (*progress)(void *context, uint64_t done, uint64_t all);
    bool one_snapshot;
    uint64_t all;
    uint8_t next[DOT_KEY_BYTES];
    struct chain_check chain;
    struct counted counted;
    struct verify_report report;
};

/* Changes when derived rows do. */
static enum err stamp(struct ledger *ledger, struct store_txn *txn, uint8_t stamp_out[STAMP_BYTES])
{
    static const char *const names[] = {"digest", "applied", "rebuild"};
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, STAMP_BYTES);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct bytes value;
        enum err err = store_get(txn, NS_META, bytes_of_text(names[i]), &value);
        if (err == ERR_OK)
            crypto_generichash_update(&state, value.data, value.len);
        else if (err != ERR_NOT_FOUND)
            return err;
    }
    struct store_iter *iter = NULL;
    enum err err = ERR_OK;
    if (ledger->options.role == LEDGER_NODE)
        err = store_iter_open(txn, NS_ORIGIN, bytes_of(NULL, 0), bytes_of(NULL, 0), STORE_FORWARD,
                              &iter);
    struct bytes key, value;
    while (err == ERR_OK && iter != NULL && store_iter_next(iter, &key, &value, &err))
        crypto_generichash_update(&state, value.data, value.len);
    store_iter_close(iter);
    crypto_generichash_final(&state, stamp_out, STAMP_BYTES);
    return err;
}

static enum err check_origins(struct verifying *verifying)
{
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(verifying->txn, NS_ORIGIN, bytes_of(NULL, 0), bytes_of(NULL, 0),
                                   STORE_FORWARD, &iter);
    struct bytes key, value;
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        verifying->report.origins++;
        struct origin origin = {.site = 0};
        struct origin_row row = {.stored_seq = 0};
        bool readable = key.len == ORIGIN_KEY_BYTES;
        if (readable)
            origin = (struct origin){.site = get_u64(key.data), .epoch = get_u32(key.data + 8)};
        readable = readable && ledger_get_origin(verifying->txn, origin, &row) == ERR_OK;
        verifying->all += row.stored_seq;
        struct bytes first = bytes_of(NULL, 0);
        enum err there =
            row.stored_seq > 0 ? store_last(verifying->txn, NS_LOG, key, &first, NULL) : ERR_OK;
        verifying->report.bad_chains += !readable || there == ERR_NOT_FOUND;
        if (there != ERR_OK && there != ERR_NOT_FOUND)
            err = there;
    }
    store_iter_close(iter);
    return err;
}

/* A readable operation that counts is merged in memory; an unreadable one that nobody set aside is
 * a finding. */
static enum err replay(struct verifying *verifying, struct dot dot, struct bytes stored)
{
    bool wanted = false;
    enum err err = log_counts(verifying->ledger, verifying->txn, dot, &verifying->counted, &wanted);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
        return ERR_OK; /* its origin's or its own row is bad: found already, or differs below */
    if (err != ERR_OK || !wanted)
        return err;
    struct op op;
    err = log_op(verifying->txn, dot, &op);
    if (err == ERR_CORRUPT || err == ERR_TOO_BIG || err == ERR_VERSION) {
        struct entry entry;
        /* What the chain could not read either has been counted. */
        verifying->report.bad_entries +=
            dot.seq > verifying->chain.whole_to || entry_decode(stored, &entry) == ERR_OK;
        return ERR_OK;
    }
    if (err == ERR_OK)
        err = merge_entry(verifying->copy, verifying->copy->emit_txn, dot, stored, 0);
    return err == ERR_CORRUPT ? ERR_OK : err;
}

static enum err walk_entry(struct verifying *verifying, struct dot dot, struct bytes stored)
{
    enum err err = ERR_OK;
    struct chain_check *chain = &verifying->chain;
    if (!origin_equal(chain->origin, dot.origin)) {
        if (chain->origin.site != 0)
            err = chain_check_end(chain, verifying->txn, &verifying->report);
        if (err == ERR_OK)
            err = chain_check_begin(chain, verifying->txn, dot.origin, verifying->keys,
                                    &verifying->report);
    }
    if (err == ERR_OK)
        err = chain_check_entry(chain, verifying->txn, dot.seq, stored, &verifying->report);
    return err == ERR_OK ? replay(verifying, dot, stored) : err;
}

/* more_out: the next snapshot goes on at verifying->next. */
static enum err walk_some(struct verifying *verifying, bool *more_out)
{
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(verifying->txn, NS_LOG, bytes_of(NULL, 0),
                                   bytes_of(verifying->next, DOT_KEY_BYTES), STORE_FORWARD, &iter);
    struct bytes key, value;
    uint32_t done = 0;
    *more_out = false;
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        if (key.len != DOT_KEY_BYTES) {
            verifying->report.bad_entries++;
            continue;
        }
        if (done++ == CHUNK_OPS) {
            memcpy(verifying->next, key.data, DOT_KEY_BYTES);
            *more_out = true;
            break;
        }
        err = walk_entry(verifying, dot_get_key(key.data), value);
    }
    store_iter_close(iter);
    if (err == ERR_OK && !*more_out && verifying->chain.origin.site != 0)
        err = chain_check_end(&verifying->chain, verifying->txn, &verifying->report);
    uint64_t seen = verifying->report.operations;
    verifying->all = verifying->all < seen ? seen : verifying->all;
    if (verifying->progress != NULL)
        verifying->progress(verifying->keys.context, seen, verifying->all);
    return err;
}

static enum err walk_chunk(struct verifying *verifying, bool *more_out, struct err_info *info)
{
    struct ledger *copy = verifying->copy;
    struct store_txn *to = NULL;
    enum err err = store_begin(copy->store, STORE_WRITE, &to, info);
    if (err != ERR_OK)
        return err;
    copy->log_txn = verifying->txn;
    copy->emit_txn = to;
    err = work_begin(copy, to);
    if (err == ERR_OK)
        err = walk_some(verifying, more_out);
    if (err == ERR_OK)
        err = work_end(copy, to);
    if (err != ERR_OK) {
        store_abort(to);
        return err;
    }
    return commit_txn(to, info);
}

static enum err snapshot_renew(struct verifying *verifying, struct err_info *info)
{
    if (verifying->one_snapshot)
        return ERR_OK;
    store_abort(verifying->txn);
    verifying->txn = NULL;
    return store_begin(verifying->ledger->store, STORE_READ, &verifying->txn, info);
}

static enum err compare(struct verifying *verifying, struct err_info *info)
{
    struct verify_report *report = &verifying->report;
    struct store_txn *there = NULL;
    enum err err = store_begin(verifying->copy->store, STORE_READ, &there, info);
    if (err != ERR_OK)
        return err;
    uint64_t index_rows = 0;
    uint8_t digest_here[DIGEST_BYTES], digest_there[DIGEST_BYTES];
    err = compare_rows(verifying->txn, there, NS_RECORD, &report->records, &report->bad_records);
    if (err == ERR_OK)
        err = compare_rows(verifying->txn, there, NS_CELL, &report->cells, &report->bad_cells);
    if (err == ERR_OK)
        err = compare_rows(verifying->txn, there, NS_INDEX, &index_rows, &report->bad_indexes);
    if (err == ERR_OK)
        err = ledger_digest(there, digest_there);
    if (err == ERR_OK) {
        enum err here = ledger_digest(verifying->txn, digest_here);
        report->digest_matches =
            here == ERR_OK && memcmp(digest_here, digest_there, DIGEST_BYTES) == 0;
        err = here == ERR_CORRUPT ? ERR_OK : here;
    }
    store_abort(there);
    return err;
}

/* One whole pass. steady_out: no derived row changed while it ran. */
static enum err pass(struct verifying *verifying, bool *steady_out, struct err_info *info)
{
    uint8_t before[STAMP_BYTES], after[STAMP_BYTES];
    enum err err = store_begin(verifying->ledger->store, STORE_READ, &verifying->txn, info);
    if (err != ERR_OK)
        return err;
    err = stamp(verifying->ledger, verifying->txn, before);
    if (err == ERR_OK)
        err = check_origins(verifying);
    bool more = true;
    while (err == ERR_OK && more) {
        err = walk_chunk(verifying, &more, info);
        if (err == ERR_OK && more)
            err = snapshot_renew(verifying, info);
    }
    if (err == ERR_OK)
        err = stamp(verifying->ledger, verifying->txn, after);
    *steady_out = err == ERR_OK && memcmp(before, after, sizeof(before)) == 0;
    if (*steady_out)
        err = compare(verifying, info);
    store_abort(verifying->txn);
    verifying->txn = NULL;
    return err;
}

/* An empty store in memory that knows who it stands for. */
static enum err copy_rows(struct ledger *ledger, struct store *memory, struct err_info *info)
{
    static const char *const names[] = {"self", "member", "centres"};
    struct store_txn *from = NULL;
    struct store_txn *to = NULL;
    enum err err = store_begin(ledger->store, STORE_READ, &from, info);
    if (err == ERR_OK)
        err = store_begin(memory, STORE_WRITE, &to, info);
    for (size_t i = 0; err == ERR_OK && i < sizeof(names) / sizeof(names[0]); i++) {
        struct bytes value;
        err = store_get(from, NS_META, bytes_of_text(names[i]), &value);
        if (err == ERR_OK)
            err = store_put(to, NS_META, bytes_of_text(names[i]), value);
        else if (err == ERR_NOT_FOUND)
            err = ERR_OK;
    }
    store_abort(from);
    if (err == ERR_OK)
        return commit_txn(to, info);
    store_abort(to);
    return err;
}

static enum err pass_in_memory(struct verifying *verifying, bool *steady_out, struct err_info *info)
{
    struct store *memory = NULL;
    enum err err = store_open_mem(&memory);
    if (err == ERR_OK)
        err = copy_rows(verifying->ledger, memory, info);
    if (err == ERR_OK)
        err = ledger_alloc(memory, &verifying->ledger->options, &verifying->copy);
    if (err == ERR_OK) {
        verifying->copy->rebuilding = true;
        err = pass(verifying, steady_out, info);
    }
    ledger_close(verifying->copy);
    store_close(memory);
    return err;
}

enum err ledger_verify(struct ledger *ledger,
                       uint32_t (*sign_keys_of)(void *context, struct origin origin,
                                                uint8_t keys_out[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES]),
                       void (*progress)(void *context, uint64_t done, uint64_t all), void *context,
                       struct verify_report *report_out, struct err_info *info)
{
    bool steady = false;
    struct verify_report report = {.origins = 0};
    for (int round = 0; round < 2 && !steady; round++) {
        struct verifying verifying = {.ledger = ledger,
                                      .keys = {.sign_keys_of = sign_keys_of, .context = context},
                                      .progress = progress,
                                      .one_snapshot = round > 0};
        enum err err = pass_in_memory(&verifying, &steady, info);
        if (err != ERR_OK)
            return err_set(info, err, "verify");
        report = verifying.report;
    }
    *report_out = report;
    return ERR_OK;
}
