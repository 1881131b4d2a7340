#include "lib/ledger/ledger_private.h"

#include "lib/ledger/roster.h"
#include "proto/record/hlc.h"

/* The small rows: how far a broker has applied, what was set aside and why, single numbers of
 * NS_META. */

enum { SMALL_ROW_BYTES_MAX = 1024 };

enum err commit_txn(struct store_txn *txn, struct err_info *info)
{
    struct err_info local = {.code = ERR_OK};
    struct err_info *to = info != NULL ? info : &local;
    switch (store_commit(txn, to)) {
    case STORE_DURABLE:
        return ERR_OK;
    case STORE_NOT:
        return to->code == ERR_FULL || to->code == ERR_NO_MEMORY ? to->code : ERR_IO;
    case STORE_UNKNOWN:
        return ERR_UNKNOWN_OUTCOME;
    }
    return ERR_INTERNAL;
}

enum err ledger_newest_ms(struct store_txn *txn, uint64_t *unix_ms_out)
{
    uint64_t hlc = 0;
    enum err err = meta_get_uint(txn, "hlc", &hlc);
    if (err == ERR_OK)
        *unix_ms_out = hlc_ms(hlc);
    return err;
}

enum err applied_get(struct store_txn *txn, struct applied_row *row_out)
{
    struct bytes stored;
    enum err err = store_get(txn, NS_META, bytes_of_text("applied"), &stored);
    if (err == ERR_NOT_FOUND) {
        *row_out = (struct applied_row){.number = 0};
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    struct mp_reader reader = mp_reader_of(stored);
    if (mp_read_array(&reader) < 3)
        return ERR_CORRUPT;
    struct applied_row row = {.number = mp_read_uint(&reader)};
    row.seq = mp_read_uint(&reader);
    row.total = mp_read_uint(&reader);
    if (reader.err != ERR_OK)
        return ERR_CORRUPT;
    *row_out = row;
    return ERR_OK;
}

enum err applied_put(struct store_txn *txn, const struct applied_row *row)
{
    struct mp_buf buf;
    mp_buf_init(&buf, SMALL_ROW_BYTES_MAX);
    mp_put_array(&buf, 3);
    mp_put_uint(&buf, row->number);
    mp_put_uint(&buf, row->seq);
    mp_put_uint(&buf, row->total);
    return row_put(txn, NS_META, bytes_of_text("applied"), &buf);
}

enum err aside_get(struct store_txn *txn, struct dot dot, struct aside_row *row_out)
{
    uint8_t key[DOT_KEY_BYTES];
    dot_put_key(dot, key);
    struct bytes stored;
    enum err err = store_get(txn, NS_QUARANTINE, bytes_of(key, sizeof(key)), &stored);
    if (err != ERR_OK)
        return err;
    struct mp_reader reader = mp_reader_of(stored);
    if (mp_read_array(&reader) < 4)
        return ERR_CORRUPT;
    struct aside_row row = {.code = err_from_number(mp_read_uint(&reader))};
    row_read_text(&reader, row.text, sizeof(row.text));
    row.at_ms = mp_read_uint(&reader);
    row.merged = mp_read_bool(&reader);
    if (reader.err != ERR_OK)
        return ERR_CORRUPT;
    *row_out = row;
    return ERR_OK;
}

/* Length of the text that fits and does not cut a character in two. */
static size_t text_len_within(const char *text, size_t max)
{
    size_t len = strnlen(text, max);
    while (len == max && len > 0 && ((unsigned char)text[len] & 0xC0u) == 0x80u)
        len--;
    while (len > 0 && !utf8_valid(bytes_of(text, len)))
        len--;
    return len;
}

enum err aside_put(struct store_txn *txn, struct dot dot, const struct aside_row *row)
{
    uint8_t key[DOT_KEY_BYTES];
    dot_put_key(dot, key);
    struct mp_buf buf;
    mp_buf_init(&buf, SMALL_ROW_BYTES_MAX);
    mp_put_array(&buf, 4);
    mp_put_uint(&buf, (uint64_t)row->code);
    mp_put_str(&buf, bytes_of(row->text, text_len_within(row->text, ERR_TEXT_BYTES - 1)));
    mp_put_uint(&buf, row->at_ms);
    mp_put_bool(&buf, row->merged);
    return row_put(txn, NS_QUARANTINE, bytes_of(key, sizeof(key)), &buf);
}

enum err ledger_set_aside_reason(struct store_txn *txn, struct dot dot, enum err *code_out,
                                 char *text_out)
{
    struct aside_row row;
    enum err err = aside_get(txn, dot, &row);
    if (err != ERR_OK)
        return err;
    *code_out = row.code;
    memcpy(text_out, row.text, sizeof(row.text));
    return ERR_OK;
}

enum err ledger_note_set_aside(struct store_txn *txn, struct dot dot, enum err code,
                               const char *text, uint64_t now_ms)
{
    struct aside_row row = {.code = code, .at_ms = now_ms, .merged = true};
    memcpy(row.text, text, strnlen(text, sizeof(row.text) - 1));
    return aside_put(txn, dot, &row);
}

enum err meta_get_uint(struct store_txn *txn, const char *name, uint64_t *value_out)
{
    struct bytes stored;
    enum err err = store_get(txn, NS_META, bytes_of_text(name), &stored);
    if (err == ERR_NOT_FOUND) {
        *value_out = 0;
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    struct mp_reader reader = mp_reader_of(stored);
    uint64_t value = mp_read_uint(&reader);
    if (reader.err != ERR_OK)
        return ERR_CORRUPT;
    *value_out = value;
    return ERR_OK;
}

enum err meta_put_uint(struct store_txn *txn, const char *name, uint64_t value)
{
    struct mp_buf buf;
    mp_buf_init(&buf, SMALL_ROW_BYTES_MAX);
    mp_put_uint(&buf, value);
    return row_put(txn, NS_META, bytes_of_text(name), &buf);
}

enum err ledger_put_numbers(struct store_txn *txn, const char *name, const uint64_t *numbers,
                            uint32_t count)
{
    struct mp_buf buf;
    mp_buf_init(&buf, STORE_VALUE_BYTES_MAX);
    mp_put_array(&buf, count);
    for (uint32_t i = 0; i < count; i++)
        mp_put_uint(&buf, numbers[i]);
    return row_put(txn, NS_META, bytes_of_text(name), &buf);
}

enum err schema_need(struct store_txn *txn, uint32_t schema)
{
    struct self_row self;
    enum err err = self_get(txn, &self);
    if (err != ERR_OK || self.schema >= schema)
        return err;
    self.schema = schema;
    return self_put(txn, &self);
}

/* ---- the centre and those before it ---- */

bool centres_has(const struct centres *centres, uint64_t site)
{
    for (uint32_t i = 0; i < centres->count; i++)
        if (centres->sites[i] == site && site != 0)
            return true;
    return false;
}

static const char FORMER[] = "centres"; /* [site, …] */

static enum err read_former(struct store_txn *txn, struct centres *centres)
{
    struct bytes stored;
    enum err err = store_get(txn, NS_META, bytes_of_text(FORMER), &stored);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    struct mp_reader reader = mp_reader_of(stored);
    uint32_t count = mp_read_array(&reader);
    if (reader.err != ERR_OK || count >= CENTRES_MAX)
        return ERR_CORRUPT;
    for (uint32_t i = 0; i < count; i++)
        centres->sites[centres->count++] = mp_read_uint(&reader);
    return reader.err;
}

enum err ledger_centres(struct store_txn *txn, struct centres *centres_out)
{
    struct self_row self;
    struct membership membership;
    struct centres centres = {.count = 1};
    enum err err = self_get(txn, &self);
    if (err == ERR_OK && self.role == LEDGER_BROKER) {
        centres.sites[0] = self.site;
    } else if (err == ERR_OK) {
        err = membership_get(txn, &membership);
        centres.sites[0] = err == ERR_OK ? membership.broker_site : 0;
    }
    if (err == ERR_OK)
        err = read_former(txn, &centres);
    if (err == ERR_OK)
        *centres_out = centres;
    return err;
}

enum err ledger_put_former_centre(struct store_txn *txn, uint64_t site)
{
    struct centres centres = {.count = 0};
    enum err err = read_former(txn, &centres);
    if (err != ERR_OK || centres_has(&centres, site))
        return err;
    if (centres.count + 1 >= CENTRES_MAX)
        return ERR_LIMIT;
    centres.sites[centres.count++] = site;
    return ledger_put_numbers(txn, FORMER, centres.sites, centres.count);
}
