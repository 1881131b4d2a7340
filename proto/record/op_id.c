#include "proto/record/vv.h"

#include <assert.h>

static const uint64_t site_top_bits = UINT64_C(3) << 62;
static const uint64_t site_mark = UINT64_C(2) << 62;

bool origin_equal(struct origin a, struct origin b)
{
    return a.site == b.site && a.epoch == b.epoch;
}

bool origin_valid(struct origin origin)
{
    return (origin.site & site_top_bits) == site_mark && origin.epoch > 0;
}

int dot_compare(struct dot a, struct dot b)
{
    int order = origin_compare(a.origin, b.origin);
    return order != 0 ? order : (a.seq > b.seq) - (a.seq < b.seq);
}

void dot_put_key(struct dot dot, uint8_t key_out[DOT_KEY_BYTES])
{
    put_u64(key_out, dot.origin.site);
    put_u32(key_out + 8, dot.origin.epoch);
    put_u64(key_out + 12, dot.seq);
}

struct dot dot_get_key(const uint8_t key[DOT_KEY_BYTES])
{
    return (struct dot){.origin = {.site = get_u64(key), .epoch = get_u32(key + 8)},
                        .seq = get_u64(key + 12)};
}

uint64_t site_id_from_random(const uint8_t random[8])
{
    return (get_u64(random) & ~site_top_bits) | site_mark;
}

void rid_make(uint64_t unix_ms, uint16_t counter12, uint64_t site, uint8_t rid_out[RID_BYTES])
{
    assert(unix_ms >> 48 == 0);
    assert((site & site_top_bits) == site_mark);
    put_u32(rid_out, (uint32_t)(unix_ms >> 16));
    put_u16(rid_out + 4, (uint16_t)unix_ms);
    put_u16(rid_out + 6, (uint16_t)(0x8000 | (counter12 & 0x0fff)));
    put_u64(rid_out + 8, site);
}

uint64_t rid_site(const uint8_t rid[RID_BYTES])
{
    return get_u64(rid + 8);
}

uint64_t rid_unix_ms(const uint8_t rid[RID_BYTES])
{
    return get_u64(rid) >> 16;
}

bool rid_valid(const uint8_t rid[RID_BYTES])
{
    return rid[6] >> 4 == 8 && (rid_site(rid) & site_top_bits) == site_mark;
}

/* 8-4-4-4-12: a dash stands before these bytes. */
static bool dash_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void rid_format(const uint8_t rid[RID_BYTES], char text_out[RID_TEXT_BYTES])
{
    char *to = text_out;
    for (size_t i = 0; i < RID_BYTES; i++) {
        if (dash_before(i))
            *to++ = '-';
        hex_encode(bytes_of(rid + i, 1), to);
        to += 2;
    }
}

bool rid_parse(const char *text, uint8_t rid_out[RID_BYTES])
{
    if (strnlen(text, RID_TEXT_BYTES) != RID_TEXT_BYTES - 1)
        return false;
    char digits[2 * RID_BYTES + 1];
    size_t len = 0;
    for (size_t i = 0; i < RID_TEXT_BYTES - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-'))
            return false;
        if (!dash)
            digits[len++] = text[i];
    }
    digits[len] = '\0';
    uint8_t rid[RID_BYTES];
    if (!hex_decode(digits, rid, RID_BYTES) || !rid_valid(rid))
        return false;
    memcpy(rid_out, rid, RID_BYTES);
    return true;
}
