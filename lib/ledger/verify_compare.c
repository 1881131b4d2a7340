#include "lib/ledger/ledger_verify.h"

struct side {
    struct store_iter *iter;
    struct bytes key, value;
    bool there;
};

static enum err side_open(struct side *side, struct store_txn *txn, enum store_ns ns)
{
    return store_iter_open(txn, ns, bytes_of(NULL, 0), bytes_of(NULL, 0), STORE_FORWARD,
                           &side->iter);
}

static enum err side_next(struct side *side)
{
    enum err err = ERR_OK;
    side->there = store_iter_next(side->iter, &side->key, &side->value, &err);
    return err;
}

static enum err compare_sides(struct side *here, struct side *there, uint64_t *rows, uint64_t *bad)
{
    enum err err = side_next(here);
    if (err == ERR_OK)
        err = side_next(there);
    while (err == ERR_OK && (here->there || there->there)) {
        int order = !here->there ? 1 : !there->there ? -1 : bytes_compare(here->key, there->key);
        *rows += order <= 0;
        *bad += order != 0 || !bytes_equal(here->value, there->value);
        if (order <= 0)
            err = side_next(here);
        if (err == ERR_OK && order >= 0)
            err = side_next(there);
    }
    return err;
}

enum err compare_rows(struct store_txn *here, struct store_txn *there, enum store_ns ns,
                      uint64_t *rows, uint64_t *bad)
{
    struct side left = {.iter = NULL};
    struct side right = {.iter = NULL};
    enum err err = side_open(&left, here, ns);
    if (err == ERR_OK)
        err = side_open(&right, there, ns);
    if (err == ERR_OK)
        err = compare_sides(&left, &right, rows, bad);
    store_iter_close(left.iter);
    store_iter_close(right.iter);
    return err;
}
