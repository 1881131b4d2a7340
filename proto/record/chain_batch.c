#include "proto/record/chain.h"

#include <assert.h>
#include <stddef.h>

enum { BATCH_PARTS = 6 };

void batch_encode(struct mp_buf *buf, const struct batch *batch)
{
    assert(batch->count >= 1 && batch->count <= BATCH_OPS_MAX);
    mp_put_array(buf, BATCH_PARTS);
    mp_put_uint(buf, batch->origin.site);
    mp_put_uint(buf, batch->origin.epoch);
    mp_put_uint(buf, batch->first);
    mp_put_bin(buf, bytes_of(batch->prev_head, HASH_BYTES));
    mp_put_array(buf, batch->count);
    for (uint32_t i = 0; i < batch->count; i++)
        mp_put_raw(buf, batch->entries[i]);
    mp_put_bin(buf, bytes_of(batch->seal, SEAL_BYTES));
}

static enum err read_entries(struct mp_reader *reader, struct batch *batch)
{
    uint32_t count = mp_read_array(reader);
    if (reader->err != ERR_OK || count == 0)
        return ERR_CORRUPT;
    if (count > BATCH_OPS_MAX)
        return ERR_LIMIT;
    size_t total_bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        batch->entries[i] = mp_read_any(reader);
        total_bytes += batch->entries[i].len;
        if (batch->entries[i].len > OP_BYTES_MAX || total_bytes > BATCH_BYTES_MAX)
            return ERR_TOO_BIG;
    }
    batch->count = count;
    return ERR_OK;
}

enum err batch_read(struct mp_reader *reader, struct batch *batch_out)
{
    struct batch batch; /* large: only the entries that are there are set and copied */
    uint32_t parts = mp_read_array(reader);
    batch.origin.site = mp_read_uint(reader);
    uint64_t epoch = mp_read_uint(reader);
    batch.first = mp_read_uint(reader);
    mp_read_bin_exact(reader, batch.prev_head, HASH_BYTES);
    if (reader->err != ERR_OK || parts != BATCH_PARTS || epoch > UINT32_MAX)
        return ERR_CORRUPT;
    batch.origin.epoch = (uint32_t)epoch;
    enum err err = read_entries(reader, &batch);
    mp_read_bin_exact(reader, batch.seal, SEAL_BYTES);
    if (err != ERR_OK)
        return err;
    if (reader->err != ERR_OK || !origin_valid(batch.origin) || batch.first == 0 ||
        batch.first > UINT64_MAX - batch.count)
        return ERR_CORRUPT;
    memcpy(batch_out, &batch, offsetof(struct batch, entries));
    memcpy(batch_out->entries, batch.entries, batch.count * sizeof(batch.entries[0]));
    memcpy(batch_out->seal, batch.seal, SEAL_BYTES);
    return ERR_OK;
}

static enum err verify_entry(struct bytes input, uint64_t seq, bool redacted_ok,
                             uint8_t head[HASH_BYTES])
{
    struct entry entry;
    enum err err = entry_decode(input, &entry);
    if (err != ERR_OK)
        return ERR_CORRUPT;
    if (entry.shape == ENTRY_REDACTED) {
        if (!redacted_ok)
            return ERR_CORRUPT;
    } else {
        uint64_t own_seq = 0;
        err = entry_seq(&entry, &own_seq);
        if (err != ERR_OK)
            return err;
        if (own_seq != seq)
            return ERR_GAP;
    }
    uint8_t leaf[HASH_BYTES];
    err = chain_leaf(&entry, leaf);
    if (err == ERR_OK)
        chain_extend(head, leaf);
    return err;
}

enum err batch_verify(const struct batch *batch, const uint8_t sign_public[SIGN_PUBLIC_BYTES],
                      bool redacted_ok, uint8_t head_out[HASH_BYTES])
{
    uint8_t head[HASH_BYTES];
    memcpy(head, batch->prev_head, HASH_BYTES);
    for (uint32_t i = 0; i < batch->count; i++) {
        enum err err = verify_entry(batch->entries[i], batch->first + i, redacted_ok, head);
        if (err != ERR_OK)
            return err;
    }
    uint64_t last = batch->first + batch->count - 1;
    if (!seal_check(batch->origin, batch->first, last, head, sign_public, batch->seal))
        return ERR_BAD_SEAL;
    memcpy(head_out, head, HASH_BYTES);
    return ERR_OK;
}
