/* Records by their ids. People copy ids by hand, so the beginning of one will do wherever it leads
 * to one record only. Ids start with the time they were made, so records made together share
 * theirs. */
#include "lib/api/internal.h"

#include <stdio.h>

enum { BEGINNING_DIGITS_MIN = 6, ID_DIGITS = 2 * RID_BYTES };

struct search {
    char digits[ID_DIGITS + 1]; /* what the id begins with */
    uint32_t found;
    uint16_t kind, found_kind;
    uint8_t rid[RID_BYTES];
};

/* The hex digits of `text`, its dashes left out. */
static bool is_beginning(const char *text, char digits_out[ID_DIGITS + 1])
{
    size_t len = 0;
    for (; *text != '\0'; text++) {
        if (*text == '-' && len > 0)
            continue;
        bool digit = (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'f');
        if (!digit || len == ID_DIGITS)
            return false;
        digits_out[len++] = *text;
    }
    digits_out[len] = '\0';
    return len >= BEGINNING_DIGITS_MIN;
}

static bool keep(void *context, const uint8_t rid[RID_BYTES])
{
    struct search *search = context;
    char digits[ID_DIGITS + 1];
    hex_encode(bytes_of(rid, RID_BYTES), digits);
    if (memcmp(digits, search->digits, strlen(search->digits)) != 0)
        return false;
    search->found_kind = search->kind;
    memcpy(search->rid, rid, RID_BYTES);
    return ++search->found < 2;
}

/* The id just before all that begin so; false: there is none before. */
static bool before_first(const char *digits, uint8_t rid_out[RID_BYTES])
{
    char padded[ID_DIGITS + 1];
    memset(padded, '0', ID_DIGITS);
    padded[ID_DIGITS] = '\0';
    memcpy(padded, digits, strlen(digits));
    bool read = hex_decode(padded, rid_out, RID_BYTES);
    for (size_t i = RID_BYTES; read && i-- > 0;)
        if (rid_out[i]-- != 0) /* 0 borrows from the byte before */
            return true;
    return false;
}

static enum err search_kind(struct store_txn *txn, uint16_t kind, struct search *search)
{
    uint8_t after[RID_BYTES];
    search->kind = kind;
    bool after_some = before_first(search->digits, after);
    return ledger_each_record(txn, kind, after_some ? after : NULL, STORE_FORWARD, keep, search);
}

static enum err search_all(struct store_txn *txn, struct search *search)
{
    uint32_t count = 0;
    const struct kind *kinds = kinds_all(&count);
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < count && err == ERR_OK && search->found < 2; i++)
        err = search_kind(txn, kinds[i].number, search);
    return err;
}

static enum err find_beginning(struct store_txn *txn, const char *text, struct search *search,
                               struct err_info *info)
{
    if (!is_beginning(text, search->digits))
        return err_set(info, ERR_NOT_FOUND,
                       "'%.64s' is not a record's id, nor the first %d or more digits of one", text,
                       (int)BEGINNING_DIGITS_MIN);
    enum err err =
        search->kind != 0 ? search_kind(txn, search->kind, search) : search_all(txn, search);
    if (err != ERR_OK)
        return err_set(info, err, "the records could not be read: %s", err_text(err));
    if (search->found == 0)
        return err_set(info, ERR_NOT_FOUND, "there is no record whose id begins with %s", text);
    if (search->found > 1)
        return err_set(info, ERR_INVALID,
                       "several records have an id that begins with %s; give more of it", text);
    return ERR_OK;
}

enum err record_find(struct store_txn *txn, const char *text, uint16_t *kind_inout,
                     uint8_t rid_out[RID_BYTES], struct err_info *info)
{
    struct search search = {.kind = *kind_inout};
    uint8_t rid[RID_BYTES];
    enum err err;
    if (rid_parse(text, rid)) {
        search.found_kind = *kind_inout;
        err = *kind_inout != 0 ? ERR_OK : ledger_find_kind(txn, rid, &search.found_kind);
        if (err != ERR_OK)
            return err_set(info, err, "there is no record %s", text);
        memcpy(search.rid, rid, RID_BYTES);
    } else {
        err = find_beginning(txn, text, &search, info);
        if (err != ERR_OK)
            return err;
    }
    *kind_inout = search.found_kind;
    memcpy(rid_out, search.rid, RID_BYTES);
    return ERR_OK;
}
