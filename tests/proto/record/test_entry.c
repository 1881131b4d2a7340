#include "proto/record/chain.h"
#include "tests/proto/record/make.h"

#include <criterion/criterion.h>

static const struct origin self = {.site = (UINT64_C(2) << 62) | SITE_LOW, .epoch = 1};
static const struct origin renewed = {.site = (UINT64_C(2) << 62) | SITE_LOW, .epoch = 2};
static const uint8_t salt[SALT_BYTES] = {1, 2, 3};

static struct mp_buf out;
static struct mp_buf other;

static void init(void)
{
    mp_buf_init(&out, OP_BYTES_MAX);
    mp_buf_init(&other, OP_BYTES_MAX);
}

static void deinit(void)
{
    mp_buf_deinit(&out);
    mp_buf_deinit(&other);
}

TestSuite(entry, .init = init, .fini = deinit);

static struct op_draft draft_of(const struct op_draft_write *writes, uint32_t count)
{
    struct op_draft draft = {
        .kind = 3, .author = RAW("alice"), .writes = writes, .write_count = count};
    make_rid(draft.rid);
    return draft;
}

static void encode(const struct op_draft *draft, uint64_t seq)
{
    struct dot dot = {.origin = self, .seq = seq};
    cr_assert_eq(entry_encode(draft, dot, 77, salt, &out), ERR_OK);
}

static void decode(struct bytes bytes, struct origin origin, struct entry *entry_out,
                   struct op *op_out)
{
    cr_assert_eq(entry_decode(bytes, entry_out), ERR_OK);
    cr_assert_eq(op_decode(origin, entry_out, op_out), ERR_OK);
}

static const struct dot seen[] = {
    {.origin = {(UINT64_C(2) << 62) | 3, 1}, .seq = 4},
    {.origin = {(UINT64_C(2) << 62) | SITE_LOW, 1}, .seq = 8},
};

static const struct op_draft_write mixed[] = {
    {.field = 7, .value = {(const uint8_t *)"\xc2", 1}, .member = {(const uint8_t *)"\x09", 1}},
    {.field = 5,
     .personal = true,
     .value = {(const uint8_t *)"\xa3"
                                "Ann",
               4},
     .ctx = seen,
     .ctx_count = 2},
    {.field = 1, .value = {(const uint8_t *)"\xa2hi", 3}, .ctx = seen, .ctx_count = 2},
    {.field = 7, .value = {(const uint8_t *)"\xc3", 1}, .member = {(const uint8_t *)"\x08", 1}},
    {.field = 999, .value = {(const uint8_t *)"\x92\x01\x02", 3}},
};

Test(entry, sorts_and_comes_back)
{
    struct op_draft draft = draft_of(mixed, 5);
    draft.ext = RAW("\x81\x02\xc0");
    encode(&draft, 9);
    struct entry entry;
    struct op op;
    decode(mp_buf_bytes(&out), self, &entry, &op);
    cr_expect_eq(entry.shape, ENTRY_PERSONAL);
    cr_expect(bytes_equal(entry.salt, bytes_of(salt, SALT_BYTES)));
    cr_assert_eq(op.write_count, 5);
    static const uint16_t fields[] = {1, 5, 7, 7, 999};
    for (uint16_t i = 0; i < 5; i++)
        cr_expect_eq(op.writes[i].field, fields[i]);
    cr_expect(bytes_equal(op.writes[1].value, mixed[1].value));
    cr_expect(bytes_equal(op.writes[2].member, RAW("\x08")));
    cr_expect(bytes_equal(op.writes[3].value, RAW("\xc2")));
    cr_expect(bytes_equal(op.ext, draft.ext));
    cr_expect_eq(op.hlc, 77);
    struct dot dots[VV_ENTRIES_MAX];
    uint32_t count = 0;
    cr_expect_eq(ctx_decode(op.writes[0].ctx, self, dots, &count), ERR_OK);
    cr_assert_eq(count, 2);
    cr_expect_eq(dot_compare(dots[1], seen[1]), 0);
}

Test(entry, without_personal_writes_is_plain)
{
    struct op_draft draft = draft_of(&mixed[2], 1);
    encode(&draft, 9);
    cr_expect_eq(out.data[0], 0x91);
    struct entry entry;
    struct op op;
    decode(mp_buf_bytes(&out), self, &entry, &op);
    cr_expect_eq(op.ext.len, 1);
}

