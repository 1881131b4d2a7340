#include "proto/base/limits.h"
#include "proto/record/mp.h"
#include "tests/proto/record/make.h"

#include <criterion/criterion.h>
#include <msgpack.h>

struct row {
    const char *name;
    struct bytes input;
    enum err err;
};

#define ROW(name, literal, err) \
    { \
        name, {(const uint8_t *)(literal), sizeof(literal) - 1}, err \
    }

static const struct row scan_rows[] = {
    ROW("nothing", "", ERR_CORRUPT),
    ROW("nil", "\xc0", ERR_OK),
    ROW("never used byte", "\xc1", ERR_CORRUPT),
    ROW("trailing byte", "\xc0\xc0", ERR_CORRUPT),
    ROW("array of 268435456", "\xdd\x10\x00\x00\x00", ERR_CORRUPT),
    ROW("array of 4294967295", "\xdd\xff\xff\xff\xff", ERR_CORRUPT),
    ROW("map of 268435456", "\xdf\x10\x00\x00\x00", ERR_CORRUPT),
    ROW("map of 4294967295", "\xdf\xff\xff\xff\xff\xc0", ERR_CORRUPT),
    ROW("str of 2 GiB", "\xdb\x7f\xff\xff\xff", ERR_CORRUPT),
    ROW("bin of 4 GiB", "\xc6\xff\xff\xff\xff", ERR_CORRUPT),
    ROW("bin one short", "\xc4\x02\x00", ERR_CORRUPT),
    ROW("array one short", "\x92\x01", ERR_CORRUPT),
    ROW("map without its last value", "\x82\x01\x01\x02", ERR_CORRUPT),
    ROW("length cut", "\xc5\x01", ERR_CORRUPT),
    ROW("number cut", "\xcf\x01\x02\x03", ERR_CORRUPT),
    ROW("127 in one byte", "\x7f", ERR_OK),
    ROW("127 in two", "\xcc\x7f", ERR_CORRUPT),
    ROW("128", "\xcc\x80", ERR_OK),
    ROW("255 in three", "\xcd\x00\xff", ERR_CORRUPT),
    ROW("65535 in five", "\xce\x00\x00\xff\xff", ERR_CORRUPT),
    ROW("32 bits in nine", "\xcf\x00\x00\x00\x00\xff\xff\xff\xff", ERR_CORRUPT),
    ROW("33 bits", "\xcf\x00\x00\x00\x01\x00\x00\x00\x00", ERR_OK),
    ROW("-32", "\xe0", ERR_OK),
    ROW("-32 in two", "\xd0\xe0", ERR_CORRUPT),
    ROW("-33", "\xd0\xdf", ERR_OK),
    ROW("-128 in three", "\xd1\xff\x80", ERR_CORRUPT),
    ROW("-129", "\xd1\xff\x7f", ERR_OK),
    ROW("-32768 in five", "\xd2\xff\xff\x80\x00", ERR_CORRUPT),
    ROW("-2147483648 in nine", "\xd3\xff\xff\xff\xff\x80\x00\x00\x00", ERR_CORRUPT),
    ROW("least of all", "\xd3\x80\x00\x00\x00\x00\x00\x00\x00", ERR_OK),
    ROW("positive in a signed form", "\xd1\x01\x00", ERR_CORRUPT),
    ROW("float 32", "\xca\x00\x00\x00\x00", ERR_CORRUPT),
    ROW("float 64", "\xcb\x00\x00\x00\x00\x00\x00\x00\x00", ERR_CORRUPT),
    ROW("fixext 1", "\xd4\x01\x00", ERR_CORRUPT),
    ROW("ext 8", "\xc7\x01\x01\x00", ERR_CORRUPT),
    ROW("timestamp", "\xd6\xff\x00\x00\x00\x00", ERR_CORRUPT),
    ROW("short str in a long form",
        "\xd9\x01"
        "a",
        ERR_CORRUPT),
    ROW("short bin in a long form",
        "\xc5\x00\x01"
        "a",
        ERR_CORRUPT),
    ROW("short array in a long form", "\xdc\x00\x01\x01", ERR_CORRUPT),
    ROW("short map in a long form", "\xde\x00\x01\x01\x01", ERR_CORRUPT),
    ROW("bad UTF-8", "\xa2\xc3\x28", ERR_CORRUPT),
    ROW("NUL in a string", "\xa1\x00", ERR_CORRUPT),
    ROW("any bytes in a bin", "\xc4\x02\xc3\x28", ERR_OK),
    ROW("same key twice", "\x82\x01\x01\x01\x02", ERR_CORRUPT),
    ROW("same key twice, apart", "\x83\x01\x01\x02\x01\x01\x01", ERR_CORRUPT),
    ROW("same key over a nested value", "\x83\x02\x92\x01\x81\x01\x01\x01\xc0\x02\xc0",
        ERR_CORRUPT),
    ROW("keys out of order", "\x83\x03\x01\x01\x01\x02\x01", ERR_OK),
    ROW("equal key one level down", "\x81\x01\x81\x01\x01", ERR_OK),
    ROW("array as a key", "\x81\x90\x01", ERR_CORRUPT),
    ROW("map as a key", "\x81\x80\x01", ERR_CORRUPT),
    ROW("depth 8", "\x91\x91\x91\x91\x91\x91\x91\x90", ERR_OK),
    ROW("depth 9", "\x91\x91\x91\x91\x91\x91\x91\x91\x90", ERR_TOO_BIG),
    ROW("depth 9 of maps", "\x81\x01\x81\x01\x81\x01\x81\x01\x81\x01\x81\x01\x81\x01\x81\x01\x80",
        ERR_TOO_BIG),
};

