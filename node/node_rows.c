#include "lib/ledger/takeover.h"
#include "node/node_private.h"

/* Small rows of NS_META under "node.", and NS_BLOB. */

static const char MOVE[] = NODE_ROW_MOVE;   /* [epoch granted] */
static const char FETCH[] = NODE_ROW_FETCH; /* [epoch…] */
static const char SCAN[] = "node.scan";     /* [epoch, seq] */
static const char BACK[] = "node.return";   /* [incarnation, in two numbers, site, epoch, seq] */

struct origin node_own(const struct node *node, uint32_t epoch)
{
    return (struct origin){.site = ledger_identity(node->ledger).site, .epoch = epoch};
}

bool node_move_open(const struct node *node)
{
    return node->move_epoch > ledger_identity(node->ledger).epoch;
}

bool node_moving(const struct node *node)
{
    return node_move_open(node) || node->fetch_count > 0;
}

static enum err get_numbers(struct store_txn *txn, const char *name, uint64_t *numbers_out,
                            uint32_t max, uint32_t *count_out)
{
    struct bytes value;
    *count_out = 0;
    enum err err = store_get(txn, NS_META, bytes_of_text(name), &value);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err != ERR_OK)
        return err;
    struct mp_reader reader = mp_reader_of(value);
    uint32_t count = mp_read_array(&reader);
    if (reader.err != ERR_OK || count > max)
        return ERR_CORRUPT;
    for (uint32_t i = 0; i < count; i++)
        numbers_out[i] = mp_read_uint(&reader);
    *count_out = reader.err == ERR_OK ? count : 0;
    return reader.err;
}

enum err node_put_move(struct store_txn *txn, uint32_t epoch)
{
    return ledger_put_numbers(txn, MOVE, &(uint64_t){epoch}, 1);
}

enum err node_put_fetch(struct store_txn *txn, const uint32_t *epochs, uint32_t count)
{
    uint64_t numbers[NODE_FETCH_MAX];
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = epochs[i];
    return ledger_put_numbers(txn, FETCH, numbers, count);
}

enum err node_put_back(struct store_txn *txn, const struct node_back *back)
{
    const uint64_t numbers[] = {get_u64(back->incarnation), get_u64(back->incarnation + 8),
                                back->at.origin.site, back->at.origin.epoch, back->at.seq};
    return ledger_put_numbers(txn, BACK, numbers, 5);
}

enum err node_put_scan(struct store_txn *txn, uint32_t epoch, uint64_t seq)
{
    return ledger_put_numbers(txn, SCAN, (uint64_t[]){epoch, seq}, 2);
}

enum err node_get_scan(struct store_txn *txn, uint32_t *epoch_out, uint64_t *seq_out)
{
    uint64_t numbers[2] = {0};
    uint32_t count;
    enum err err = get_numbers(txn, SCAN, numbers, 2, &count);
    *epoch_out = (uint32_t)numbers[0];
    *seq_out = numbers[1];
    return err;
}

enum err node_read_rows(struct node *node, struct store_txn *txn)
{
    uint64_t numbers[NODE_FETCH_MAX] = {0};
    uint32_t count;
    enum err err = get_numbers(txn, MOVE, numbers, 1, &count);
    node->move_epoch = count == 1 ? (uint32_t)numbers[0] : 0;
    if (err == ERR_OK)
        err = get_numbers(txn, FETCH, numbers, NODE_FETCH_MAX, &count);
    node->fetch_count = count;
    for (uint32_t i = 0; i < count; i++)
        node->fetch[i] = (uint32_t)numbers[i];
    if (err == ERR_OK)
        err = get_numbers(txn, BACK, numbers, 5, &count);
    node->back = (struct node_back){.at.seq = 0};
    if (err == ERR_OK && count == 5) {
        put_u64(node->back.incarnation, numbers[0]);
        put_u64(node->back.incarnation + 8, numbers[1]);
        node->back.at =
            (struct dot){.origin = {numbers[2], (uint32_t)numbers[3]}, .seq = numbers[4]};
    }
    return err;
}

enum err node_origin(struct store_txn *txn, struct origin origin, struct origin_row *row_out)
{
    enum err err = ledger_get_origin(txn, origin, row_out);
    if (err != ERR_NOT_FOUND)
        return err;
    *row_out = (struct origin_row){0};
    chain_start(origin, row_out->head);
    chain_start(origin, row_out->acked_head);
    return ERR_OK;
}

enum err node_read_blob_row(struct bytes row, uint64_t *size_out, enum blob_state *state_out)
{
    struct mp_reader reader = mp_reader_of(row);
    uint32_t count = mp_read_array(&reader);
    uint64_t size = mp_read_uint(&reader);
    uint64_t state = mp_read_uint(&reader);
    if (reader.err != ERR_OK || count < 2 || state < BLOB_PENDING || state > BLOB_WANTED)
        return ERR_CORRUPT;
    *size_out = size;
    *state_out = (enum blob_state)state;
    return ERR_OK;
}

enum err node_get_blob(struct store_txn *txn, const uint8_t hash[HASH_BYTES], uint64_t *size_out,
                       enum blob_state *state_out)
{
    struct bytes row;
    enum err err = store_get(txn, NS_BLOB, bytes_of(hash, HASH_BYTES), &row);
    return err == ERR_OK ? node_read_blob_row(row, size_out, state_out) : err;
}

enum err node_put_blob(struct store_txn *txn, const uint8_t hash[HASH_BYTES], uint64_t size,
                       enum blob_state state)
{
    struct mp_buf row;
    mp_buf_init(&row, 64);
    mp_put_array(&row, 2);
    mp_put_uint(&row, size);
    mp_put_uint(&row, (uint64_t)state);
    enum err err = mp_buf_err(&row);
    if (err == ERR_OK)
        err = store_put(txn, NS_BLOB, bytes_of(hash, HASH_BYTES), mp_buf_bytes(&row));
    mp_buf_deinit(&row);
    return err;
}