Test(entry, encode_refuses)
{
    const struct op_draft_write twice[] = {mixed[2], mixed[0], mixed[2]};
    struct dot dot = {.origin = self, .seq = 9};
    struct op_draft draft = draft_of(twice, 3);
    cr_expect_eq(entry_encode(&draft, dot, 1, salt, &out), ERR_INVALID, "a field twice");
    static uint8_t text[OP_BYTES_MAX];
    mp_put_bin(&other, bytes_of(text, OP_BYTES_MAX - 200));
    struct op_draft_write big = {.field = 1, .value = mp_buf_bytes(&other)};
    draft = draft_of(&big, 1);
    cr_expect_eq(entry_encode(&draft, dot, 1, salt, &out), ERR_OK);
    const struct op_draft_write too_big[] = {big, {.field = 2, .value = mp_buf_bytes(&other)}};
    draft = draft_of(too_big, 2);
    cr_expect_eq(entry_encode(&draft, dot, 1, salt, &out), ERR_TOO_BIG);
    draft = draft_of(&big, 1);
    draft.author = bytes_of(text, AUTHOR_BYTES_MAX + 1);
    cr_expect_eq(entry_encode(&draft, dot, 1, salt, &out), ERR_TOO_BIG);
}

static void leaf_of(struct bytes bytes, uint8_t leaf_out[HASH_BYTES])
{
    struct entry entry;
    cr_assert_eq(entry_decode(bytes, &entry), ERR_OK);
    cr_assert_eq(chain_leaf(&entry, leaf_out), ERR_OK);
}

Test(entry, erasing_and_redacting_keep_the_leaf)
{
    for (uint32_t count = 1; count <= 5; count += 4) {
        struct op_draft draft = draft_of(count == 1 ? &mixed[2] : mixed, count);
        encode(&draft, 9);
        uint8_t leaf[HASH_BYTES];
        uint8_t after[HASH_BYTES];
        leaf_of(mp_buf_bytes(&out), leaf);
        struct mp_buf erased;
        mp_buf_init(&erased, OP_BYTES_MAX);
        cr_assert_eq(entry_erase(mp_buf_bytes(&out), &erased), ERR_OK);
        leaf_of(mp_buf_bytes(&erased), after);
        cr_expect_arr_eq(after, leaf, HASH_BYTES, "erased, %u writes", count);
        cr_expect_null(memmem(erased.data, erased.len, "Ann", 3), "the personal value is gone");
        cr_assert_eq(entry_erase(mp_buf_bytes(&erased), &other), ERR_OK);
        cr_expect(bytes_equal(mp_buf_bytes(&erased), mp_buf_bytes(&other)),
                  "erasing twice changes nothing");
        cr_assert_eq(entry_redact(mp_buf_bytes(&erased), &other), ERR_OK);
        leaf_of(mp_buf_bytes(&other), after);
        cr_expect_arr_eq(after, leaf, HASH_BYTES, "redacted, %u writes", count);
        cr_expect_eq(other.len, 36);
        cr_assert_eq(entry_redact(mp_buf_bytes(&other), &erased), ERR_OK);
        cr_expect(bytes_equal(mp_buf_bytes(&erased), mp_buf_bytes(&other)),
                  "redacting twice changes nothing");
        mp_buf_deinit(&erased);
    }
    cr_expect_eq(entry_erase(RAW("\x90"), &out), ERR_CORRUPT);
    cr_expect_eq(entry_redact(RAW(""), &out), ERR_CORRUPT);
}

/* ---- re-issue ---- */

static const struct dot old_dot = {.origin = {(UINT64_C(2) << 62) | SITE_LOW, 1}, .seq = 9};
static const struct dot new_dot = {.origin = {(UINT64_C(2) << 62) | SITE_LOW, 2}, .seq = 4};

static void expect_ctx(struct bytes ctx, const struct dot *expected, uint32_t expected_count)
{
    struct dot dots[VV_ENTRIES_MAX];
    uint32_t count = 0;
    cr_assert_eq(ctx_decode(ctx, renewed, dots, &count), ERR_OK);
    cr_assert_eq(count, expected_count);
    for (uint32_t i = 0; i < count; i++)
        cr_expect_eq(dot_compare(dots[i], expected[i]), 0, "entry %u", i);
}

