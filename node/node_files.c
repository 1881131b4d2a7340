#include "node/node_private.h"

#include "proto/record/kinds.h"

/* Which files the own log attaches: looked for behind the writing, with a durable cursor that moves
 * in the transaction that notes them, so that a crash forgets none. */

static void file_of_write(const struct op_write *write, const struct kind *kind,
                          void (*each)(void *context, const uint8_t hash[HASH_BYTES],
                                       uint64_t size),
                          void *context)
{
    const struct field *field = field_by_number(kind, write->field);
    if (field == NULL || field->type != FIELD_FILE || !field->set)
        return;
    struct mp_reader member = mp_reader_of(write->member);
    struct bytes hash = mp_read_bin(&member);
    struct mp_reader value = mp_reader_of(write->value);
    if (hash.len != HASH_BYTES || mp_peek(&value) != MP_ARRAY || mp_read_array(&value) < 3)
        return;
    (void)mp_read_str(&value);
    (void)mp_read_str(&value);
    uint64_t size = mp_read_uint(&value);
    if (value.err == ERR_OK)
        each(context, hash.data, size);
}

void node_files_of(struct node *node, struct origin origin, struct bytes entry,
                   void (*each)(void *context, const uint8_t hash[HASH_BYTES], uint64_t size),
                   void *context)
{
    struct entry parts;
    if (entry_decode(entry, &parts) != ERR_OK || parts.shape == ENTRY_REDACTED ||
        op_decode(origin, &parts, &node->op) != ERR_OK)
        return;
    const struct kind *kind = kind_by_number(node->op.kind);
    for (uint16_t i = 0; kind != NULL && i < node->op.write_count; i++)
        file_of_write(&node->op.writes[i], kind, each, context);
}

struct wanting {
    struct node *node;
    struct store_txn *txn;
    enum err err;
};

static void want_file(void *context, const uint8_t hash[HASH_BYTES], uint64_t size)
{
    struct wanting *wanting = context;
    uint64_t known;
    enum blob_state state;
    if (wanting->err != ERR_OK || size == 0 || size > BLOB_BYTES_MAX)
        return;
    enum err err = node_get_blob(wanting->txn, hash, &known, &state);
    if (err == ERR_NOT_FOUND && !blobs_have(wanting->node->blobs, hash, NULL)) {
        err = node_put_blob(wanting->txn, hash, size, BLOB_WANTED);
        wanting->node->blobs_more = true;
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        wanting->err = err;
}

enum err node_want_files(struct node *node, struct store_txn *txn, struct origin origin,
                         struct bytes entry)
{
    struct wanting wanting = {.node = node, .txn = txn, .err = ERR_OK};
    node_files_of(node, origin, entry, want_file, &wanting);
    return wanting.err;
}

struct found_file {
    uint8_t hash[HASH_BYTES];
    uint64_t size;
};
enum { FOUND_MAX = NODE_SCAN_OPS };
struct scan {
    struct found_file files[FOUND_MAX];
    uint32_t count;
};

static void found(void *context, const uint8_t hash[HASH_BYTES], uint64_t size)
{
    struct scan *scan = context;
    if (scan->count == FOUND_MAX)
        return;
    memcpy(scan->files[scan->count].hash, hash, HASH_BYTES);
    scan->files[scan->count++].size = size;
}

/* Read on from `seq`; stops while there is room for the files of one more operation. */
static enum err read_some(struct node *node, struct store_txn *txn, struct origin origin,
                          uint64_t *seq, struct scan *scan)
{
    uint8_t from[DOT_KEY_BYTES];
    dot_put_key((struct dot){origin, *seq + 1}, from);
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(txn, NS_LOG, bytes_of(from, DOT_KEY_BYTES - 8),
                                   bytes_of(from, sizeof(from)), STORE_FORWARD, &iter);
    struct bytes key, value;
    for (uint32_t ops = 0;
         err == ERR_OK && ops < NODE_SCAN_OPS && scan->count + OP_WRITES_MAX <= FOUND_MAX; ops++) {
        if (!store_iter_next(iter, &key, &value, &err))
            break;
        if (key.len != DOT_KEY_BYTES)
            continue;
        *seq = dot_get_key(key.data).seq;
        node_files_of(node, origin, value, found, scan);
    }
    store_iter_close(iter);
    return err;
}

static enum err note_files(struct node *node, struct store_txn *txn, const struct scan *scan)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < scan->count && err == ERR_OK; i++) {
        uint64_t size;
        enum blob_state state;
        err = node_get_blob(txn, scan->files[i].hash, &size, &state);
        bool fresh = err == ERR_NOT_FOUND || (err == ERR_OK && state == BLOB_WANTED);
        /* an operation that came back from the broker attaches a file that is not here yet */
        bool here = fresh && blobs_have(node->blobs, scan->files[i].hash, NULL);
        if (err == ERR_NOT_FOUND)
            err = ERR_OK;
        if (here)
            err = node_put_blob(txn, scan->files[i].hash, scan->files[i].size, BLOB_PENDING);
    }
    if (err == ERR_OK && scan->count > 0)
        node->blobs_more = true;
    return err;
}

