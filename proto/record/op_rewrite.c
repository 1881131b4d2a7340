/* What may happen to an entry after it was written: its personal part is erased, it is cut down to
 * its leaf, or its own site writes it again under a new dot. The first two never change the leaf,
 * so chains and seals stay valid. */
#include "proto/record/chain.h"
#include "proto/record/op_encode.h"
#include "proto/record/vv.h"

#include <assert.h>

enum err entry_erase(struct bytes entry, struct mp_buf *entry_out)
{
    struct entry parts;
    enum err err = entry_decode(entry, &parts);
    if (err != ERR_OK)
        return err;
    uint8_t commitment[HASH_BYTES];
    if (parts.shape == ENTRY_PERSONAL) {
        chain_commitment(&parts, commitment);
        parts.shape = ENTRY_ERASED;
        parts.hash = bytes_of(commitment, HASH_BYTES);
    }
    return entry_put(&parts, entry_out);
}

enum err entry_redact(struct bytes entry, struct mp_buf *entry_out)
{
    struct entry parts;
    enum err err = entry_decode(entry, &parts);
    if (err != ERR_OK)
        return err;
    uint8_t leaf[HASH_BYTES];
    err = chain_leaf(&parts, leaf);
    if (err != ERR_OK)
        return err;
    struct entry redacted = {.shape = ENTRY_REDACTED, .hash = bytes_of(leaf, HASH_BYTES)};
    return entry_put(&redacted, entry_out);
}

struct move {
    struct dot old;
    uint64_t kept_seq;
    struct dot new_dot;
};

/* The context as the new origin has to say it. The operations up to kept_seq stay the old origin's
 * for ever; those beyond are being written again, so a reference to one is a reference to its copy,
 * and to all that was kept. */
static enum err move_ctx(const struct move *move, struct bytes ctx, struct dot *dots_out,
                         uint32_t *count_out)
{
    struct dot before[VV_ENTRIES_MAX];
    uint32_t before_count = 0;
    enum err err = ctx_decode(ctx, move->old.origin, before, &before_count);
    *count_out = 0;
    for (uint32_t i = 0; err == ERR_OK && i < before_count; i++) {
        struct dot dot = before[i];
        if (origin_equal(dot.origin, move->old.origin) && dot.seq > move->kept_seq) {
            struct dot moved = {.origin = move->new_dot.origin, .seq = dot.seq - move->kept_seq};
            err = vv_raise(dots_out, count_out, moved);
            dot.seq = move->kept_seq;
        }
        if (err == ERR_OK && dot.seq > 0)
            err = vv_raise(dots_out, count_out, dot);
    }
    return err == ERR_LIMIT ? ERR_TOO_BIG : err;
}

static void put_was(struct mp_buf *buf, struct dot old)
{
    mp_put_uint(buf, OP_EXT_WAS);
    mp_put_array(buf, 3);
    mp_put_uint(buf, old.origin.site);
    mp_put_uint(buf, old.origin.epoch);
    mp_put_uint(buf, old.seq);
}

/* The first `was` stays: it names the operation people may already have seen. */
static void put_ext(struct mp_buf *buf, struct bytes ext, struct dot old)
{
    struct mp_reader reader = mp_reader_of(ext);
    uint32_t pairs = mp_peek(&reader) == MP_MAP ? mp_read_map(&reader) : 0;
    struct mp_reader look = reader;
    uint32_t smaller = 0; /* keys in front of OP_EXT_WAS */
    for (uint32_t i = 0; i < pairs; i++) {
        if (mp_peek(&look) == MP_UINT) {
            uint64_t key = mp_read_uint(&look);
            if (key == OP_EXT_WAS) {
                mp_put_raw(buf, ext);
                return;
            }
            smaller += key < OP_EXT_WAS;
        } else {
            (void)mp_read_any(&look);
        }
        (void)mp_read_any(&look);
    }
    mp_put_map(buf, pairs + 1);
    for (uint32_t i = 0; i < pairs; i++) {
        if (i == smaller)
            put_was(buf, old);
        mp_put_raw(buf, mp_read_any(&reader));
        mp_put_raw(buf, mp_read_any(&reader));
    }
    if (smaller == pairs)
        put_was(buf, old);
}

/* A deletion's value says what it had seen in the form of a context, so it moves like one. A value
 * of another form stays as it is. */
static enum err move_mark(const struct move *move, struct bytes *value, struct mp_buf *space)
{
    struct dot dots[VV_ENTRIES_MAX];
    uint32_t count = 0;
    enum err err = move_ctx(move, *value, dots, &count);
    if (err == ERR_CORRUPT || count == 0)
        return ERR_OK;
    mp_buf_reset(space);
    ctx_encode(space, move->new_dot.origin, dots, count);
    *value = mp_buf_bytes(space);
    return err == ERR_OK ? mp_buf_err(space) : err;
}

static enum err put_moved(struct mp_buf *buf, const struct op *op, const struct move *move)
{
    struct op_head head = {.seq = move->new_dot.seq,
                           .hlc = op->hlc,
                           .kind = op->kind,
                           .rid = op->rid,
                           .author = op->author,
                           .write_count = op->write_count};
    op_put_head(buf, &head);
    struct mp_buf mark;
    mp_buf_init(&mark, OP_BYTES_MAX);
    enum err err = ERR_OK;
    for (uint16_t i = 0; err == ERR_OK && i < op->write_count; i++) {
        const struct op_write *write = &op->writes[i];
        struct dot dots[VV_ENTRIES_MAX];
        struct op_put put = {.field = write->field,
                             .personal = write->personal,
                             .member = write->member,
                             .value = write->value,
                             .ctx = dots};
        err = move_ctx(move, write->ctx, dots, &put.ctx_count);
        if (err == ERR_OK && write->field == FIELD_DELETED)
            err = move_mark(move, &put.value, &mark);
        if (err == ERR_OK)
            op_put_write(buf, move->new_dot.origin, &put);
    }
    mp_buf_deinit(&mark);
    put_ext(buf, op->ext, move->old);
    return err == ERR_OK ? mp_buf_err(buf) : err;
}

enum err entry_reissue(struct bytes entry, struct dot old, uint64_t kept_seq, struct dot new_dot,
                       struct mp_buf *entry_out)
{
    assert(old.seq > kept_seq && new_dot.seq >= old.seq - kept_seq);
    assert(!origin_equal(old.origin, new_dot.origin));
    struct entry parts;
    struct op op;
    enum err err = entry_decode(entry, &parts);
    if (err == ERR_OK)
        err = op_decode(old.origin, &parts, &op);
    if (err != ERR_OK)
        return err;
    if (op.dot.seq != old.seq)
        return ERR_CORRUPT;
    struct move move = {.old = old, .kept_seq = kept_seq, .new_dot = new_dot};
    struct mp_buf public_part;
    mp_buf_init(&public_part, OP_BYTES_MAX);
    err = put_moved(&public_part, &op, &move);
    if (err == ERR_OK) {
        parts.public_part = mp_buf_bytes(&public_part);
        err = entry_put(&parts, entry_out);
    }
    mp_buf_deinit(&public_part);
    return err;
}
