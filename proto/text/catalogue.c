/* Looking a text up in a GNU MO file: a header, two tables of (length, offset) sorted by key. */
#include "proto/text/catalogue.h"

#include <assert.h>
#include <string.h>

#include "proto/text/text.h"

extern const uint8_t catalogue_ro[], catalogue_ro_end[], catalogue_ru[], catalogue_ru_end[],
    catalogue_lt[], catalogue_lt_end[], catalogue_pl[], catalogue_pl_end[];

const struct catalogue catalogues[LANGUAGES] = {
    [LANGUAGE_RO] = {catalogue_ro, catalogue_ro_end},
    [LANGUAGE_RU] = {catalogue_ru, catalogue_ru_end},
    [LANGUAGE_LT] = {catalogue_lt, catalogue_lt_end},
    [LANGUAGE_PL] = {catalogue_pl, catalogue_pl_end},
};

static const uint32_t mo_magic = 0x950412de;
enum { HEADER_BYTES = 20, AT_COUNT = 8, AT_KEYS = 12, AT_TEXTS = 16, ROW_BYTES = 8 };

/* Little-endian, as msgfmt is told to write. */
static uint32_t word(const struct catalogue *catalogue, size_t at)
{
    const uint8_t *data = catalogue->data + at;
    assert(at + 4 <= (size_t)(catalogue->end - catalogue->data));
    return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
           (uint32_t)data[3] << 24;
}

static const char *row(const struct catalogue *catalogue, size_t table, uint32_t at,
                       size_t *len_out)
{
    size_t len = word(catalogue, table + (size_t)at * ROW_BYTES);
    size_t offset = word(catalogue, table + (size_t)at * ROW_BYTES + 4);
    assert(offset + len < (size_t)(catalogue->end - catalogue->data));
    *len_out = len;
    return (const char *)catalogue->data + offset;
}

const char *catalogue_find(const struct catalogue *catalogue, const char *key, size_t key_len,
                           size_t *len_out)
{
    if (catalogue->data == NULL)
        return NULL;
    assert(word(catalogue, 0) == mo_magic);
    uint32_t low = 0, high = word(catalogue, AT_COUNT);
    size_t keys = word(catalogue, AT_KEYS), texts = word(catalogue, AT_TEXTS);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        size_t len;
        const char *text = row(catalogue, keys, middle, &len);
        size_t common = len < key_len ? len : key_len;
        int order = memcmp(text, key, common);
        if (order == 0)
            order = len < key_len ? -1 : len > key_len;
        if (order == 0)
            return row(catalogue, texts, middle, len_out);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
