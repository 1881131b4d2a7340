#include "proto/record/merge.h"
#include "tests/proto/record/make.h"

#include <criterion/criterion.h>

enum { ARENA_BYTES = 8 << 20, STATE_BYTES = 1 << 20 };

static struct arena arena;
static struct rec rec;
static struct mp_buf entry_buf;
static struct mp_buf state;

static void init(void)
{
    arena_init(&arena, ARENA_BYTES);
    rec = (struct rec){.regs = NULL};
    mp_buf_init(&entry_buf, OP_BYTES_MAX);
    mp_buf_init(&state, STATE_BYTES);
}

static void deinit(void)
{
    arena_deinit(&arena);
    mp_buf_deinit(&entry_buf);
    mp_buf_deinit(&state);
}

TestSuite(merge, .init = init, .fini = deinit);

static enum err apply(struct dot dot, uint64_t hlc, const struct op_draft_write *writes,
                      uint32_t count, enum merge_result *result_out)
{
    static const uint8_t salt[SALT_BYTES] = {1};
    struct op_draft draft = {.kind = 3, .writes = writes, .write_count = count};
    make_rid(draft.rid);
    cr_assert_eq(entry_encode(&draft, dot, hlc, salt, &entry_buf), ERR_OK);
    struct entry entry;
    static struct op op;
    cr_assert_eq(entry_decode(mp_buf_bytes(&entry_buf), &entry), ERR_OK);
    cr_assert_eq(op_decode(dot.origin, &entry, &op), ERR_OK);
    return rec_apply(&rec, &arena, &op, result_out);
}

static struct dot dot_of(uint64_t number, uint64_t seq)
{
    return (struct dot){.origin = make_origin(number, 1), .seq = seq};
}

Test(merge, first_write_of_many_fields_is_small)
{
    struct op_draft_write writes[10];
    for (uint16_t i = 0; i < 10; i++)
        writes[i] = (struct op_draft_write){.field = (uint16_t)(i + 1), .value = RAW("\xa1v")};
    enum merge_result result = MERGE_KNOWN;
    cr_assert_eq(apply(dot_of(7, 1), UINT64_C(1790000000000) << 16, writes, 10, &result), ERR_OK);
    cr_expect_eq(result, MERGE_CHANGED);
    rec_encode(&rec, &state);
    cr_expect_leq(state.len, 50, "%zu bytes", state.len);
    cr_assert_eq(apply(dot_of(7, 1), UINT64_C(1790000000000) << 16, writes, 10, &result), ERR_OK);
    cr_expect_eq(result, MERGE_KNOWN, "a duplicate");
}

Test(merge, edit_after_delete_and_delete_unseen)
{
    enum merge_result result = MERGE_KNOWN;
    struct op_draft_write write = {.field = 1, .value = RAW("\xa1v")};
    cr_assert_eq(apply(dot_of(7, 1), 1, &write, 1, &result), ERR_OK);
    struct dot seen[VV_ENTRIES_MAX];
    uint32_t count = 0;
    cr_assert_eq(rec_seen(&rec, seen, &count), ERR_OK);
    cr_assert_eq(count, 1);
    cr_expect(rec_covered_by(&rec, seen, count));
    struct op_draft_write mark = {.field = FIELD_DELETED, .value = RAW("\xc3")};
    cr_assert_eq(apply(dot_of(8, 1), 2, &mark, 1, &result), ERR_OK);
    cr_expect(rec_covered_by(&rec, seen, count), "the mark itself does not count");
    cr_assert_eq(apply(dot_of(9, 1), 3, &write, 1, &result), ERR_OK);
    cr_expect_not(rec_covered_by(&rec, seen, count), "an edit that the deleter had not seen");
    const struct reg *reg = rec_find(&rec, 1, bytes_of(NULL, 0));
    cr_assert_not_null(reg);
    cr_expect_eq(reg->sibling_count, 2);
    cr_expect_eq(reg_winner(reg)->hlc, 3);
    cr_expect_null(rec_find(&rec, 2, bytes_of(NULL, 0)));
    cr_expect_null(rec_find(&rec, 1, RAW("\x01")));
}