Test(mp, scan_table)
{
    for (size_t i = 0; i < sizeof(scan_rows) / sizeof(scan_rows[0]); i++) {
        const struct row *row = &scan_rows[i];
        enum err err = mp_scan(row->input);
        cr_expect_eq(err, row->err, "%s: %s", row->name, err_slug(err));
    }
}

Test(mp, scan_bounds_objects)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 1 << 20);
    for (uint32_t count = SCAN_OBJECTS_MAX - 1; count <= SCAN_OBJECTS_MAX; count++) {
        mp_buf_reset(&buf);
        mp_put_array(&buf, count);
        for (uint32_t i = 0; i < count; i++)
            mp_put_nil(&buf);
        enum err expected = count < SCAN_OBJECTS_MAX ? ERR_OK : ERR_TOO_BIG;
        cr_expect_eq(mp_scan(mp_buf_bytes(&buf)), expected, "%u", count);
    }
    mp_buf_deinit(&buf);
}

Test(mp, scan_bounds_the_search_for_keys)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 1 << 20);
    mp_put_map(&buf, 7000);
    for (uint32_t i = 7000; i-- > 0;) {
        mp_put_uint(&buf, i);
        mp_put_nil(&buf);
    }
    cr_expect_eq(mp_scan(mp_buf_bytes(&buf)), ERR_TOO_BIG, "descending keys");
    mp_buf_reset(&buf);
    mp_put_map(&buf, 7000);
    for (uint32_t i = 0; i < 7000; i++) {
        mp_put_uint(&buf, i);
        mp_put_nil(&buf);
    }
    cr_expect_eq(mp_scan(mp_buf_bytes(&buf)), ERR_OK, "ascending keys");
    mp_buf_deinit(&buf);
}

Test(mp, buffer_stops_at_its_bound)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 10);
    mp_put_bin(&buf, RAW("12345678"));
    cr_expect_eq(mp_buf_err(&buf), ERR_OK);
    cr_expect_eq(buf.len, 10);
    mp_put_nil(&buf);
    cr_expect_eq(mp_buf_err(&buf), ERR_TOO_BIG);
    cr_expect_eq(buf.len, 10);
    mp_buf_reset(&buf);
    mp_put_nil(&buf);
    cr_expect_eq(mp_buf_err(&buf), ERR_OK);
    mp_buf_deinit(&buf);
}

Test(mp, error_sticks)
{
    struct mp_reader reader = mp_reader_of(RAW("\x01\xa1"
                                               "a\x05"));
    cr_expect_eq(mp_read_uint(&reader), 1);
    cr_expect_eq(mp_read_uint(&reader), 0);
    cr_expect_eq(reader.err, ERR_CORRUPT);
    cr_expect_eq(mp_read_str(&reader).len, 0);
    cr_expect_eq(mp_read_any(&reader).len, 0);
    cr_expect_eq(mp_peek(&reader), MP_BAD);
    cr_expect_not(mp_at_end(&reader));
    uint8_t out[2] = {1, 1};
    reader = mp_reader_of(RAW("\xc4\x03"
                              "abc"));
    mp_read_bin_exact(&reader, out, 2);
    cr_expect_eq(reader.err, ERR_CORRUPT);
    cr_expect_eq(out[0] | out[1], 0);
    reader = mp_reader_of(RAW("\xcf\x80\x00\x00\x00\x00\x00\x00\x00"));
    cr_expect_eq(mp_read_int(&reader), 0);
    cr_expect_eq(reader.err, ERR_CORRUPT, "above int64");
}

