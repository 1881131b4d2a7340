#include "tests/proto/record/make.h"

#include <criterion/criterion.h>

static const struct origin self = {.site = (UINT64_C(2) << 62) | SITE_LOW, .epoch = 2};

#define BIN32 \
    "\xc4\x20" \
    "0123456789abcdef0123456789abcdef"
#define RID \
    "\xc4\x10" \
    "\x01\xa0\xc5\x12\x34\x56\x80\x05\x80\x00\x00\x00\x00\x00\x00\x07"
#define HEAD \
    "\x98\x01\x09\x21\x03" RID "\xa1" \
    "a"
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
#define ROW(name, literal, err, shape) \
    {name, {(const uint8_t *)(literal), sizeof(literal) - 1}, err, shape}
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
        ROW("cut",
            "\x92\xc4\x01p\xc4\x20"
            "0123",
            ERR_CORRUPT, ENTRY_PLAIN),
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
    { \
        name, {(const uint8_t *)(public), sizeof(public) - 1}, \
            {(const uint8_t *)(personal), sizeof(personal) - 1}, err \
    }

static const struct op_row op_rows[] = {
    OP("plain", PUBLIC, "", ERR_OK),
    OP("personal", SECRET, "\x81\x05\xa1x", ERR_OK),
    OP("personal, erased", SECRET, "-", ERR_OK),
    OP("set members", HEAD "\x92\x94\x01\xc0\xc3\x05\x94\x01\xc0\xc2\x06\xc0", "", ERR_OK),
    OP("deletion mark", HEAD "\x91\x93\x00\xc0\xc3\xc0", "", ERR_OK),
    OP("unknown kind and field",
       "\x98\x01\x09\x21\xcd\xff\xff" RID "\xa0\x91\x93\xcd\x03\xe7\xc0\x90\xc0", "", ERR_OK),
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
    OP("nine parts", "\x99\x01\x09\x21\x03" RID "\xa0\x91\x93\x01\xc0\xc3\xc0\xc0", "",
       ERR_CORRUPT),
    OP("sequence 0", "\x98\x01\x00\x21\x03" RID "\xa0\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("kind 0", "\x98\x01\x09\x21\x00" RID "\xa0\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("kind over 16 bits",
       "\x98\x01\x09\x21\xce\x00\x01\x00\x00" RID "\xa0\x91\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("record id of version 4",
       "\x98\x01\x09\x21\x03\xc4\x10\x01\xa0\xc5\x12\x34\x56\x40\x05\x80\x00\x00\x00\x00\x00\x00"
       "\x07"
       "\xa0\x91\x93\x01\xc0\xc3\xc0",
       "", ERR_CORRUPT),
    OP("record id without a site",
       "\x98\x01\x09\x21\x03\xc4\x10\x01\xa0\xc5\x12\x34\x56\x80\x05\xc0\x00\x00\x00\x00\x00\x00"
       "\x07"
       "\xa0\x91\x93\x01\xc0\xc3\xc0",
       "", ERR_CORRUPT),
    OP("record id short", "\x98\x01\x09\x21\x03\xc4\x01\x01\xa0\x91\x93\x01\xc0\xc3\xc0", "",
       ERR_CORRUPT),
    OP("author in bytes",
       "\x98\x01\x09\x21\x03" RID "\xc4\x01"
       "a\x91\x93\x01\xc0\xc3\xc0",
       "", ERR_CORRUPT),
    OP("author of 65 bytes",
       "\x98\x01\x09\x21\x03" RID "\xd9\x41"
       "01234567890123456789012345678901234567890123456789012345678901234"
       "\x91\x93\x01\xc0\xc3\xc0",
       "", ERR_TOO_BIG),
    OP("no writes", HEAD "\x90\xc0", "", ERR_CORRUPT),
    OP("write of one part", HEAD "\x91\x91\x01\xc0", "", ERR_CORRUPT),
    OP("write of five parts", HEAD "\x91\x95\x01\xc0\xc3\x01\x01\xc0", "", ERR_CORRUPT),
    OP("field 1000", HEAD "\x91\x93\xcd\x03\xe8\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("writes unsorted", HEAD "\x92\x93\x02\xc0\xc3\x93\x01\xc0\xc3\xc0", "", ERR_CORRUPT),
    OP("field twice", HEAD "\x92\x93\x01\xc0\xc3\x93\x01\xc0\xc2\xc0", "", ERR_CORRUPT),
    OP("members unsorted", HEAD "\x92\x94\x01\xc0\xc3\x06\x94\x01\xc0\xc2\x05\xc0", "",
       ERR_CORRUPT),
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
