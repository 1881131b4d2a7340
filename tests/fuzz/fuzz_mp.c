/* The scan admits only one form of every value, so what it admits, read and put again, is the same
 * bytes. The cursor never leaves the bytes, admitted or not. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/limits.h"
#include "proto/record/mp.h"

static void put_again(struct mp_reader *reader, struct mp_buf *buf);

static void put_items_again(struct mp_reader *reader, struct mp_buf *buf, uint64_t items)
{
    for (uint64_t i = 0; i < items; i++)
        put_again(reader, buf);
}

static void put_again(struct mp_reader *reader, struct mp_buf *buf)
{
    uint32_t count;
    switch (mp_peek(reader)) {
    case MP_NIL:
        mp_read_nil(reader);
        mp_put_nil(buf);
        break;
    case MP_BOOL:
        mp_put_bool(buf, mp_read_bool(reader));
        break;
    case MP_UINT:
        mp_put_uint(buf, mp_read_uint(reader));
        break;
    case MP_INT:
        mp_put_int(buf, mp_read_int(reader));
        break;
    case MP_STR:
        mp_put_str(buf, mp_read_str(reader));
        break;
    case MP_BIN:
        mp_put_bin(buf, mp_read_bin(reader));
        break;
    case MP_ARRAY:
        count = mp_read_array(reader);
        mp_put_array(buf, count);
        put_items_again(reader, buf, count);
        break;
    case MP_MAP:
        count = mp_read_map(reader);
        mp_put_map(buf, count);
        put_items_again(reader, buf, 2 * (uint64_t)count);
        break;
    case MP_END:
    case MP_BAD:
        assert(false && "an admitted value does not end early");
    }
}

static void check_admitted(struct bytes input)
{
    struct mp_reader reader = mp_reader_of(input);
    struct mp_buf buf;
    mp_buf_init(&buf, input.len);
    put_again(&reader, &buf);
    assert(mp_at_end(&reader));
    assert(mp_buf_err(&buf) == ERR_OK);
    assert(bytes_equal(mp_buf_bytes(&buf), input));
    mp_buf_deinit(&buf);

    reader = mp_reader_of(input);
    assert(bytes_equal(mp_read_any(&reader), input));
    assert(mp_at_end(&reader));
}

/* One token after another with no regard to what contains what. */
static void read_flat(struct bytes input)
{
    struct mp_reader reader = mp_reader_of(input);
    while (reader.err == ERR_OK) {
        struct bytes body = {0};
        uint64_t count = 0;
        size_t left = (size_t)(reader.end - reader.at);
        switch (mp_peek(&reader)) {
        case MP_NIL:
            mp_read_nil(&reader);
            break;
        case MP_BOOL:
            (void)mp_read_bool(&reader);
            break;
        case MP_UINT:
            (void)mp_read_uint(&reader);
            break;
        case MP_INT:
            assert(mp_read_int(&reader) < 0);
            break;
        case MP_STR:
            body = mp_read_str(&reader);
            break;
        case MP_BIN:
            body = mp_read_bin(&reader);
            break;
        case MP_ARRAY:
            count = mp_read_array(&reader);
            break;
        case MP_MAP:
            count = 2 * (uint64_t)mp_read_map(&reader);
            break;
        case MP_END:
            assert(mp_at_end(&reader));
            return;
        case MP_BAD:
            mp_read_nil(&reader);
            assert(reader.err == ERR_CORRUPT);
            return;
        }
        assert(reader.err == ERR_OK);
        assert(bytes_inside(body, input));
        assert(count <= left);
        assert((size_t)(reader.end - reader.at) < left);
    }
}

/* Asking for the wrong type fails for good and gives nothing. */
static void read_wrongly(struct bytes input)
{
    uint8_t hash[32];
    struct mp_reader reader = mp_reader_of(input);
    mp_read_bin_exact(&reader, hash, sizeof(hash));
    if (reader.err == ERR_OK)
        return;
    for (size_t i = 0; i < sizeof(hash); i++)
        assert(hash[i] == 0);
    assert(mp_read_uint(&reader) == 0 && mp_read_int(&reader) == 0 && !mp_read_bool(&reader));
    assert(mp_read_str(&reader).len == 0 && mp_read_any(&reader).len == 0);
    assert(mp_read_array(&reader) == 0 && mp_read_map(&reader) == 0);
    assert(reader.at == input.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    enum err err = mp_scan(input);
    assert(err == ERR_OK || err == ERR_CORRUPT || err == ERR_TOO_BIG);
    if (err == ERR_OK)
        check_admitted(input);
    read_flat(input);
    read_wrongly(input);
    struct mp_reader reader = mp_reader_of(input);
    while (reader.err == ERR_OK && !mp_at_end(&reader))
        assert(bytes_inside(mp_read_any(&reader), input));
    return 0;
}
