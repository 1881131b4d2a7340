/* An operation has one form: what is decoded and encoded again is the same bytes. Erasing and
 * redacting keep the leaf, and writing it again under another dot keeps what it says. */
#include "tests/fuzz/fuzz.h"

#include "proto/record/chain.h"
#include "proto/record/op_encode.h"
#include "proto/record/vv.h"
#include "tests/proto/record/make.h"

enum { ENTRY_ROOM_BYTES = 2 * OP_BYTES_MAX };

static struct dot contexts[OP_WRITES_MAX][VV_ENTRIES_MAX];
static uint32_t context_counts[OP_WRITES_MAX];

static void check_parts(struct bytes input, const struct entry *entry)
{
    assert(bytes_inside(entry->public_part, input));
    assert(bytes_inside(entry->salt, input));
    assert(bytes_inside(entry->personal_part, input));
    assert(bytes_inside(entry->hash, input));
    struct mp_buf buf;
    mp_buf_init(&buf, ENTRY_ROOM_BYTES);
    assert(entry_put(entry, &buf) == ERR_OK);
    assert(bytes_equal(mp_buf_bytes(&buf), input));
    mp_buf_deinit(&buf);
}

static void leaf_of(struct bytes input, uint8_t leaf_out[HASH_BYTES])
{
    struct entry entry;
    assert(entry_decode(input, &entry) == ERR_OK);
    assert(chain_leaf(&entry, leaf_out) == ERR_OK);
}

static void check_leaf(struct bytes input, enum err (*change)(struct bytes, struct mp_buf *))
{
    uint8_t before[HASH_BYTES], after[HASH_BYTES];
    struct mp_buf buf;
    mp_buf_init(&buf, ENTRY_ROOM_BYTES);
    leaf_of(input, before);
    if (change(input, &buf) == ERR_OK) {
        leaf_of(mp_buf_bytes(&buf), after);
        assert(memcmp(before, after, HASH_BYTES) == 0);
    }
    mp_buf_deinit(&buf);
}

static void check_contexts(const struct op *op)
{
    struct mp_buf buf;
    mp_buf_init(&buf, ENTRY_ROOM_BYTES);
    for (uint16_t i = 0; i < op->write_count; i++) {
        enum err err =
            ctx_decode(op->writes[i].ctx, op->dot.origin, contexts[i], &context_counts[i]);
        assert(err == ERR_OK);
        mp_buf_reset(&buf);
        ctx_encode(&buf, op->dot.origin, contexts[i], context_counts[i]);
        assert(bytes_equal(mp_buf_bytes(&buf), op->writes[i].ctx));
    }
    mp_buf_deinit(&buf);
}

static void check_encoded(struct bytes input, const struct entry *entry, const struct op *op)
{
    static struct op_draft_write writes[OP_WRITES_MAX];
    static const uint8_t no_salt[SALT_BYTES];
    struct op_draft draft = {.kind = op->kind,
                             .author = op->author,
                             .ext = op->ext.len > 1 || op->ext.data[0] != 0xc0 ? op->ext
                                                                               : (struct bytes){0},
                             .writes = writes,
                             .write_count = op->write_count};
    memcpy(draft.rid, op->rid, RID_BYTES);
    for (uint16_t i = 0; i < op->write_count; i++) {
        const struct op_write *write = &op->writes[i];
        writes[i] = (struct op_draft_write){.field = write->field,
                                            .personal = write->personal,
                                            .member = write->member,
                                            .value = write->value,
                                            .ctx = contexts[i],
                                            .ctx_count = context_counts[i]};
    }
    const uint8_t *salt = entry->shape == ENTRY_PERSONAL ? entry->salt.data : no_salt;
    struct mp_buf buf;
    mp_buf_init(&buf, ENTRY_ROOM_BYTES);
    assert(entry_encode(&draft, op->dot, op->hlc, salt, &buf) == ERR_OK);
    assert(bytes_equal(mp_buf_bytes(&buf), input));
    mp_buf_deinit(&buf);
}

static bool mentions(const struct op *op, struct origin origin)
{
    for (uint16_t i = 0; i < op->write_count; i++)
        if (vv_get(contexts[i], context_counts[i], origin) > 0)
            return true;
    return false;
}

static void check_reissued(struct bytes input, const struct op *op, uint64_t kept_seq)
{
    static struct op again;
    struct origin next = {.site = op->dot.origin.site, .epoch = op->dot.origin.epoch + 1};
    struct dot new_dot = {.origin = next, .seq = op->dot.seq - kept_seq};
    struct entry entry;
    struct mp_buf buf;
    if (mentions(op, next))
        return; /* nobody can have seen an origin before it begins */
    mp_buf_init(&buf, ENTRY_ROOM_BYTES);
    enum err err = entry_reissue(input, op->dot, kept_seq, new_dot, &buf);
    assert(err == ERR_OK || err == ERR_TOO_BIG);
    if (err == ERR_OK) {
        assert(entry_decode(mp_buf_bytes(&buf), &entry) == ERR_OK);
        assert(op_decode(next, &entry, &again) == ERR_OK);
        assert(dot_compare(again.dot, new_dot) == 0 && again.hlc == op->hlc &&
               again.kind == op->kind);
        assert(again.write_count == op->write_count && bytes_equal(again.author, op->author));
        for (uint16_t i = 0; i < op->write_count; i++) {
            assert(op_write_compare(&again.writes[i], &op->writes[i]) == 0);
            assert(bytes_equal(again.writes[i].value, op->writes[i].value));
        }
    }
    mp_buf_deinit(&buf);
}

static void check_op(struct bytes input, const struct entry *entry, const struct op *op)
{
    assert(op->write_count >= 1 && op->write_count <= OP_WRITES_MAX);
    assert(bytes_inside(op->author, input) && bytes_inside(op->ext, input));
    for (uint16_t i = 0; i < op->write_count; i++) {
        assert(bytes_inside(op->writes[i].member, input));
        assert(bytes_inside(op->writes[i].value, input));
        assert(bytes_inside(op->writes[i].ctx, input));
        assert(i == 0 || op_write_compare(&op->writes[i - 1], &op->writes[i]) < 0);
        assert(op->writes[i].value.len > 0 ||
               (op->writes[i].personal && entry->shape == ENTRY_ERASED));
    }
    check_contexts(op);
    if (entry->shape != ENTRY_ERASED)
        check_encoded(input, entry, op);
    check_reissued(input, op, 0);
    check_reissued(input, op, op->dot.seq - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct op op;
    struct bytes input = bytes_of(data, size);
    struct origin home = make_origin(SITE_LOW, 1);
    struct dot dots[VV_ENTRIES_MAX];
    uint32_t count = 0;
    struct entry entry;
    uint64_t seq = 0;

    if (ctx_decode(input, home, dots, &count) == ERR_OK)
        assert(count <= VV_ENTRIES_MAX);
    if (entry_decode(input, &entry) != ERR_OK)
        return 0;
    check_parts(input, &entry);
    check_leaf(input, entry_erase);
    check_leaf(input, entry_redact);
    enum err seq_err = entry_seq(&entry, &seq);
    if (op_decode(home, &entry, &op) == ERR_OK) {
        assert(seq_err == ERR_OK && seq == op.dot.seq);
        check_op(input, &entry, &op);
    }
    return 0;
}
