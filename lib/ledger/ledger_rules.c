/* The organisation's rules follow from its records. A complaint's deadlines depend on them, so when
 * they change, every record that they move is taken out of the cells by the old rules and put in by
 * the new ones, in the transaction that brought the change: cells stay what a rebuild would give,
 * in whatever order things arrive. */
#include "lib/ledger/ledger_private.h"

#include <string.h>

enum { RULES_PIECE = 256, RULES_VIEW_BYTES_MAX = 8 * 1024 * 1024 };

const struct rules *ledger_rules(const struct ledger *ledger)
{
    return ledger->rules;
}

struct piece {
    uint32_t count;
    uint8_t rids[RULES_PIECE][RID_BYTES];
};

static bool collect(void *context, const uint8_t rid[RID_BYTES])
{
    struct piece *piece = context;
    memcpy(piece->rids[piece->count++], rid, RID_BYTES);
    return piece->count < RULES_PIECE;
}

/* `each` for every record of the kind, a piece at a time: nothing is iterated while it writes. */
static enum err each_view(struct ledger *ledger, struct store_txn *txn, uint16_t kind,
                          enum err (*each)(struct ledger *ledger, struct store_txn *txn,
                                           const struct record_view *view))
{
    struct piece piece = {.count = 0};
    struct arena arena;
    uint8_t last[RID_BYTES];
    const uint8_t *after = NULL;
    enum err err = ERR_OK;
    arena_init(&arena, RULES_VIEW_BYTES_MAX);
    do {
        piece.count = 0;
        err = ledger_each_record(txn, kind, after, STORE_FORWARD, collect, &piece);
        for (uint32_t i = 0; i < piece.count && err == ERR_OK; i++) {
            struct record_view view;
            arena_reset(&arena);
            err = view_of(ledger->log_txn != NULL ? ledger->log_txn : txn, txn, kind, piece.rids[i],
                          &arena, &view);
            if (err == ERR_OK)
                err = each(ledger, txn, &view);
        }
        if (piece.count > 0) {
            memcpy(last, piece.rids[piece.count - 1], RID_BYTES);
            after = last;
        }
    } while (err == ERR_OK && piece.count == RULES_PIECE);
    arena_deinit(&arena);
    return err;
}

static enum err add_record(struct ledger *ledger, struct store_txn *txn,
                           const struct record_view *view)
{
    (void)txn;
    rules_add(ledger->rules_next, view);
    return ERR_OK;
}

static enum err make_next(struct ledger *ledger, struct store_txn *txn)
{
    enum err err = ERR_OK;
    rules_begin(ledger->rules_next);
    for (uint16_t kind = KIND_SETTINGS; kind <= KIND_CYCLE && err == ERR_OK; kind++)
        err = each_view(ledger, txn, kind, add_record);
    rules_finish(ledger->rules_next);
    return err;
}

static void take_next(struct ledger *ledger)
{
    struct rules *old = ledger->rules;
    ledger->rules = ledger->rules_next;
    ledger->rules_next = old;
}

enum err rules_load(struct ledger *ledger, struct store_txn *txn)
{
    enum err err = make_next(ledger, txn);
    if (err == ERR_OK)
        take_next(ledger);
    return err;
}

/* `rules` and `rules_next` change places around the taking away. */
static enum err move_record(struct ledger *ledger, struct store_txn *txn,
                            const struct record_view *view)
{
    enum err err = cells_take(ledger, txn, view);
    take_next(ledger);
    if (err == ERR_OK)
        err = cells_move(ledger, txn, NULL, view);
    take_next(ledger);
    return err;
}

enum err rules_follow(struct ledger *ledger, struct store_txn *txn)
{
    enum err err = make_next(ledger, txn);
    if (err != ERR_OK || memcmp(ledger->rules, ledger->rules_next, sizeof(*ledger->rules)) == 0)
        return err;
    ledger->rules_unsure = true;
    err = each_view(ledger, txn, KIND_COMPLAINT, move_record);
    if (err == ERR_OK)
        take_next(ledger);
    return err;
}
