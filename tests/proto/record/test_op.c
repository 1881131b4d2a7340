#include "proto/record/hlc.h"
#include "tests/proto/record/make.h"

#include <criterion/criterion.h>

static const struct origin self = {.site = (UINT64_C(2) << 62) | SITE_LOW, .epoch = 2};

/* ---- ids and clocks ----------------------------------------------------------------------------------------- */

Test(op, record_ids)
{
    uint8_t random[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint64_t site = site_id_from_random(random);
    cr_expect_eq(site, UINT64_C(0xbfffffffffffffff));
    cr_expect(origin_valid((struct origin){site, 1}));
    cr_expect_not(origin_valid((struct origin){site, 0}));
    cr_expect_not(origin_valid((struct origin){7, 1}));
    uint8_t rid[RID_BYTES];
    rid_make(UINT64_C(0x0123456789ab), 0xffff, site, rid);
    char text[RID_TEXT_BYTES];
    rid_format(rid, text);
    cr_expect_str_eq(text, "01234567-89ab-8fff-bfff-ffffffffffff");
    cr_expect_eq(rid_site(rid), site);
    cr_expect_eq(rid_unix_ms(rid), UINT64_C(0x0123456789ab));
    uint8_t parsed[RID_BYTES];
    cr_expect(rid_parse("01234567-89AB-8fff-BFFF-ffffffffffff", parsed));
    cr_expect_arr_eq(parsed, rid, RID_BYTES);
}

Test(op, record_ids_refused)
{
    static const char *const rows[] = {
        "",
        "01234567-89ab-8fff-bfff-fffffffffff",
        "01234567-89ab-8fff-bfff-ffffffffffff0",
        "0123456789ab8fffbfffffffffffffff",
        "01234567-89ab-4fff-bfff-ffffffffffff",
        "01234567-89ab-8fff-ffff-ffffffffffff",
        "01234567-89ab-8fff-3fff-ffffffffffff",
        "01234567-89ab-8fff-bfff-fffffffffffg",
        "0123456-789ab-8fff-bfff-ffffffffffff",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t rid[RID_BYTES] = {1};
        cr_expect_not(rid_parse(rows[i], rid), "'%s'", rows[i]);
        cr_expect_eq(rid[0], 1, "'%s'", rows[i]);
    }
}

Test(op, dot_keys_sort_as_dots)
{
    struct dot a = {.origin = {5, 1}, .seq = 300};
    struct dot b = {.origin = {5, 2}, .seq = 2};
    uint8_t a_key[DOT_KEY_BYTES];
    uint8_t b_key[DOT_KEY_BYTES];
    dot_put_key(a, a_key);
    dot_put_key(b, b_key);
    cr_expect_lt(memcmp(a_key, b_key, DOT_KEY_BYTES), 0);
    cr_expect_lt(dot_compare(a, b), 0);
    cr_expect_eq(dot_compare(dot_get_key(b_key), b), 0);
}

Test(op, hybrid_clock)
{
    uint64_t t = hlc_pack(1000, 0);
    cr_expect_eq(hlc_ms(t), 1000);
    cr_expect_eq(hlc_next(0, 1000), t);
    cr_expect_eq(hlc_next(t, 1000), t + 1, "same millisecond");
    cr_expect_eq(hlc_next(hlc_pack(1000, UINT16_MAX), 1000), hlc_pack(1001, 0), "counter carries");
    cr_expect_eq(hlc_next(hlc_pack(5000, 3), 1000), hlc_pack(5000, 4), "a clock that went back");
    cr_expect_eq(hlc_observe(t, hlc_pack(900, 9), 1000), t, "the past does not pull");
    cr_expect_eq(hlc_observe(t, hlc_pack(2000, 9), 1000), hlc_pack(2000, 9));
    uint64_t far = hlc_observe(t, hlc_pack(UINT64_C(1) << 40, 0), 1000);
    cr_expect_eq(hlc_ms(far), 1000 + 300000, "five minutes and no more");
    uint64_t ahead = hlc_pack(UINT64_C(1) << 40, 0);
    cr_expect_eq(hlc_observe(ahead, ahead + 9, 1000), ahead, "an own lead is not taken back");
    cr_expect_gt(hlc_next(far, 1000), far);
}

/* ---- contexts ----------------------------------------------------------------------------------------------- */

#define OTHER   "\xcf\x80\x00\x00\x00\x00\x00\x00\x01" /* below self */
#define HIGHER  "\xcf\x80\x00\x00\x00\x00\x00\x00\x09"
#define OURSELF "\xcf\x80\x00\x00\x00\x00\x00\x00\x07"

static const struct {
    const char *name;
    struct bytes ctx;
    enum err err;
    uint32_t count;
} ctx_rows[] = {
#define ROW(name, literal, err, count) {name, {(const uint8_t *)(literal), sizeof(literal) - 1}, err, count}
    ROW("nil", "\xc0", ERR_OK, 0),
    ROW("own", "\x92\x00\x05", ERR_OK, 1),
    ROW("foreign", "\x93" OTHER "\x01\x05", ERR_OK, 1),
    ROW("foreign, own, foreign", "\x98" OTHER "\x01\x05\x00\x03" HIGHER "\x01\x01", ERR_OK, 3),
    ROW("own earlier epoch first", "\x95" OURSELF "\x01\x04\x00\x05", ERR_OK, 2),
    ROW("own earlier epoch last", "\x95\x00\x05" OURSELF "\x01\x04", ERR_CORRUPT, 0),
    ROW("own spelt out", "\x93" OURSELF "\x02\x05", ERR_CORRUPT, 0),
    ROW("empty array", "\x90", ERR_CORRUPT, 0),
    ROW("own twice", "\x94\x00\x05\x00\x06", ERR_CORRUPT, 0),
    ROW("unsorted", "\x96" HIGHER "\x01\x05" OTHER "\x01\x05", ERR_CORRUPT, 0),
    ROW("same origin twice", "\x96" OTHER "\x01\x05" OTHER "\x01\x06", ERR_CORRUPT, 0),
    ROW("sequence 0", "\x92\x00\x00", ERR_CORRUPT, 0),
    ROW("epoch 0", "\x93" OTHER "\x00\x05", ERR_CORRUPT, 0),
    ROW("epoch over 32 bits", "\x93" OTHER "\xcf\x00\x00\x00\x01\x00\x00\x00\x00\x05", ERR_CORRUPT, 0),
    ROW("site without its mark", "\x93\x07\x01\x05", ERR_CORRUPT, 0),
    ROW("one number", "\x91\x00", ERR_CORRUPT, 0),
    ROW("two of three numbers", "\x92" OTHER "\x01", ERR_CORRUPT, 0),
    ROW("negative", "\x92\x00\xff", ERR_CORRUPT, 0),
    ROW("trailing", "\x92\x00\x05\x00", ERR_CORRUPT, 0),
    ROW("nil and more", "\xc0\xc0", ERR_CORRUPT, 0),
    ROW("nothing", "", ERR_CORRUPT, 0),
#undef ROW
};

Test(op, contexts)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 4096);
    for (size_t i = 0; i < sizeof(ctx_rows) / sizeof(ctx_rows[0]); i++) {
        struct dot dots[VV_ENTRIES_MAX];
        uint32_t count = 99;
        enum err err = ctx_decode(ctx_rows[i].ctx, self, dots, &count);
        cr_expect_eq(err, ctx_rows[i].err, "%s: %s", ctx_rows[i].name, err_slug(err));
        if (err != ERR_OK) {
            cr_expect_eq(count, 99, "%s: output touched", ctx_rows[i].name);
            continue;
        }
        cr_expect_eq(count, ctx_rows[i].count, "%s", ctx_rows[i].name);
        mp_buf_reset(&buf);
        ctx_encode(&buf, self, dots, count);
        cr_expect(bytes_equal(mp_buf_bytes(&buf), ctx_rows[i].ctx), "%s: there and back", ctx_rows[i].name);
    }
    mp_buf_deinit(&buf);
}