static enum err scan_slice(struct node *node, struct store_txn *txn, struct scan *scan,
                           bool *more_out)
{
    struct identity self = ledger_identity(node->ledger);
    uint32_t epoch;
    uint64_t seq;
    enum err err = node_get_scan(txn, &epoch, &seq);
    if (epoch != self.epoch)
        seq = 0;
    uint64_t before = seq;
    if (err == ERR_OK)
        err = read_some(node, txn, node_own(node, self.epoch), &seq, scan);
    *more_out = seq != before;
    if (err == ERR_OK && *more_out)
        err = note_files(node, txn, scan);
    return err == ERR_OK && *more_out ? node_put_scan(txn, self.epoch, seq) : err;
}

enum err node_scan_files(struct node *node)
{
    struct scan scan = {.count = 0};
    struct store_txn *txn;
    bool more = false;
    enum err err = store_begin(node->store, STORE_WRITE, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = scan_slice(node, txn, &scan, &more);
    if (err != ERR_OK || !more) {
        store_abort(txn);
        node->scan_more = err != ERR_OK;
        return err;
    }
    return node_commit(node, txn);
}

/* The rows that are not confirmed, as many as are kept in memory at a time. Those there keep what
 * the session knows of them. */
enum err node_load_blobs(struct node *node)
{
    struct store_txn *txn;
    struct store_iter *iter = NULL;
    enum err err = store_begin(node->store, STORE_READ, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = store_iter_open(txn, NS_BLOB, (struct bytes){0}, (struct bytes){0}, STORE_FORWARD, &iter);
    struct bytes key, value;
    node->blobs_more = false;
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        struct blob_item item = {0};
        if (key.len != HASH_BYTES || node_read_blob_row(value, &item.size, &item.state) != ERR_OK ||
            item.state == BLOB_CONFIRMED)
            continue;
        memcpy(item.hash, key.data, HASH_BYTES);
        bool there = false;
        for (uint32_t i = 0; i < node->blob_count && !there; i++)
            there = memcmp(node->blob_items[i].hash, item.hash, HASH_BYTES) == 0;
        if (there)
            continue;
        if (node->blob_count == NODE_BLOBS_MAX) {
            node->blobs_more = true;
            break;
        }
        node->blob_items[node->blob_count++] = item;
    }
    store_iter_close(iter);
    store_abort(txn);
    return err;
}

/* The next confirmed rows after `after`, at most FOUND_MAX. */
static enum err confirmed_after(struct store_txn *txn, const uint8_t after[HASH_BYTES],
                                struct scan *scan)
{
    struct store_iter *iter = NULL;
    scan->count = 0;
    enum err err = store_iter_open(txn, NS_BLOB, (struct bytes){0}, bytes_of(after, HASH_BYTES),
                                   STORE_FORWARD, &iter);
    struct bytes key, value;
    while (err == ERR_OK && scan->count < FOUND_MAX && store_iter_next(iter, &key, &value, &err)) {
        struct found_file *file = &scan->files[scan->count];
        enum blob_state state;
        if (key.len != HASH_BYTES || node_read_blob_row(value, &file->size, &state) != ERR_OK ||
            state != BLOB_CONFIRMED)
            continue;
        memcpy(file->hash, key.data, HASH_BYTES);
        scan->count++;
    }
    store_iter_close(iter);
    return err;
}

enum err node_offer_again(struct node *node, struct store_txn *txn)
{
    struct scan scan = {.count = FOUND_MAX};
    uint8_t after[HASH_BYTES] = {0};
    enum err err = ERR_OK;
    while (err == ERR_OK && scan.count == FOUND_MAX) {
        err = confirmed_after(txn, after, &scan);
        for (uint32_t i = 0; i < scan.count && err == ERR_OK; i++)
            err = node_put_blob(txn, scan.files[i].hash, scan.files[i].size, BLOB_PENDING);
        if (scan.count > 0) /* it is not confirmed any more: the walk goes on behind it */
            memcpy(after, scan.files[scan.count - 1].hash, HASH_BYTES);
    }
    node->blobs_more = true;
    return err;
}
