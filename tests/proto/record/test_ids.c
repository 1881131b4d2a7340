#include "proto/record/hlc.h"
#include "tests/proto/record/make.h"

#include <criterion/criterion.h>

static const struct origin self = {.site = (UINT64_C(2) << 62) | SITE_LOW, .epoch = 2};

/* ---- ids and clocks ---- */

Test(ids, record_ids)
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

Test(ids, record_ids_refused)
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

Test(ids, dot_keys_sort_as_dots)
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

Test(ids, hybrid_clock)
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

/* ---- contexts ---- */

#define OTHER   "\xcf\x80\x00\x00\x00\x00\x00\x00\x01" /* below self */
#define HIGHER  "\xcf\x80\x00\x00\x00\x00\x00\x00\x09"
#define OURSELF "\xcf\x80\x00\x00\x00\x00\x00\x00\x07"

static const struct {
    const char *name;
    struct bytes ctx;
    enum err err;
    uint32_t count;
} ctx_rows[] = {
#define ROW(name, literal, err, count) \
    { \
        name, {(const uint8_t *)(literal), sizeof(literal) - 1}, err, count \
    }
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
    ROW("epoch over 32 bits", "\x93" OTHER "\xcf\x00\x00\x00\x01\x00\x00\x00\x00\x05", ERR_CORRUPT,
        0),
    ROW("site without its mark", "\x93\x07\x01\x05", ERR_CORRUPT, 0),
    ROW("one number", "\x91\x00", ERR_CORRUPT, 0),
    ROW("two of three numbers", "\x92" OTHER "\x01", ERR_CORRUPT, 0),
    ROW("negative", "\x92\x00\xff", ERR_CORRUPT, 0),
    ROW("trailing", "\x92\x00\x05\x00", ERR_CORRUPT, 0),
    ROW("nil and more", "\xc0\xc0", ERR_CORRUPT, 0),
    ROW("nothing", "", ERR_CORRUPT, 0),
#undef ROW
};

Test(ids, contexts)
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
        cr_expect(bytes_equal(mp_buf_bytes(&buf), ctx_rows[i].ctx), "%s: there and back",
                  ctx_rows[i].name);
    }
    mp_buf_deinit(&buf);
}

Test(ids, contexts_are_bounded)
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
