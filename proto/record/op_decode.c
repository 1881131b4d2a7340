/* Reading an operation: the scan admits the bytes, the cursor reads them, and every rule of the
 * format that does not need the kinds table is checked here once, so that nobody after this doubts
 * an operation again. */
#include "proto/record/vv.h"

#include <stddef.h>

static bool number_fits(uint64_t number, uint64_t least, uint64_t most)
{
    return number >= least && number <= most;
}

static enum err read_head(struct mp_reader *reader, struct op *op)
{
    uint32_t parts = mp_read_array(reader);
    uint64_t format = mp_read_uint(reader);
    if (reader->err != ERR_OK || format == 0)
        return ERR_CORRUPT;
    if (format > OP_FORMAT)
        return ERR_VERSION;
    if (parts != OP_PARTS)
        return ERR_CORRUPT;
    op->dot.seq = mp_read_uint(reader);
    op->hlc = mp_read_uint(reader);
    uint64_t kind = mp_read_uint(reader);
    mp_read_bin_exact(reader, op->rid, RID_BYTES);
    op->author = mp_read_str(reader);
    if (reader->err != ERR_OK || op->dot.seq == 0 || !number_fits(kind, 1, UINT16_MAX) ||
        !rid_valid(op->rid))
        return ERR_CORRUPT;
    op->kind = (uint16_t)kind;
    return op->author.len > AUTHOR_BYTES_MAX ? ERR_TOO_BIG : ERR_OK;
}

static enum err check_ctx(const struct op *op, struct bytes ctx)
{
    struct dot dots[VV_ENTRIES_MAX];
    uint32_t count = 0;
    enum err err = ctx_decode(ctx, op->dot.origin, dots, &count);
    if (err != ERR_OK)
        return err == ERR_LIMIT ? ERR_TOO_BIG : err;
    /* Nobody has seen what it writes only now. */
    return vv_get(dots, count, op->dot.origin) < op->dot.seq ? ERR_OK : ERR_CORRUPT;
}

static enum err read_write(struct mp_reader *reader, const struct op *op,
                           struct op_write *write_out)
{
    struct op_write write = {.personal = false};
    uint32_t parts = mp_read_array(reader);
    uint64_t field = mp_read_uint(reader);
    write.ctx = mp_read_any(reader);
    if (parts == 2)
        write.personal = true;
    else
        write.value = mp_read_any(reader);
    if (parts == 4)
        write.member = mp_read_any(reader);
    if (reader->err != ERR_OK || !number_fits(parts, 2, 4) || field > FIELD_MAX)
        return ERR_CORRUPT;
    if (field == FIELD_DELETED && parts != 3)
        return ERR_CORRUPT;
    if (write.member.len > MEMBER_BYTES_MAX)
        return ERR_TOO_BIG;
    write.field = (uint16_t)field;
    enum err err = write.ctx.data[0] == 0xc0 ? ERR_OK : check_ctx(op, write.ctx);
    if (err == ERR_OK)
        *write_out = write;
    return err;
}

static enum err read_writes(struct mp_reader *reader, struct op *op)
{
    uint32_t count = mp_read_array(reader);
    if (reader->err != ERR_OK || count == 0)
        return ERR_CORRUPT;
    if (count > OP_WRITES_MAX)
        return ERR_TOO_BIG;
    for (uint32_t i = 0; i < count; i++) {
        enum err err = read_write(reader, op, &op->writes[i]);
        if (err != ERR_OK)
            return err;
        if (i > 0 && op_write_compare(&op->writes[i - 1], &op->writes[i]) >= 0)
            return ERR_CORRUPT;
    }
    op->write_count = (uint16_t)count;
    return ERR_OK;
}

/* Give every personal write its value: exactly these fields, in this order, and no others. */
static enum err read_personal(struct bytes personal, struct op *op)
{
    enum err err = mp_scan(personal);
    if (err != ERR_OK)
        return err;
    struct mp_reader reader = mp_reader_of(personal);
    uint32_t left = mp_read_map(&reader);
    for (uint16_t i = 0; i < op->write_count; i++) {
        struct op_write *write = &op->writes[i];
        if (!write->personal)
            continue;
        uint64_t field = left > 0 ? mp_read_uint(&reader) : UINT64_MAX;
        if (field != write->field)
            return ERR_CORRUPT;
        write->value = mp_read_any(&reader);
        left--;
    }
    return left == 0 && mp_at_end(&reader) ? ERR_OK : ERR_CORRUPT;
}

static bool has_personal(const struct op *op)
{
    for (uint16_t i = 0; i < op->write_count; i++) {
        if (op->writes[i].personal)
            return true;
    }
    return false;
}

int op_write_compare(const struct op_write *a, const struct op_write *b)
{
    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return bytes_compare(a->member, b->member);
}

enum err op_decode(struct origin origin, const struct entry *entry, struct op *op_out)
{
    if (entry->shape == ENTRY_REDACTED)
        return ERR_CORRUPT;
    enum err err = mp_scan(entry->public_part);
    if (err != ERR_OK)
        return err;
    struct op op; /* large: only the writes that are there are set and copied */
    op.dot.origin = origin;
    struct mp_reader reader = mp_reader_of(entry->public_part);
    err = read_head(&reader, &op);
    if (err == ERR_OK)
        err = read_writes(&reader, &op);
    if (err != ERR_OK)
        return err;
    enum mp_type ext = mp_peek(&reader);
    op.ext = mp_read_any(&reader);
    if ((ext != MP_NIL && ext != MP_MAP) || !mp_at_end(&reader))
        return ERR_CORRUPT;
    if (has_personal(&op) != (entry->shape != ENTRY_PLAIN))
        return ERR_CORRUPT;
    if (entry->shape == ENTRY_PERSONAL)
        err = read_personal(entry->personal_part, &op);
    if (err == ERR_OK)
        memcpy(op_out, &op, offsetof(struct op, writes) + op.write_count * sizeof(op.writes[0]));
    return err;
}