/* ---- random values, three ways ---- */

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void put_random(struct mp_buf *buf, uint32_t depth)
{
    static const char text[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    uint32_t count = (uint32_t)(next_random() % 20);
    switch (next_random() % (depth < SCAN_DEPTH_MAX ? 8 : 6)) {
    case 0:
        mp_put_nil(buf);
        break;
    case 1:
        mp_put_bool(buf, count % 2 == 0);
        break;
    case 2:
        mp_put_uint(buf, next_random() >> (next_random() % 64));
        break;
    case 3:
        mp_put_int(buf, (int64_t)next_random() >> (next_random() % 64));
        break;
    case 4:
        mp_put_str(buf, bytes_of(text, next_random() % sizeof(text)));
        break;
    case 5:
        mp_put_bin(buf, bytes_of(text, next_random() % sizeof(text)));
        break;
    case 6:
        mp_put_array(buf, depth < 4 ? count : 1);
        for (uint32_t i = 0; i < (depth < 4 ? count : 1); i++)
            put_random(buf, depth + 1);
        break;
    default:
        mp_put_map(buf, depth < 4 ? count : 1);
        for (uint32_t i = 0; i < (depth < 4 ? count : 1); i++) {
            mp_put_uint(buf, 3 * i);
            put_random(buf, depth + 1);
        }
        break;
    }
}

static bool agree(struct mp_reader *reader, const msgpack_object *object);

static bool agree_items(struct mp_reader *reader, const msgpack_object *object)
{
    if (object->type == MSGPACK_OBJECT_ARRAY) {
        if (mp_read_array(reader) != object->via.array.size)
            return false;
        for (uint32_t i = 0; i < object->via.array.size; i++) {
            if (!agree(reader, &object->via.array.ptr[i]))
                return false;
        }
        return true;
    }
    if (mp_read_map(reader) != object->via.map.size)
        return false;
    for (uint32_t i = 0; i < object->via.map.size; i++) {
        const msgpack_object_kv *pair = &object->via.map.ptr[i];
        if (!agree(reader, &pair->key) || !agree(reader, &pair->val))
            return false;
    }
    return true;
}

static bool agree(struct mp_reader *reader, const msgpack_object *object)
{
    switch (mp_peek(reader)) {
    case MP_NIL:
        mp_read_nil(reader);
        return object->type == MSGPACK_OBJECT_NIL;
    case MP_BOOL:
        return object->type == MSGPACK_OBJECT_BOOLEAN &&
               mp_read_bool(reader) == object->via.boolean;
    case MP_UINT:
        return object->type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
               mp_read_uint(reader) == object->via.u64;
    case MP_INT:
        return object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER &&
               mp_read_int(reader) == object->via.i64;
    case MP_STR:
        return object->type == MSGPACK_OBJECT_STR &&
               bytes_equal(mp_read_str(reader),
                           bytes_of(object->via.str.ptr, object->via.str.size));
    case MP_BIN:
        return object->type == MSGPACK_OBJECT_BIN &&
               bytes_equal(mp_read_bin(reader),
                           bytes_of(object->via.bin.ptr, object->via.bin.size));
    case MP_ARRAY:
        return object->type == MSGPACK_OBJECT_ARRAY && agree_items(reader, object);
    case MP_MAP:
        return object->type == MSGPACK_OBJECT_MAP && agree_items(reader, object);
    case MP_END:
    case MP_BAD:
        break;
    }
    return false;
}

static bool agrees_with_library(struct bytes packed)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t offset = 0;
    bool same = false;
    if (msgpack_unpack_next(&unpacked, (const char *)packed.data, packed.len, &offset) ==
        MSGPACK_UNPACK_SUCCESS) {
        struct mp_reader reader = mp_reader_of(packed);
        same = agree(&reader, &unpacked.data) && mp_at_end(&reader) && offset == packed.len;
    }
    msgpack_unpacked_destroy(&unpacked);
    return same;
}

Test(mp, random_values_agree_with_the_library)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 1 << 20);
    uint32_t compared = 0;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        mp_buf_reset(&buf);
        put_random(&buf, 1);
        struct bytes packed = mp_buf_bytes(&buf);
        enum err err = mp_scan(packed);
        if (err == ERR_TOO_BIG)
            continue;
        compared++;
        cr_assert_eq(err, ERR_OK, "seed %lu: scan", seed);
        cr_assert(agrees_with_library(packed), "seed %lu", seed);
        struct mp_reader reader = mp_reader_of(packed);
        cr_assert(bytes_equal(mp_read_any(&reader), packed), "seed %lu: step over", seed);
        for (size_t cut = 0; cut < packed.len && cut < 64; cut++)
            cr_assert_neq(mp_scan(bytes_of(packed.data, cut)), ERR_OK, "seed %lu cut at %zu", seed,
                          cut);
    }
    cr_expect(compared > 2000, "%u were small enough", compared);
    mp_buf_deinit(&buf);
}
