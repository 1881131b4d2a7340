#include "lib/ledger/roster.h"

#include "lib/ledger/ledger_private.h"

/* The roster's rows, each a MessagePack array; docs/store.md, "Rows". */

enum {
    ROSTER_ROW_BYTES_MAX = 2048,
    SITE_ITEMS = 17,
    KEY_ITEMS = 6,
    /* and one more */ MEMBER_ITEMS = 11
};

enum err roster_row_read(struct bytes stored, struct site_row *row_out)
{
    struct mp_reader reader = mp_reader_of(stored);
    if (mp_read_array(&reader) < SITE_ITEMS)
        return ERR_CORRUPT;
    struct site_row row = {.site = mp_read_uint(&reader)};
    row_read_text(&reader, row.slug, sizeof(row.slug));
    row_read_text(&reader, row.name, sizeof(row.name));
    row.partner = mp_read_bool(&reader);
    row.centre = mp_read_bool(&reader);
    uint64_t state = mp_read_uint(&reader);
    mp_read_bin_exact(&reader, row.transport_public, TRANSPORT_KEY_BYTES);
    mp_read_bin_exact(&reader, row.sign_public, SIGN_PUBLIC_BYTES);
    uint64_t epoch = mp_read_uint(&reader);
    row.joined_ms = mp_read_uint(&reader);
    row.last_heard_ms = mp_read_uint(&reader);
    row.pending = mp_read_uint(&reader);
    row_read_text(&reader, row.software, sizeof(row.software));
    row.clock_offset_ms = mp_read_int(&reader);
    row.feed_last = mp_read_uint(&reader);
    row.feed_acked = mp_read_uint(&reader);
    row.suspect_ms = mp_read_uint(&reader);
    if (reader.err != ERR_OK || epoch > UINT32_MAX || state < SITE_INVITED || state > SITE_REVOKED)
        return ERR_CORRUPT;
    row.epoch = (uint32_t)epoch;
    row.state = (enum site_state)state;
    *row_out = row;
    return ERR_OK;
}

enum err roster_get(struct store_txn *txn, uint64_t site, struct site_row *row_out)
{
    uint8_t key[8];
    put_u64(key, site);
    struct bytes stored;
    enum err err = store_get(txn, NS_SITE, bytes_of(key, sizeof(key)), &stored);
    return err == ERR_OK ? roster_row_read(stored, row_out) : err;
}

enum err roster_put(struct store_txn *txn, const struct site_row *row)
{
    uint8_t key[8];
    put_u64(key, row->site);
    struct mp_buf buf;
    mp_buf_init(&buf, ROSTER_ROW_BYTES_MAX);
    mp_put_array(&buf, SITE_ITEMS);
    mp_put_uint(&buf, row->site);
    mp_put_str(&buf, bytes_of_text(row->slug));
    mp_put_str(&buf, bytes_of_text(row->name));
    mp_put_bool(&buf, row->partner);
    mp_put_bool(&buf, row->centre);
    mp_put_uint(&buf, (uint64_t)row->state);
    mp_put_bin(&buf, bytes_of(row->transport_public, TRANSPORT_KEY_BYTES));
    mp_put_bin(&buf, bytes_of(row->sign_public, SIGN_PUBLIC_BYTES));
    mp_put_uint(&buf, row->epoch);
    mp_put_uint(&buf, row->joined_ms);
    mp_put_uint(&buf, row->last_heard_ms);
    mp_put_uint(&buf, row->pending);
    mp_put_str(&buf, bytes_of_text(row->software));
    mp_put_int(&buf, row->clock_offset_ms);
    mp_put_uint(&buf, row->feed_last);
    mp_put_uint(&buf, row->feed_acked);
    mp_put_uint(&buf, row->suspect_ms);
    return row_put(txn, NS_SITE, bytes_of(key, sizeof(key)), &buf);
}

