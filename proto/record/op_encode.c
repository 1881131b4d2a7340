#include "proto/record/op_encode.h"

#include <assert.h>

void op_put_head(struct mp_buf *buf, const struct op_head *head)
{
    mp_put_array(buf, OP_PARTS);
    mp_put_uint(buf, OP_FORMAT);
    mp_put_uint(buf, head->seq);
    mp_put_uint(buf, head->hlc);
    mp_put_uint(buf, head->kind);
    mp_put_bin(buf, bytes_of(head->rid, RID_BYTES));
    mp_put_str(buf, head->author);
    mp_put_array(buf, head->write_count);
}

void op_put_write(struct mp_buf *buf, struct origin self, const struct op_put *write)
{
    assert(!write->personal || write->member.len == 0);
    mp_put_array(buf, write->personal ? 2 : write->member.len > 0 ? 4 : 3);
    mp_put_uint(buf, write->field);
    ctx_encode(buf, self, write->ctx, write->ctx_count);
    if (!write->personal) {
        mp_put_raw(buf, write->value);
        mp_put_raw(buf, write->member);
    }
}

enum err entry_put(const struct entry *entry, struct mp_buf *entry_out)
{
    mp_buf_reset(entry_out);
    switch (entry->shape) {
    case ENTRY_PLAIN:
        mp_put_array(entry_out, 1);
        mp_put_bin(entry_out, entry->public_part);
        break;
    case ENTRY_PERSONAL:
        mp_put_array(entry_out, 3);
        mp_put_bin(entry_out, entry->public_part);
        mp_put_bin(entry_out, entry->salt);
        mp_put_bin(entry_out, entry->personal_part);
        break;
    case ENTRY_ERASED:
        mp_put_array(entry_out, 2);
        mp_put_bin(entry_out, entry->public_part);
        mp_put_bin(entry_out, entry->hash);
        break;
    case ENTRY_REDACTED:
        mp_put_array(entry_out, 2);
        mp_put_nil(entry_out);
        mp_put_bin(entry_out, entry->hash);
        break;
    }
    enum err err = mp_buf_err(entry_out);
    if (err == ERR_OK && entry_out->len > OP_BYTES_MAX)
        err = ERR_TOO_BIG;
    if (err != ERR_OK)
        mp_buf_reset(entry_out);
    return err;
}

static int draft_compare(const struct op_draft_write *a, const struct op_draft_write *b)
{
    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return bytes_compare(a->member, b->member);
}

/* The draft's writes in the order of the format. Callers mostly hand them sorted, which insertion
 * likes. Errors: ERR_INVALID when a field or member is written twice. */
static enum err draft_sort(const struct op_draft *draft, const struct op_draft_write **sorted_out)
{
    for (uint32_t i = 0; i < draft->write_count; i++) {
        const struct op_draft_write *write = &draft->writes[i];
        uint32_t at = i;
        for (; at > 0; at--) {
            int order = draft_compare(sorted_out[at - 1], write);
            if (order == 0)
                return ERR_INVALID;
            if (order < 0)
                break;
            sorted_out[at] = sorted_out[at - 1];
        }
        sorted_out[at] = write;
    }
    return ERR_OK;
}

static void put_public(struct mp_buf *buf, const struct op_draft *draft, struct dot dot,
                       uint64_t hlc, const struct op_draft_write *const *sorted)
{
    struct op_head head = {.seq = dot.seq,
                           .hlc = hlc,
                           .kind = draft->kind,
                           .rid = draft->rid,
                           .author = draft->author,
                           .write_count = draft->write_count};
    op_put_head(buf, &head);
    for (uint32_t i = 0; i < draft->write_count; i++) {
        const struct op_draft_write *write = sorted[i];
        assert(write->value.len > 0);
        struct op_put put = {.field = write->field,
                             .personal = write->personal,
                             .member = write->member,
                             .value = write->value,
                             .ctx = write->ctx,
                             .ctx_count = write->ctx_count};
        op_put_write(buf, dot.origin, &put);
    }
    if (draft->ext.len > 0)
        mp_put_raw(buf, draft->ext);
    else
        mp_put_nil(buf);
}

/* Returns how many values are personal; without any nothing is put. */
static uint32_t put_personal(struct mp_buf *buf, const struct op_draft *draft,
                             const struct op_draft_write *const *sorted)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < draft->write_count; i++)
        count += sorted[i]->personal;
    if (count == 0)
        return 0;
    mp_put_map(buf, count);
    for (uint32_t i = 0; i < draft->write_count; i++) {
        if (sorted[i]->personal) {
            mp_put_uint(buf, sorted[i]->field);
            mp_put_raw(buf, sorted[i]->value);
        }
    }
    return count;
}

enum err entry_encode(const struct op_draft *draft, struct dot dot, uint64_t hlc,
                      const uint8_t salt[SALT_BYTES], struct mp_buf *entry_out)
{
    assert(draft->write_count >= 1 && draft->write_count <= OP_WRITES_MAX);
    assert(draft->kind > 0 && dot.seq > 0);
    if (draft->author.len > AUTHOR_BYTES_MAX)
        return ERR_TOO_BIG;
    const struct op_draft_write *sorted[OP_WRITES_MAX];
    enum err err = draft_sort(draft, sorted);
    if (err != ERR_OK)
        return err;
    struct mp_buf public_part;
    struct mp_buf personal_part;
    mp_buf_init(&public_part, OP_BYTES_MAX);
    mp_buf_init(&personal_part, OP_BYTES_MAX);
    put_public(&public_part, draft, dot, hlc, sorted);
    bool personal = put_personal(&personal_part, draft, sorted) > 0;
    err = mp_buf_err(&public_part);
    if (err == ERR_OK)
        err = mp_buf_err(&personal_part);
    if (err == ERR_OK) {
        struct entry entry = {.shape = personal ? ENTRY_PERSONAL : ENTRY_PLAIN,
                              .public_part = mp_buf_bytes(&public_part),
                              .salt = bytes_of(salt, SALT_BYTES),
                              .personal_part = mp_buf_bytes(&personal_part)};
        err = entry_put(&entry, entry_out);
    }
    mp_buf_deinit(&public_part);
    mp_buf_deinit(&personal_part);
    return err;
}