Test(op, contexts_are_bounded)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 4096);
    for (uint32_t count = VV_ENTRIES_MAX; count <= VV_ENTRIES_MAX + 1; count++) {
        mp_buf_reset(&buf);
        mp_put_array(&buf, 3 * count);
        for (uint32_t i = 0; i < count; i++) {
            mp_put_uint(&buf, make_origin(100 + i, 1).site);
            mp_put_uint(&buf, 1);
            mp_put_uint(&buf, 1);
        }
        struct dot dots[VV_ENTRIES_MAX];
        uint32_t got = 0;
        enum err err = ctx_decode(mp_buf_bytes(&buf), self, dots, &got);
        cr_expect_eq(err, count > VV_ENTRIES_MAX ? ERR_LIMIT : ERR_OK, "%u", count);
    }
    mp_buf_deinit(&buf);
}

/* ---- entries and operations --------------------------------------------------------------------------------- */

#define BIN32  "\xc4\x20" "0123456789abcdef0123456789abcdef"
#define RID    "\xc4\x10" "\x01\xa0\xc5\x12\x34\x56\x80\x05\x80\x00\x00\x00\x00\x00\x00\x07"
#define HEAD   "\x98\x01\x09\x21\x03" RID "\xa1" "a"
#define PUBLIC HEAD "\x91\x93\x01\xc0\xc3\xc0"
#define SECRET HEAD "\x92\x93\x01\xc0\xc3\x92\x05\xc0\xc0"