enum err roster_key(struct store_txn *txn, const uint8_t key[TRANSPORT_KEY_BYTES],
                    struct key_row *row_out)
{
    struct bytes stored;
    enum err err = store_get(txn, NS_KEY, bytes_of(key, TRANSPORT_KEY_BYTES), &stored);
    if (err != ERR_OK)
        return err;
    struct mp_reader reader = mp_reader_of(stored);
    uint32_t items = mp_read_array(&reader);
    if (items < KEY_ITEMS)
        return ERR_CORRUPT;
    uint64_t use = mp_read_uint(&reader);
    struct key_row row = {.site = mp_read_uint(&reader)};
    row_read_text(&reader, row.slug, sizeof(row.slug));
    row_read_text(&reader, row.name, sizeof(row.name));
    row.partner = mp_read_bool(&reader);
    row.expires_ms = mp_read_uint(&reader);
    row.replaces = items > KEY_ITEMS ? mp_read_uint(&reader) : 0;
    if (reader.err != ERR_OK || use > KEY_INVITE)
        return ERR_CORRUPT;
    row.use = (enum key_use)use;
    *row_out = row;
    return ERR_OK;
}

enum err roster_put_key(struct store_txn *txn, const uint8_t key[TRANSPORT_KEY_BYTES],
                        const struct key_row *row)
{
    struct mp_buf buf;
    mp_buf_init(&buf, ROSTER_ROW_BYTES_MAX);
    mp_put_array(&buf, row->replaces != 0 ? KEY_ITEMS + 1 : KEY_ITEMS);
    mp_put_uint(&buf, (uint64_t)row->use);
    mp_put_uint(&buf, row->site);
    mp_put_str(&buf, bytes_of_text(row->slug));
    mp_put_str(&buf, bytes_of_text(row->name));
    mp_put_bool(&buf, row->partner);
    mp_put_uint(&buf, row->expires_ms);
    if (row->replaces != 0)
        mp_put_uint(&buf, row->replaces);
    return row_put(txn, NS_KEY, bytes_of(key, TRANSPORT_KEY_BYTES), &buf);
}

enum err roster_del_key(struct store_txn *txn, const uint8_t key[TRANSPORT_KEY_BYTES])
{
    return store_del(txn, NS_KEY, bytes_of(key, TRANSPORT_KEY_BYTES));
}