Test(merge, flags)
{
    static const struct {
        const char *name;
        struct op_draft_write write;
        uint8_t flags;
    } rows[] = {
        {"nil", {.field = 1, .value = {(const uint8_t *)"\xc0", 1}}, 0},
        {"false", {.field = 2, .value = {(const uint8_t *)"\xc2", 1}}, 0},
        {"true", {.field = 3, .value = {(const uint8_t *)"\xc3", 1}}, SIBLING_TRUE},
        {"zero", {.field = 4, .value = {(const uint8_t *)"\x00", 1}}, SIBLING_TRUE},
        {"personal nil",
         {.field = 5, .personal = true, .value = {(const uint8_t *)"\xc0", 1}},
         SIBLING_TRUE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum merge_result result = MERGE_KNOWN;
        cr_assert_eq(apply(dot_of(7, i + 1), 1, &rows[i].write, 1, &result), ERR_OK);
        const struct reg *reg = rec_find(&rec, rows[i].write.field, bytes_of(NULL, 0));
        cr_assert_not_null(reg);
        cr_expect_eq(reg->siblings[0].flags, rows[i].flags, "%s", rows[i].name);
    }
}

Test(merge, members_stay_when_the_operation_is_gone)
{
    enum merge_result result = MERGE_KNOWN;
    struct op_draft_write write = {.field = 4,
                                   .value = RAW("\xc3"),
                                   .member = RAW("\xa3"
                                                 "abc")};
    cr_assert_eq(apply(dot_of(7, 1), 1, &write, 1, &result), ERR_OK);
    memset(entry_buf.data, 0xff, entry_buf.cap);
    cr_expect_not_null(rec_find(&rec, 4,
                                RAW("\xa3"
                                    "abc")));
}

/* ---- bounds ---- */

Test(merge, siblings_are_bounded)
{
    struct op_draft_write write = {.field = 1, .value = RAW("\xa1v")};
    enum merge_result result = MERGE_KNOWN;
    for (uint64_t i = 1; i <= SIBLINGS_MAX; i++)
        cr_assert_eq(apply(dot_of(i, 1), 1, &write, 1, &result), ERR_OK, "sibling %lu", i);
    rec_encode(&rec, &state);
    struct rec again;
    cr_expect_eq(rec_decode(mp_buf_bytes(&state), &arena, &again), ERR_OK);
    cr_expect_eq(apply(dot_of(SIBLINGS_MAX + 1, 1), 1, &write, 1, &result), ERR_LIMIT);
}

Test(merge, registers_are_bounded)
{
    enum merge_result result = MERGE_KNOWN;
    uint8_t member[3] = {0xcd, 1, 0};
    struct op_draft_write write = {.field = 4, .value = RAW("\xc3"), .member = bytes_of(member, 3)};
    for (uint32_t i = 0; i <= RECORD_REGS_MAX; i++) {
        /* From both ends, so that the array grows in the middle. */
        uint32_t number = 1000 + (i % 2 == 0 ? i : 3000 - i);
        put_u16(member + 1, (uint16_t)number);
        enum err expected = i < RECORD_REGS_MAX ? ERR_OK : ERR_LIMIT;
        cr_assert_eq(apply(dot_of(7, i + 1), 1, &write, 1, &result), expected, "member %u", i);
        if (i + 1 == RECORD_REGS_MAX)
            rec_encode(&rec, &state);
    }
    struct rec again;
    cr_assert_eq(rec_decode(mp_buf_bytes(&state), &arena, &again), ERR_OK);
    cr_expect_eq(again.reg_count, RECORD_REGS_MAX);
    struct mp_buf twice;
    mp_buf_init(&twice, STATE_BYTES);
    rec_encode(&again, &twice);
    cr_expect(bytes_equal(mp_buf_bytes(&state), mp_buf_bytes(&twice)));
    mp_buf_deinit(&twice);
}

Test(merge, no_memory_is_an_error)
{
    arena_deinit(&arena);
    arena_init(&arena, 64);
    struct op_draft_write write = {.field = 1, .value = RAW("\xa1v")};
    enum merge_result result = MERGE_KNOWN;
    cr_expect_eq(apply(dot_of(7, 1), 1, &write, 1, &result), ERR_NO_MEMORY);
}

Test(merge, writes_that_saw_each_other_are_refused)
{
    enum merge_result result = MERGE_KNOWN;
    struct dot eight = dot_of(8, 1);
    struct op_draft_write write = {
        .field = 1, .value = RAW("\xa1v"), .ctx = &eight, .ctx_count = 1};
    cr_assert_eq(apply(dot_of(7, 1), 1, &write, 1, &result), ERR_OK);
    struct dot seven = dot_of(7, 1);
    write.ctx = &seven;
    cr_expect_eq(apply(dot_of(8, 1), 1, &write, 1, &result), ERR_CORRUPT);
}

/* ---- stored states ---- */

#define SITE "\xcf\x80\x00\x00\x00\x00\x00\x00\x07"
#define DOT  SITE "\x01\x05"
#define SIB  "\x95" DOT "\x09\x01"

Test(merge, decode_table)
{
    static const struct {
        const char *name;
        struct bytes stored;
        enum err err;
    } rows[] = {
#define ROW(name, literal, err) {name, {(const uint8_t *)(literal), sizeof(literal) - 1}, err}
        ROW("nothing", "", ERR_OK),
        ROW("no groups", "\x90", ERR_OK),
        ROW("one field", "\x91\x93\x91\x01\xc0" SIB, ERR_OK),
        ROW("one member", "\x91\x93\x91\x92\x04\x06\xc0" SIB, ERR_OK),
        ROW("two groups across",
            "\x92\x93\x92\x01\x03\xc0" SIB "\x93\x91\x02\xc0\x95" SITE "\x01\x06\x09\x01", ERR_OK),
        ROW("context with more", "\x91\x93\x91\x01\x93" SITE "\x01\x06" SIB, ERR_OK),
        ROW("context that says no more", "\x91\x93\x91\x01\x93" DOT SIB, ERR_CORRUPT),
        ROW("context that says less", "\x91\x93\x91\x01\x93" SITE "\x01\x04" SIB, ERR_CORRUPT),
        ROW("context of nothing", "\x91\x93\x91\x01\x90" SIB, ERR_CORRUPT),
        ROW("no siblings", "\x91\x93\x91\x01\xc0\x90", ERR_CORRUPT),
        ROW("sibling cut", "\x91\x93\x91\x01\xc0\x94" DOT "\x09", ERR_CORRUPT),
        ROW("sibling twice", "\x91\x93\x91\x01\xc0\x9a" DOT "\x09\x01" DOT "\x09\x01", ERR_CORRUPT),
        ROW("unknown flag", "\x91\x93\x91\x01\xc0\x95" DOT "\x09\x02", ERR_CORRUPT),
        ROW("sequence 0", "\x91\x93\x91\x01\xc0\x95" SITE "\x01\x00\x09\x01", ERR_CORRUPT),
        ROW("no registers", "\x91\x93\x90\xc0" SIB, ERR_CORRUPT),
        ROW("field twice", "\x91\x93\x92\x01\x01\xc0" SIB, ERR_CORRUPT),
        ROW("field in two groups", "\x92\x93\x91\x01\xc0" SIB "\x93\x91\x01\xc0" SIB, ERR_CORRUPT),
        ROW("field 1000", "\x91\x93\x91\xcd\x03\xe8\xc0" SIB, ERR_CORRUPT),
        ROW("member without bytes", "\x91\x93\x91\x91\x04\xc0" SIB, ERR_CORRUPT),
        ROW("two parts", "\x91\x92\x91\x01\xc0", ERR_CORRUPT),
        ROW("groups bomb", "\xdd\x10\x00\x00\x00", ERR_CORRUPT),
        ROW("siblings bomb", "\x91\x93\x91\x01\xc0\xdd\x10\x00\x00\x00", ERR_CORRUPT),
        ROW("trailing byte", "\x91\x93\x91\x01\xc0" SIB "\xc0", ERR_CORRUPT),
        ROW("not an array", "\x01", ERR_CORRUPT),
#undef ROW
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rec read = {.reg_count = 99};
        enum err err = rec_decode(rows[i].stored, &arena, &read);
        cr_expect_eq(err, rows[i].err, "%s: %s", rows[i].name, err_slug(err));
        if (err != ERR_OK) {
            cr_expect_eq(read.reg_count, 99, "%s: output touched", rows[i].name);
            continue;
        }
        mp_buf_reset(&state);
        rec_encode(&read, &state);
        struct bytes expected = rows[i].stored.len == 0 ? RAW("\x90") : rows[i].stored;
        cr_expect(bytes_equal(mp_buf_bytes(&state), expected), "%s: there and back", rows[i].name);
    }
}
