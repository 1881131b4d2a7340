#include "proto/record/op.h"

/* The second part of a two-part entry, or of a three-part one: 32 bytes. */
static struct bytes read_hash(struct mp_reader *reader)
{
    struct bytes hash = mp_read_bin(reader);
    if (hash.len != HASH_BYTES)
        reader->err = ERR_CORRUPT;
    return hash;
}

_Static_assert((int)SALT_BYTES == (int)HASH_BYTES, "salt and hashes are read alike");

enum err entry_decode(struct bytes input, struct entry *entry_out)
{
    if (input.len > OP_BYTES_MAX)
        return ERR_TOO_BIG;
    struct mp_reader reader = mp_reader_of(input);
    uint32_t parts = mp_read_array(&reader);
    struct entry entry = {.shape = ENTRY_PLAIN};
    if (parts == 2 && mp_peek(&reader) == MP_NIL) {
        mp_read_nil(&reader);
        entry.shape = ENTRY_REDACTED;
        entry.hash = read_hash(&reader);
    } else {
        entry.public_part = mp_read_bin(&reader);
        if (entry.public_part.len == 0)
            return ERR_CORRUPT;
        if (parts == 2) {
            entry.shape = ENTRY_ERASED;
            entry.hash = read_hash(&reader);
        } else if (parts == 3) {
            entry.shape = ENTRY_PERSONAL;
            entry.salt = read_hash(&reader);
            entry.personal_part = mp_read_bin(&reader);
            if (entry.personal_part.len == 0)
                return ERR_CORRUPT;
        } else if (parts != 1) {
            return ERR_CORRUPT;
        }
    }
    if (!mp_at_end(&reader))
        return ERR_CORRUPT;
    *entry_out = entry;
    return ERR_OK;
}

enum err entry_seq(const struct entry *entry, uint64_t *seq_out)
{
    struct mp_reader reader = mp_reader_of(entry->public_part);
    (void)mp_read_array(&reader);
    (void)mp_read_uint(&reader);
    uint64_t seq = mp_read_uint(&reader);
    if (reader.err != ERR_OK || seq == 0)
        return ERR_CORRUPT;
    *seq_out = seq;
    return ERR_OK;
}

enum err entry_kind(const struct entry *entry, uint16_t *kind_out)
{
    struct mp_reader reader = mp_reader_of(entry->public_part);
    (void)mp_read_array(&reader);
    (void)mp_read_uint(&reader); /* format */
    (void)mp_read_uint(&reader); /* sequence */
    (void)mp_read_uint(&reader); /* clock */
    uint64_t kind = mp_read_uint(&reader);
    if (reader.err != ERR_OK || kind == 0 || kind > UINT16_MAX)
        return ERR_CORRUPT;
    *kind_out = (uint16_t)kind;
    return ERR_OK;
}