enum err membership_get(struct store_txn *txn, struct membership *membership_out)
{
    struct bytes stored;
    enum err err = store_get(txn, NS_META, bytes_of_text("member"), &stored);
    if (err == ERR_NOT_FOUND) {
        *membership_out = (struct membership){.joined = false};
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    struct mp_reader reader = mp_reader_of(stored);
    if (mp_read_array(&reader) < MEMBER_ITEMS)
        return ERR_CORRUPT;
    struct membership row = {.broker_site = mp_read_uint(&reader)};
    row.joined = mp_read_bool(&reader);
    row_read_text(&reader, row.organisation, sizeof(row.organisation));
    row_read_text(&reader, row.slug, sizeof(row.slug));
    row_read_text(&reader, row.name, sizeof(row.name));
    row.partner = mp_read_bool(&reader);
    mp_read_bin_exact(&reader, row.broker_transport, TRANSPORT_KEY_BYTES);
    mp_read_bin_exact(&reader, row.broker_sign, SIGN_PUBLIC_BYTES);
    row_read_text(&reader, row.address, sizeof(row.address));
    mp_read_bin_exact(&reader, row.broker_incarnation, sizeof(row.broker_incarnation));
    row.feed_cursor = mp_read_uint(&reader);
    if (reader.err != ERR_OK)
        return ERR_CORRUPT;
    *membership_out = row;
    return ERR_OK;
}

enum err membership_put(struct store_txn *txn, const struct membership *membership)
{
    struct mp_buf buf;
    mp_buf_init(&buf, ROSTER_ROW_BYTES_MAX);
    mp_put_array(&buf, MEMBER_ITEMS);
    mp_put_uint(&buf, membership->broker_site);
    mp_put_bool(&buf, membership->joined);
    mp_put_str(&buf, bytes_of_text(membership->organisation));
    mp_put_str(&buf, bytes_of_text(membership->slug));
    mp_put_str(&buf, bytes_of_text(membership->name));
    mp_put_bool(&buf, membership->partner);
    mp_put_bin(&buf, bytes_of(membership->broker_transport, TRANSPORT_KEY_BYTES));
    mp_put_bin(&buf, bytes_of(membership->broker_sign, SIGN_PUBLIC_BYTES));
    mp_put_str(&buf, bytes_of_text(membership->address));
    mp_put_bin(&buf,
               bytes_of(membership->broker_incarnation, sizeof(membership->broker_incarnation)));
    mp_put_uint(&buf, membership->feed_cursor);
    return row_put(txn, NS_META, bytes_of_text("member"), &buf);
}

/* ---- keys of before ---- */

enum { OLD_KEY_BYTES = 16 + 12 };
static const char OLD_KEY[16] = "sign.old";

static void old_key(uint64_t site, uint32_t epoch, uint8_t key_out[OLD_KEY_BYTES])
{
    memcpy(key_out, OLD_KEY, sizeof(OLD_KEY));
    put_u64(key_out + sizeof(OLD_KEY), site);
    put_u32(key_out + sizeof(OLD_KEY) + 8, epoch);
}

enum err roster_put_old_key(struct store_txn *txn, uint64_t site, uint32_t last_epoch,
                            const uint8_t sign_public[SIGN_PUBLIC_BYTES])
{
    uint8_t key[OLD_KEY_BYTES];
    old_key(site, last_epoch, key);
    return store_put(txn, NS_META, bytes_of(key, sizeof(key)),
                     bytes_of(sign_public, SIGN_PUBLIC_BYTES));
}

static enum err add_old_key(struct store_txn *txn, struct origin origin, uint8_t *key_out,
                            uint32_t *count)
{
    uint8_t from[OLD_KEY_BYTES];
    struct store_iter *iter = NULL;
    struct bytes key, value;
    old_key(origin.site, origin.epoch, from);
    enum err err = store_iter_open(txn, NS_META, bytes_of(from, OLD_KEY_BYTES - 4),
                                   bytes_of(from, sizeof(from)), STORE_FORWARD, &iter);
    if (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        if (value.len == SIGN_PUBLIC_BYTES)
            memcpy(key_out, value.data, SIGN_PUBLIC_BYTES);
        else
            err = ERR_CORRUPT;
        *count += err == ERR_OK;
    }
    store_iter_close(iter);
    return err;
}

enum err roster_old_keys(struct store_txn *txn, uint64_t site, struct old_key *keys_out,
                         uint32_t *count_out)
{
    uint8_t prefix[OLD_KEY_BYTES];
    struct store_iter *iter = NULL;
    struct bytes key, value;
    uint32_t count = 0;
    old_key(site, 0, prefix);
    enum err err = store_iter_open(txn, NS_META, bytes_of(prefix, OLD_KEY_BYTES - 4),
                                   bytes_of(NULL, 0), STORE_FORWARD, &iter);
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        bool good = key.len == OLD_KEY_BYTES && value.len == SIGN_PUBLIC_BYTES;
        err = !good ? ERR_CORRUPT : count == OLD_KEYS_MAX ? ERR_LIMIT : ERR_OK;
        if (err != ERR_OK)
            break;
        keys_out[count].last_epoch = get_u32(key.data + OLD_KEY_BYTES - 4);
        memcpy(keys_out[count++].sign_public, value.data, SIGN_PUBLIC_BYTES);
    }
    store_iter_close(iter);
    *count_out = count;
    return err;
}

enum err roster_sign_keys(struct store_txn *txn, struct origin origin,
                          uint8_t keys_out[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES], uint32_t *count_out)
{
    struct site_row row;
    uint32_t count = 0;
    *count_out = 0;
    enum err err = add_old_key(txn, origin, keys_out[0], &count);
    if (err == ERR_OK)
        err = roster_get(txn, origin.site, &row);
    if (err == ERR_OK)
        memcpy(keys_out[count++], row.sign_public, SIGN_PUBLIC_BYTES);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    *count_out = count;
    return ERR_OK;
}
