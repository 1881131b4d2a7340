#include "proto/base/bytes.h"

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.data, b.data, len);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

void put_u16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

void put_u32(uint8_t *to, uint32_t value)
{
    put_u16(to, (uint16_t)(value >> 16));
    put_u16(to + 2, (uint16_t)value);
}

void put_u64(uint8_t *to, uint64_t value)
{
    put_u32(to, (uint32_t)(value >> 32));
    put_u32(to + 4, (uint32_t)value);
}

uint16_t get_u16(const uint8_t *from)
{
    return (uint16_t)((unsigned)from[0] << 8 | from[1]);
}

uint32_t get_u32(const uint8_t *from)
{
    return (uint32_t)get_u16(from) << 16 | get_u16(from + 2);
}

uint64_t get_u64(const uint8_t *from)
{
    return (uint64_t)get_u32(from) << 32 | get_u32(from + 4);
}

void hex_encode(struct bytes input, char *text_out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < input.len; i++) {
        text_out[2 * i] = digits[input.data[i] >> 4];
        text_out[2 * i + 1] = digits[input.data[i] & 15];
    }
    text_out[2 * input.len] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_decode(const char *text, uint8_t *out, size_t len)
{
    /* Checked whole before the first byte is written. The NUL is no digit, so a short text ends the
     * loop. */
    for (size_t i = 0; i < 2 * len; i++) {
        if (hex_digit(text[i]) < 0)
            return false;
    }
    if (text[2 * len] != '\0')
        return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
    return true;
}

/* How many bytes the character at `at` takes, 0 when it is malformed. Source: Unicode 15.0, table
 * 3-7. */
static size_t utf8_step(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0];
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || len > left)
        return 0;
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

/* Eight bytes, all of 1..0x7f? */
static bool plain_eight(const uint8_t *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return ((word | (word - ones)) & tops) == 0;
}

bool utf8_valid(struct bytes text)
{
    for (size_t i = 0; i < text.len;) {
        if (text.len - i >= 8 && plain_eight(text.data + i)) {
            i += 8;
            continue;
        }
        uint8_t byte = text.data[i];
        if (byte == 0)
            return false;
        size_t step = byte < 0x80 ? 1 : utf8_step(text.data + i, text.len - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}
