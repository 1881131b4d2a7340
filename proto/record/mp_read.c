#include "proto/record/mp_token.h"

struct mp_reader mp_reader_of(struct bytes input)
{
    const uint8_t *end = input.len == 0 ? input.data : input.data + input.len;
    return (struct mp_reader){.at = input.data, .end = end, .err = ERR_OK};
}

enum mp_type mp_peek(const struct mp_reader *reader)
{
    return reader->err == ERR_OK ? mp_token_at(reader->at, reader->end).type : MP_BAD;
}

bool mp_at_end(const struct mp_reader *reader)
{
    return reader->err == ERR_OK && reader->at == reader->end;
}

/* The next token when it is of type `wanted`; else the error sticks and the token is MP_BAD with
 * zeros. It is filled in place: a copy would wait for what was just written. */
static void take(struct mp_reader *reader, enum mp_type wanted, struct mp_token *token_out)
{
    if (reader->err == ERR_OK) {
        *token_out = mp_token_at(reader->at, reader->end);
        if (token_out->type == wanted) {
            reader->at = token_out->next;
            return;
        }
        reader->err = ERR_CORRUPT;
    }
    *token_out = (struct mp_token){.type = MP_BAD};
}

static uint64_t take_number(struct mp_reader *reader, enum mp_type wanted)
{
    struct mp_token token;
    take(reader, wanted, &token);
    return token.number;
}

static struct bytes take_body(struct mp_reader *reader, enum mp_type wanted)
{
    struct mp_token token;
    take(reader, wanted, &token);
    return bytes_of(token.body, (size_t)token.number);
}

void mp_read_nil(struct mp_reader *reader)
{
    (void)take_number(reader, MP_NIL);
}

bool mp_read_bool(struct mp_reader *reader)
{
    return take_number(reader, MP_BOOL) != 0;
}

uint64_t mp_read_uint(struct mp_reader *reader)
{
    return take_number(reader, MP_UINT);
}

int64_t mp_read_int(struct mp_reader *reader)
{
    if (reader->err != ERR_OK)
        return 0;
    struct mp_token token = mp_token_at(reader->at, reader->end);
    bool fits = token.type == MP_INT || (token.type == MP_UINT && token.number <= INT64_MAX);
    if (!fits) {
        reader->err = ERR_CORRUPT;
        return 0;
    }
    reader->at = token.next;
    return token.type == MP_INT ? token.negative : (int64_t)token.number;
}

struct bytes mp_read_str(struct mp_reader *reader)
{
    return take_body(reader, MP_STR);
}

struct bytes mp_read_bin(struct mp_reader *reader)
{
    return take_body(reader, MP_BIN);
}

/* A count is no greater than the bytes that remain; beyond 32 bits no head can declare one. */
uint32_t mp_read_array(struct mp_reader *reader)
{
    return (uint32_t)take_number(reader, MP_ARRAY);
}

uint32_t mp_read_map(struct mp_reader *reader)
{
    return (uint32_t)take_number(reader, MP_MAP);
}

void mp_read_bin_exact(struct mp_reader *reader, uint8_t *out, size_t len)
{
    const uint8_t *before = reader->at;
    struct bytes data = mp_read_bin(reader);
    if (reader->err == ERR_OK && data.len == len) {
        if (len > 0)
            memcpy(out, data.data, len);
        return;
    }
    reader->at = before;
    reader->err = ERR_CORRUPT;
    memset(out, 0, len);
}

struct bytes mp_read_any(struct mp_reader *reader)
{
    if (reader->err != ERR_OK)
        return bytes_of(NULL, 0);
    const uint8_t *at = reader->at;
    /* Every token takes a byte, so the walk ends whatever is declared. */
    uint64_t pending = 1;
    while (pending > 0) {
        struct mp_token token = mp_token_at(at, reader->end);
        if (token.type == MP_BAD || token.type == MP_END) {
            reader->err = ERR_CORRUPT;
            return bytes_of(NULL, 0);
        }
        pending--;
        if (token.type == MP_ARRAY)
            pending += token.number;
        else if (token.type == MP_MAP)
            pending += 2 * token.number;
        at = token.next;
    }
    struct bytes value = bytes_of(reader->at, (size_t)(at - reader->at));
    reader->at = at;
    return value;
}
