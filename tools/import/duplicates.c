#include "tools/import/duplicates.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sys/files.h"
#include "lib/sys/random.h"

enum {
    ROW_HASH_BYTES = 16,
    ENTRY_BYTES = ROW_HASH_BYTES + 8,
    ENTRIES_PER_PASS = 128 * 1024,
    SLOTS = ENTRIES_PER_PASS * 2,
    SLOTS_FULL = SLOTS / 8 * 7,
};

struct slot {
    uint8_t hash[ROW_HASH_BYTES];
    uint64_t line; /* 0: free */
};

struct duplicates {
    FILE *spill;
    uint64_t count;
    uint8_t key[crypto_generichash_KEYBYTES]; /* fresh each time: nobody can aim at one range */
};

enum err duplicates_new(struct duplicates **duplicates_out, struct err_info *info)
{
    struct duplicates *duplicates = calloc(1, sizeof(*duplicates));
    if (duplicates == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    random_bytes(duplicates->key, sizeof(duplicates->key));
    duplicates->spill = tmpfile();
    if (duplicates->spill == NULL) {
        duplicates_free(duplicates);
        return err_set(info, err_from_errno(errno), "temporary file: %s", strerror(errno));
    }
    *duplicates_out = duplicates;
    return ERR_OK;
}

void duplicates_free(struct duplicates *duplicates)
{
    if (duplicates == NULL)
        return;
    if (duplicates->spill != NULL)
        (void)fclose(duplicates->spill);
    free(duplicates);
}

static enum err spill_failed(struct err_info *info)
{
    return err_set(info, err_from_errno(errno), "temporary file: %s", strerror(errno));
}

enum err duplicates_add(struct duplicates *duplicates, struct bytes row, uint64_t line,
                        struct err_info *info)
{
    uint8_t entry[ENTRY_BYTES];
    (void)crypto_generichash(entry, ROW_HASH_BYTES, row.data, row.len, duplicates->key,
                             sizeof(duplicates->key));
    put_u64(entry + ROW_HASH_BYTES, line);
    if (fwrite(entry, ENTRY_BYTES, 1, duplicates->spill) != 1)
        return spill_failed(info);
    duplicates->count++;
    return ERR_OK;
}

static void list_add(struct duplicate_list *list, uint64_t line, uint64_t first_line)
{
    list->count++;
    uint32_t at = list->shown < CSV_DUPLICATES_SHOWN ? list->shown++ : CSV_DUPLICATES_SHOWN;
    for (; at > 0 && list->rows[at - 1].line > line; at--) {
        if (at < CSV_DUPLICATES_SHOWN)
            list->rows[at] = list->rows[at - 1];
    }
    if (at < CSV_DUPLICATES_SHOWN) {
        list->rows[at].line = line;
        list->rows[at].first_line = first_line;
    }
}

/* The slot of this hash: taken by an equal row, or free. */
static struct slot *find_slot(struct slot *slots, const uint8_t *hash)
{
    size_t at = get_u64(hash + 8) % SLOTS;
    while (slots[at].line != 0 && memcmp(slots[at].hash, hash, ROW_HASH_BYTES) != 0)
        at = (at + 1) % SLOTS;
    return &slots[at];
}

static enum err run_pass(struct duplicates *duplicates, uint64_t pass, uint64_t passes,
                         struct slot *slots, struct duplicate_list *list)
{
    uint8_t entry[ENTRY_BYTES];
    uint64_t used = 0;
    memset(slots, 0, SLOTS * sizeof(*slots));
    if (fseeko(duplicates->spill, 0, SEEK_SET) != 0)
        return ERR_IO;
    for (uint64_t i = 0; i < duplicates->count; i++) {
        if (fread(entry, ENTRY_BYTES, 1, duplicates->spill) != 1)
            return ERR_IO;
        if (((uint64_t)get_u32(entry) * passes) >> 32 != pass)
            continue;
        uint64_t line = get_u64(entry + ROW_HASH_BYTES);
        struct slot *slot = find_slot(slots, entry);
        if (slot->line != 0) {
            list_add(list, line, slot->line);
            continue;
        }
        if (++used > SLOTS_FULL)
            return ERR_LIMIT;
        memcpy(slot->hash, entry, ROW_HASH_BYTES);
        slot->line = line;
    }
    return ERR_OK;
}

enum err duplicates_find(struct duplicates *duplicates, struct duplicate_list *list_out,
                         struct err_info *info)
{
    if (fflush(duplicates->spill) != 0)
        return spill_failed(info);
    struct slot *slots = calloc(SLOTS, sizeof(*slots));
    if (slots == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    struct duplicate_list list = {0};
    uint64_t passes = duplicates->count / ENTRIES_PER_PASS + 1;
    enum err err = ERR_OK;
    for (uint64_t pass = 0; pass < passes && err == ERR_OK; pass++)
        err = run_pass(duplicates, pass, passes, slots, &list);
    free(slots);
    if (err != ERR_OK)
        return err_set(info, err, "looking for rows that stand twice: temporary file: %s",
                       err_text(err));
    *list_out = list;
    return ERR_OK;
}