Test(op, entry_shapes)
{
    static const struct {
        const char *name;
        struct bytes input;
        enum err err;
        enum entry_shape shape;
    } rows[] = {
#define ROW(name, literal, err, shape) {name, {(const uint8_t *)(literal), sizeof(literal) - 1}, err, shape}
        ROW("plain", "\x91\xc4\x01p", ERR_OK, ENTRY_PLAIN),
        ROW("personal", "\x93\xc4\x01p" BIN32 "\xc4\x01s", ERR_OK, ENTRY_PERSONAL),
        ROW("erased", "\x92\xc4\x01p" BIN32, ERR_OK, ENTRY_ERASED),
        ROW("redacted", "\x92\xc0" BIN32, ERR_OK, ENTRY_REDACTED),
        ROW("nothing", "", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("empty array", "\x90", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("four parts", "\x94\xc4\x01p" BIN32 "\xc4\x01s\xc0", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("public part empty", "\x91\xc4\x00", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("public part a string", "\x91\xa1p", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("nil alone", "\x91\xc0", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("nil, salt and personal", "\x93\xc0" BIN32 "\xc4\x01s", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("personal part empty", "\x93\xc4\x01p" BIN32 "\xc4\x00", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("short hash", "\x92\xc4\x01p\xc4\x02hh", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("short leaf", "\x92\xc0\xc4\x02hh", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("short salt", "\x93\xc4\x01p\xc4\x02hh\xc4\x01s", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("trailing byte", "\x91\xc4\x01p\xc0", ERR_CORRUPT, ENTRY_PLAIN),
        ROW("cut", "\x92\xc4\x01p\xc4\x20" "0123", ERR_CORRUPT, ENTRY_PLAIN),
#undef ROW
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct entry entry;
        enum err err = entry_decode(rows[i].input, &entry);
        cr_expect_eq(err, rows[i].err, "%s: %s", rows[i].name, err_slug(err));
        if (err == ERR_OK)
            cr_expect_eq(entry.shape, rows[i].shape, "%s", rows[i].name);
    }
    static uint8_t big[OP_BYTES_MAX + 1] = {0x91};
    struct entry entry;
    cr_expect_eq(entry_decode(bytes_of(big, sizeof(big)), &entry), ERR_TOO_BIG);
}

struct op_row {
    const char *name;
    struct bytes public_part;
    struct bytes personal_part; /* empty: a plain entry; "-": an erased one */
    enum err err;
};

#define OP(name, public, personal, err) \
    {name, {(const uint8_t *)(public), sizeof(public) - 1}, {(const uint8_t *)(personal), sizeof(personal) - 1}, err}

static const struct op_row op_rows[] = {
    OP("plain", PUBLIC, "", ERR_OK),
    OP("personal", SECRET, "\x81\x05\xa1x", ERR_OK),
    OP("personal, erased", SECRET, "-", ERR_OK),
    OP("set members", HEAD "\x92\x94\x01\xc0\xc3\x05\x94\x01\xc0\xc2\x06\xc0", "", ERR_OK),
    OP("deletion mark", HEAD "\x91\x93\x00\xc0\xc3\xc0", "", ERR_OK),
    OP("unknown kind and field", "\x98\x01\x09\x21\xcd\xff\xff" RID "\xa0\x91\x93\xcd\x03\xe7\xc0\x90\xc0", "", ERR_OK),
    OP("ext", HEAD "\x91\x93\x01\xc0\xc3\x81\x07\xc0", "", ERR_OK),
    OP("own context before it", HEAD "\x91\x93\x01\x92\x00\x08\xc3\xc0", "", ERR_OK),
    OP("personal in a plain entry", SECRET, "", ERR_CORRUPT),
    OP("plain in a personal entry", PUBLIC, "\x80", ERR_CORRUPT),
    OP("plain in an erased entry", PUBLIC, "-", ERR_CORRUPT),
    OP("personal value missing", SECRET, "\x80", ERR_CORRUPT),
    OP("personal value of another field", SECRET, "\x81\x06\xa1x", ERR_CORRUPT),
    OP("personal value too many", SECRET, "\x82\x05\xa1x\x06\xa1x", ERR_CORRUPT),
    OP("personal part not a map", SECRET, "\x91\x05", ERR_CORRUPT),
    OP("personal part with a tail", SECRET, "\x81\x05\xa1x\xc0", ERR_CORRUPT),
    OP("format 0", "\x98\x00\x09\x21\x03" RID "\xa0\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("format 2", "\x99\x02\x09\x21\x03" RID "\xa0\x91\x93\x01\xc0\xc3\xc0\xc0", "", ERR_VERSION),
    OP("nine parts", "\x99\x01\x09\x21\x03" RID "\xa0\x91\x93\x01\xc0\xc3\xc0\xc0", "", ERR_CORRUPT),
    OP("sequence 0", "\x98\x01\x00\x21\x03" RID "\xa0\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("kind 0", "\x98\x01\x09\x21\x00" RID "\xa0\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("kind over 16 bits", "\x98\x01\x09\x21\xce\x00\x01\x00\x00" RID "\xa0\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("record id of version 4",
       "\x98\x01\x09\x21\x03\xc4\x10\x01\xa0\xc5\x12\x34\x56\x40\x05\x80\x00\x00\x00\x00\x00\x00\x07"
       "\xa0\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("record id without a site",
       "\x98\x01\x09\x21\x03\xc4\x10\x01\xa0\xc5\x12\x34\x56\x80\x05\xc0\x00\x00\x00\x00\x00\x00\x07"
       "\xa0\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("record id short", "\x98\x01\x09\x21\x03\xc4\x01\x01\xa0\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("author in bytes", "\x98\x01\x09\x21\x03" RID "\xc4\x01" "a\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("author of 65 bytes",
       "\x98\x01\x09\x21\x03" RID "\xd9\x41" "01234567890123456789012345678901234567890123456789012345678901234"
       "\x91\x93\x01\xc0\xc3\xc0", "", ERR_TOO_BIG),
    OP("no writes", HEAD "\x90\xc0", "", ERR_CORRUPT),
    OP("write of one part", HEAD "\x91\x91\x01\xc0", "", ERR_CORRUPT),
    OP("write of five parts", HEAD "\x91\x95\x01\xc0\xc3\x01\x01\xc0", "", ERR_CORRUPT),
    OP("field 1000", HEAD "\x91\x93\xcd\x03\xe8\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("writes unsorted", HEAD "\x92\x93\x02\xc0\xc3\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("field twice", HEAD "\x92\x93\x01\xc0\xc3\x93\x01\xc0\xc2\xc0", "", ERR_CORRUPT),
    OP("members unsorted", HEAD "\x92\x94\x01\xc0\xc3\x06\x94\x01\xc0\xc2\x05\xc0", "", ERR_CORRUPT),
    OP("member twice", HEAD "\x92\x94\x01\xc0\xc3\x05\x94\x01\xc0\xc2\x05\xc0", "", ERR_CORRUPT),
    OP("personal deletion mark", HEAD "\x91\x92\x00\xc0\xc0", "\x81\x00\xc3", ERR_CORRUPT),
    OP("deletion mark with a member", HEAD "\x91\x94\x00\xc0\xc3\x01\xc0", "", ERR_CORRUPT),
    OP("bad context", HEAD "\x91\x93\x01\x90\xc3\xc0", "", ERR_CORRUPT),
    OP("context that is a number", HEAD "\x91\x93\x01\x05\xc3\xc0", "", ERR_CORRUPT),
    OP("context of itself", HEAD "\x91\x93\x01\x92\x00\x09\xc3\xc0", "", ERR_CORRUPT),
    OP("ext an array", HEAD "\x91\x93\x01\xc0\xc3\x90", "", ERR_CORRUPT),
    OP("float value", HEAD "\x91\x93\x01\xc0\xca\x00\x00\x00\x00\xc0", "", ERR_CORRUPT),
    OP("trailing byte", PUBLIC "\xc0", "", ERR_CORRUPT),
    OP("writes bomb", HEAD "\xdd\x10\x00\x00\x00", "", ERR_CORRUPT),
    OP("deep value", HEAD "\x91\x93\x01\xc0\x91\x91\x91\x91\x91\x91\x90\xc0", "", ERR_TOO_BIG),
};

static struct entry entry_of(const struct op_row *row)
{
    static const uint8_t hash[HASH_BYTES] = {1};
    struct entry entry = {.shape = ENTRY_PLAIN, .public_part = row->public_part};
    if (bytes_equal(row->personal_part, RAW("-"))) {
        entry.shape = ENTRY_ERASED;
        entry.hash = bytes_of(hash, HASH_BYTES);
    } else if (row->personal_part.len > 0) {
        entry.shape = ENTRY_PERSONAL;
        entry.salt = bytes_of(hash, SALT_BYTES);
        entry.personal_part = row->personal_part;
    }
    return entry;
}

Test(op, decode_table)
{
    for (size_t i = 0; i < sizeof(op_rows) / sizeof(op_rows[0]); i++) {
        struct entry entry = entry_of(&op_rows[i]);
        struct op op = {.write_count = 777};
        enum err err = op_decode(self, &entry, &op);
        cr_expect_eq(err, op_rows[i].err, "%s: %s", op_rows[i].name, err_slug(err));
        if (err != ERR_OK)
            cr_expect_eq(op.write_count, 777, "%s: output touched", op_rows[i].name);
    }
    struct entry redacted = {.shape = ENTRY_REDACTED};
    struct op op;
    cr_expect_eq(op_decode(self, &redacted, &op), ERR_CORRUPT);
}

Test(op, decode_reads_what_is_there)
{
    struct op_row row = OP("", SECRET, "\x81\x05\xa1x", ERR_OK);
    struct entry entry = entry_of(&row);
    struct op op;
    cr_assert_eq(op_decode(self, &entry, &op), ERR_OK);
    cr_expect_eq(op.dot.seq, 9);
    cr_expect(origin_equal(op.dot.origin, self));
    cr_expect_eq(op.hlc, 0x21);
    cr_expect_eq(op.kind, 3);
    cr_expect(bytes_equal(op.author, RAW("a")));
    cr_assert_eq(op.write_count, 2);
    cr_expect_not(op.writes[0].personal);
    cr_expect(bytes_equal(op.writes[0].value, RAW("\xc3")));
    cr_expect(op.writes[1].personal);
    cr_expect(bytes_equal(op.writes[1].value, RAW("\xa1x")));
    row.personal_part = RAW("-");
    entry = entry_of(&row);
    cr_assert_eq(op_decode(self, &entry, &op), ERR_OK);
    cr_expect(op.writes[1].personal && op.writes[1].value.len == 0, "the erased value is empty");
}

/* Whatever the bytes, an error code and nothing worse (the sanitizers watch). */
Test(op, decode_survives_any_flip)
{
    uint8_t bytes[sizeof(SECRET) - 1];
    uint32_t refused = 0;
    for (size_t at = 0; at < sizeof(bytes); at++) {
        for (unsigned flip = 1; flip < 256; flip++) {
            memcpy(bytes, SECRET, sizeof(bytes));
            bytes[at] = (uint8_t)(bytes[at] ^ flip);
            struct op_row row = {"", bytes_of(bytes, sizeof(bytes)), RAW("\x81\x05\xa1x"), ERR_OK};
            struct entry entry = entry_of(&row);
            struct op op;
            refused += op_decode(self, &entry, &op) != ERR_OK;
        }
    }
    cr_expect_gt(refused, 1000);
}
