#include "tools/import/once.h"

#include <sodium.h>
#include <stdlib.h>

enum { SLOTS_START = 1024, HASH_LEN = crypto_shorthash_siphashx24_BYTES };

struct slot {
    uint8_t text[HASH_LEN], content[HASH_LEN];
    uint64_t line; /* 0: free */
};

struct once {
    uint8_t key[crypto_shorthash_siphashx24_KEYBYTES];
    struct slot *slots;
    uint32_t room, count; /* room: a power of two */
};

enum err once_new(struct once **once_out, struct err_info *info)
{
    struct once *once = calloc(1, sizeof(*once));
    if (once != NULL)
        once->slots = calloc(SLOTS_START, sizeof(*once->slots));
    if (once == NULL || once->slots == NULL) {
        free(once);
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    }
    once->room = SLOTS_START;
    randombytes_buf(once->key, sizeof(once->key));
    *once_out = once;
    return ERR_OK;
}

void once_free(struct once *once)
{
    if (once == NULL)
        return;
    free(once->slots);
    free(once);
}

static struct slot *slot_of(struct slot *slots, uint32_t room, const uint8_t text[HASH_LEN])
{
    uint32_t at = get_u32(text) & (room - 1);
    while (slots[at].line != 0 && memcmp(slots[at].text, text, HASH_LEN) != 0)
        at = (at + 1) & (room - 1);
    return &slots[at];
}

static bool grow(struct once *once)
{
    if (once->count * 2 < once->room)
        return true;
    struct slot *slots = once->room < 2 * ONCE_MAX ? calloc(once->room * 2, sizeof(*slots)) : NULL;
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < once->room; i++) {
        if (once->slots[i].line != 0)
            *slot_of(slots, once->room * 2, once->slots[i].text) = once->slots[i];
    }
    free(once->slots);
    once->slots = slots;
    once->room *= 2;
    return true;
}

enum once_result once_meet(struct once *once, struct bytes text, struct bytes content,
                           uint64_t line, uint64_t *line_out)
{
    struct slot met = {.line = line};
    if (!grow(once))
        return ONCE_FULL;
    crypto_shorthash_siphashx24(met.text, text.data, text.len, once->key);
    crypto_shorthash_siphashx24(met.content, content.data, content.len, once->key);
    struct slot *slot = slot_of(once->slots, once->room, met.text);
    if (slot->line == 0) {
        *slot = met;
        once->count++;
        return ONCE_NEW;
    }
    *line_out = slot->line;
    return memcmp(slot->content, met.content, HASH_LEN) == 0 ? ONCE_SAME : ONCE_OTHER;
}
