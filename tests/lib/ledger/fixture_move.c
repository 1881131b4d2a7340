#include "tests/lib/ledger/fixture.h"

#include <sodium.h>

/* Operations on their way from place to place, and what is derived from them, in one number. */

enum { ARENA_BYTES = 64 * 1024 * 1024 };

enum err upload(struct place *from, struct place *to, uint32_t count)
{
    struct identity self = ledger_identity(from->ledger);
    struct origin origin = {.site = self.site, .epoch = self.epoch};
    static struct batch batch;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    enum err err = ERR_OK;
    while (err == ERR_OK) {
        struct store_txn *in = begin_write(to);
        struct store_txn *out = begin_read(from);
        struct origin_row row = {.stored_seq = 0};
        err = ledger_get_origin(in, origin, &row);
        cr_assert(err == ERR_OK || err == ERR_NOT_FOUND);
        err = ledger_take_batch(from->ledger, out, origin, row.stored_seq + 1, count,
                                BATCH_BYTES_MAX, &arena, &batch);
        store_abort(out);
        uint8_t head[HASH_BYTES];
        bool none = err == ERR_NOT_FOUND;
        if (err == ERR_OK)
            err = batch_verify(&batch, from->sign_public, false, head);
        if (err == ERR_OK)
            err = ledger_store_batch(to->ledger, in, &batch, head, to->now_ms);
        if (err == ERR_OK)
            commit(in);
        else
            store_abort(in);
        arena_reset(&arena);
        if (none) {
            err = ERR_OK;
            break;
        }
    }
    arena_deinit(&arena);
    return err;
}

enum err feed(struct place *broker, struct place *node, struct dot dot)
{
    static struct batch batch;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    struct store_txn *out = begin_read(broker);
    enum err err = ledger_take_redacted(broker->ledger, out, &dot, 1, &arena, &batch);
    store_abort(out);
    uint8_t keys[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES], head[HASH_BYTES];
    (void)keys_of_place(NULL, dot.origin, keys);
    if (err == ERR_OK)
        err = batch_verify(&batch, keys[0], true, head);
    struct store_txn *in = begin_write(node);
    if (err == ERR_OK)
        err = ledger_absorb_batch(node->ledger, in, &batch, head, node->now_ms);
    if (err == ERR_OK)
        commit(in);
    else
        store_abort(in);
    arena_deinit(&arena);
    return err;
}

void apply_all(struct place *broker)
{
    bool caught_up = false;
    while (!caught_up) {
        uint32_t applied = 0;
        struct err_info info = {.text = ""};
        uint32_t most = 1 + (uint32_t)place_random(broker, 7);
        cr_assert_eq(ledger_apply(broker->ledger, most, &applied, &caught_up, &info), ERR_OK,
                     "apply: %s", info.text);
    }
}

static void hash_rows(struct store_txn *txn, enum store_ns ns, crypto_generichash_state *state,
                      uint64_t *rows)
{
    struct store_iter *iter = NULL;
    enum err err =
        store_iter_open(txn, ns, bytes_of(NULL, 0), bytes_of(NULL, 0), STORE_FORWARD, &iter);
    struct bytes key, value;
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        uint8_t lens[16];
        put_u64(lens, key.len);
        put_u64(lens + 8, value.len);
        crypto_generichash_update(state, lens, sizeof(lens));
        crypto_generichash_update(state, key.data, key.len);
        crypto_generichash_update(state, value.data, value.len);
        (*rows)++;
    }
    cr_assert_eq(err, ERR_OK);
    store_iter_close(iter);
}

uint64_t derived_hash(struct place *place)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 16);
    uint64_t rows = 0;
    struct store_txn *txn = begin_read(place);
    hash_rows(txn, NS_RECORD, &state, &rows);
    hash_rows(txn, NS_CELL, &state, &rows);
    hash_rows(txn, NS_INDEX, &state, &rows);
    uint8_t digest[16];
    cr_assert_eq(ledger_digest(txn, digest), ERR_OK);
    store_abort(txn);
    crypto_generichash_update(&state, digest, sizeof(digest));
    uint8_t hash[16];
    crypto_generichash_final(&state, hash, sizeof(hash));
    return get_u64(hash);
}

uint64_t rows_of(struct place *place, enum store_ns ns)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 16);
    uint64_t rows = 0;
    struct store_txn *txn = begin_read(place);
    hash_rows(txn, ns, &state, &rows);
    store_abort(txn);
    return rows;
}

void expect_sound(struct place *place, const char *what)
{
    struct verify_report report;
    struct err_info info = {.text = ""};
    enum err err = ledger_verify(place->ledger, keys_of_place, NULL, NULL, &report, &info);
    cr_assert_eq(err, ERR_OK, "%s: verify: %s", what, info.text);
    uint64_t bad = report.bad_chains + report.bad_seals + report.bad_entries + report.bad_records +
                   report.bad_cells + report.bad_indexes;
    cr_expect_eq(bad, 0, "%s: chains %lu seals %lu entries %lu records %lu cells %lu indexes %lu",
                 what, (unsigned long)report.bad_chains, (unsigned long)report.bad_seals,
                 (unsigned long)report.bad_entries, (unsigned long)report.bad_records,
                 (unsigned long)report.bad_cells, (unsigned long)report.bad_indexes);
    cr_expect(report.digest_matches, "%s: digest", what);
}
