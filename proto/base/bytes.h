#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes: valid until the buffer they point into is reused or freed. */
struct bytes {
    const uint8_t *data;
    size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
    return (struct bytes){.data = data, .len = len};
}

static inline struct bytes bytes_of_text(const char *text)
{
    return (struct bytes){.data = (const uint8_t *)text, .len = strlen(text)};
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Byte order: as memcmp, the shorter first when one is the other's prefix. */
int bytes_compare(struct bytes a, struct bytes b);

/* Big-endian integers, so that keys sort as their numbers do. `to`/`from` need not be aligned. */
void put_u16(uint8_t *to, uint16_t value);
void put_u32(uint8_t *to, uint32_t value);
void put_u64(uint8_t *to, uint64_t value);
uint16_t get_u16(const uint8_t *from);
uint32_t get_u32(const uint8_t *from);
uint64_t get_u64(const uint8_t *from);

/* Lower-case hex; `text_out` holds 2 * len + 1 bytes. */
void hex_encode(struct bytes input, char *text_out);
/* Decode exactly `len` bytes; false when `text` is not 2 * len hex digits. */
bool hex_decode(const char *text, uint8_t *out, size_t len);

/* A valid UTF-8 string (no surrogates, no overlong forms, no NUL)? */
bool utf8_valid(struct bytes text);