Test(entry, reissue_moves_what_was_not_kept)
{
    struct op_draft draft = draft_of(mixed, 5);
    encode(&draft, 9);
    cr_assert_eq(entry_reissue(mp_buf_bytes(&out), old_dot, 5, new_dot, &other), ERR_OK);
    struct entry before;
    struct entry after;
    struct op op;
    decode(mp_buf_bytes(&out), self, &before, &op);
    decode(mp_buf_bytes(&other), renewed, &after, &op);
    cr_expect(bytes_equal(before.salt, after.salt) &&
              bytes_equal(before.personal_part, after.personal_part));
    cr_expect_eq(op.dot.seq, 4);
    cr_expect_eq(op.hlc, 77);
    const struct dot moved[] = {seen[0], {.origin = self, .seq = 5}, {.origin = renewed, .seq = 3}};
    expect_ctx(op.writes[0].ctx, moved, 3);
    expect_ctx(op.writes[1].ctx, moved, 3);
    cr_expect_eq(op.writes[2].ctx.data[0], 0xc0, "nothing stays nothing");
    struct mp_reader reader = mp_reader_of(op.ext);
    cr_expect_eq(mp_read_map(&reader), 1);
    cr_expect_eq(mp_read_uint(&reader), OP_EXT_WAS);
    cr_expect_eq(mp_read_array(&reader), 3);
    cr_expect_eq(mp_read_uint(&reader), self.site);
    cr_expect_eq(mp_read_uint(&reader), 1);
    cr_expect_eq(mp_read_uint(&reader), 9);
}

Test(entry, reissue_of_kept_references)
{
    struct op_draft draft = draft_of(&mixed[2], 1);
    encode(&draft, 9);
    struct entry entry;
    struct op op;
    cr_assert_eq(entry_reissue(mp_buf_bytes(&out), old_dot, 8, new_dot, &other), ERR_OK);
    decode(mp_buf_bytes(&other), renewed, &entry, &op);
    expect_ctx(op.writes[0].ctx, seen, 2);
    struct dot ninth = {.origin = renewed, .seq = 9};
    cr_assert_eq(entry_reissue(mp_buf_bytes(&out), old_dot, 0, ninth, &other), ERR_OK);
    decode(mp_buf_bytes(&other), renewed, &entry, &op);
    const struct dot all_new[] = {seen[0], {.origin = renewed, .seq = 8}};
    expect_ctx(op.writes[0].ctx, all_new, 2);
}

Test(entry, reissue_keeps_the_first_was)
{
    static const struct {
        const char *name;
        struct bytes ext;
        struct bytes expected; /* empty: as it was */
    } rows[] = {
        {"had one", {(const uint8_t *)"\x82\x01\x93\x01\x02\x03\x02\xc0", 8}, {NULL, 0}},
        {"other keys",
         {(const uint8_t *)"\x82\x00\xc0\x02\xc2", 5},
         {(const uint8_t *)"\x83\x00\xc0\x01\x93\xcf\x80\0\0\0\0\0\0\x07\x01\x09\x02\xc2", 18}},
        {"smaller keys only",
         {(const uint8_t *)"\x81\x00\xc0", 3},
         {(const uint8_t *)"\x82\x00\xc0\x01\x93\xcf\x80\0\0\0\0\0\0\x07\x01\x09", 16}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct op_draft draft = draft_of(&mixed[2], 1);
        draft.ext = rows[i].ext;
        encode(&draft, 9);
        cr_assert_eq(entry_reissue(mp_buf_bytes(&out), old_dot, 5, new_dot, &other), ERR_OK);
        struct entry entry;
        struct op op;
        decode(mp_buf_bytes(&other), renewed, &entry, &op);
        struct bytes expected = rows[i].expected.len > 0 ? rows[i].expected : rows[i].ext;
        cr_expect(bytes_equal(op.ext, expected), "%s", rows[i].name);
    }
}

Test(entry, reissue_of_an_erased_entry)
{
    struct op_draft draft = draft_of(mixed, 5);
    encode(&draft, 9);
    struct mp_buf erased;
    mp_buf_init(&erased, OP_BYTES_MAX);
    cr_assert_eq(entry_erase(mp_buf_bytes(&out), &erased), ERR_OK);
    cr_assert_eq(entry_reissue(mp_buf_bytes(&erased), old_dot, 5, new_dot, &other), ERR_OK);
    struct entry entry;
    struct op op;
    decode(mp_buf_bytes(&other), renewed, &entry, &op);
    cr_expect_eq(entry.shape, ENTRY_ERASED);
    cr_assert_eq(entry_redact(mp_buf_bytes(&out), &erased), ERR_OK);
    cr_expect_eq(entry_reissue(mp_buf_bytes(&erased), old_dot, 5, new_dot, &other), ERR_CORRUPT);
    struct dot wrong = old_dot;
    wrong.seq = 8;
    struct dot third = {.origin = renewed, .seq = 3};
    cr_expect_eq(entry_reissue(mp_buf_bytes(&out), wrong, 5, third, &other), ERR_CORRUPT,
                 "not that operation");
    mp_buf_deinit(&erased);
}
