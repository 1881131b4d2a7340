#include "broker/broker_private.h"

#include <assert.h>
#include <stdlib.h>

/* A FEED frame: entries of the site's list from one number on. Operations travel in the batch they
 * were sealed in, with everything that is not for the site replaced by its leaf, and several
 * entries of one batch travel in it together. */

enum { FEED_KEY_BYTES = 16, FEED_FRAME_ROOM = 4096 };

struct feed_entry {
    bool operation, covered;
    struct dot dot;
    enum err code;
};

struct feeding {
    struct broker *broker;
    struct store_txn *txn;
    struct peer *peer;
    struct feed_entry entries[FEED_ENTRIES_PER_FRAME_MAX];
    struct dot dots[FEED_ENTRIES_PER_FRAME_MAX];
    uint32_t count;
    struct msg_feed feed;
};

static enum err read_entry(struct bytes row, struct feed_entry *entry)
{
    struct mp_reader reader = mp_reader_of(row);
    uint32_t items = mp_read_array(&reader);
    uint64_t kind = mp_read_uint(&reader);
    entry->dot.origin.site = mp_read_uint(&reader);
    entry->dot.origin.epoch = (uint32_t)mp_read_uint(&reader);
    entry->dot.seq = mp_read_uint(&reader);
    entry->code = err_from_number(mp_read_uint(&reader));
    entry->operation = kind == 0;
    entry->covered = false;
    return reader.err != ERR_OK || items < 5 || kind > 1 ? ERR_CORRUPT : ERR_OK;
}

static enum err read_entries(struct feeding *feeding, uint64_t from)
{
    uint8_t key[FEED_KEY_BYTES];
    put_u64(key, feeding->peer->site);
    put_u64(key + 8, from);
    struct store_iter *iter = NULL;
    enum err err = store_iter_open(feeding->txn, NS_FEED, bytes_of(key, 8),
                                   bytes_of(key, sizeof(key)), STORE_FORWARD, &iter);
    struct bytes row_key, row;
    while (err == ERR_OK && feeding->count < FEED_ENTRIES_PER_FRAME_MAX &&
           store_iter_next(iter, &row_key, &row, &err)) {
        if (row_key.len != FEED_KEY_BYTES || get_u64(row_key.data + 8) != from + feeding->count)
            break;
        struct feed_entry *entry = &feeding->entries[feeding->count];
        err = read_entry(row, entry);
        feeding->dots[feeding->count] = entry->dot;
        feeding->count += err == ERR_OK;
    }
    store_iter_close(iter);
    return err;
}

static bool has_key(const struct feeding *feeding, const struct msg_feed_key *key)
{
    struct mp_reader reader = mp_reader_of(mp_buf_bytes(&feeding->broker->keys));
    for (uint32_t i = 0; i < feeding->feed.key_count; i++) {
        struct msg_feed_key there = msg_read_feed_key(&reader);
        if (there.site == key->site &&
            memcmp(there.sign_public, key->sign_public, SIGN_PUBLIC_BYTES) == 0)
            return true;
    }
    return false;
}

/* The keys the batch may be sealed with, unless the site knows them. */
static enum err vouch(struct feeding *feeding, struct origin origin)
{
    struct broker *broker = feeding->broker;
    uint8_t keys[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES];
    uint32_t count = 0;
    if (origin.site == ledger_identity(broker->ledger).site)
        return ERR_OK;
    const struct roster_entry *entry = broker_find_site(broker, origin.site);
    enum err err = roster_sign_keys(feeding->txn, origin, keys, &count);
    for (uint32_t i = 0; err == ERR_OK && i < count; i++) {
        struct msg_feed_key key = {.site = origin.site,
                                   .slug = bytes_of_text(entry != NULL ? entry->slug : "")};
        memcpy(key.sign_public, keys[i], SIGN_PUBLIC_BYTES);
        if (has_key(feeding, &key) || feeding->feed.key_count == MSG_FEED_KEYS_MAX)
            continue;
        msg_put_feed_key(&broker->keys, &key);
        feeding->feed.key_count++;
    }
    return err;
}

/* Add the batch of entry `at`. false: the frame is full. */
static bool add_batch(struct feeding *feeding, uint32_t at, enum err *err_out)
{
    struct broker *broker = feeding->broker;
    struct msg_batches *batches = &feeding->feed.batches;
    struct batch *batch = &broker->batch;
    if (batches->count == BATCHES_PER_FRAME_MAX)
        return false;
    arena_reset(&broker->arena);
    enum err err = ledger_take_redacted(broker->ledger, feeding->txn, feeding->dots + at,
                                        feeding->count - at, &broker->arena, batch);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT) {
        broker_log(broker, BROKER_LOG_ERROR, "feed.missing", "code=%s", err_slug(err));
        return true; /* one entry that cannot be read must not stop those behind it */
    }
    *err_out = err;
    if (err != ERR_OK)
        return false;
    size_t before = broker->items.len;
    batch_encode(&broker->items, batch);
    size_t used = broker->items.len + broker->findings.len + broker->keys.len + FEED_FRAME_ROOM;
    if (broker->items.failed || (at > 0 && used > TXNS_BYTES_TARGET)) {
        *err_out = broker->items.failed && at == 0 ? mp_buf_err(&broker->items) : ERR_OK;
        broker->items.failed = false;
        broker->items.over_max = false;
        broker->items.len = before;
        return false;
    }
    batches->count++;
    *err_out = vouch(feeding, batch->origin);
    if (*err_out != ERR_OK)
        return false;
    for (uint32_t i = at; i < feeding->count; i++) {
        struct feed_entry *entry = &feeding->entries[i];
        if (entry->operation && origin_equal(entry->dot.origin, batch->origin) &&
            entry->dot.seq >= batch->first && entry->dot.seq < batch->first + batch->count)
            entry->covered = true;
    }
    return true;
}

static void add_finding(struct feeding *feeding, const struct feed_entry *entry)
{
    char text[ERR_TEXT_BYTES];
    enum err code;
    struct msg_finding finding = {
        .dot = entry->dot, .code = entry->code, .text = bytes_of_text(err_text(entry->code))};
    if (ledger_set_aside_reason(feeding->txn, entry->dot, &code, text) == ERR_OK) {
        size_t len = strlen(text) < MSG_TEXT_BYTES_MAX ? strlen(text) : MSG_TEXT_BYTES_MAX;
        while (len > 0 && !utf8_valid(bytes_of(text, len)))
            len--;
        finding.text = bytes_of(text, len);
    }
    msg_put_finding(&feeding->broker->findings, &finding);
    feeding->feed.finding_count++;
}

static enum err fill(struct feeding *feeding, uint64_t from)
{
    struct broker *broker = feeding->broker;
    enum err err = read_entries(feeding, from);
    for (uint32_t i = 0; i < feeding->count && err == ERR_OK; i++) {
        const struct feed_entry *entry = &feeding->entries[i];
        bool full =
            broker->items.len + broker->findings.len + FEED_FRAME_ROOM > TXNS_BYTES_TARGET && i > 0;
        if (!entry->operation && !full)
            add_finding(feeding, entry);
        else if (entry->operation && !entry->covered)
            full = !add_batch(feeding, i, &err);
        if (full)
            break;
        feeding->feed.to = from + i;
    }
    return err;
}

enum err broker_send_feed(struct broker *broker, struct peer *peer, uint64_t from,
                          struct session_event *event_out)
{
    struct feeding *feeding = calloc(1, sizeof(*feeding));
    if (feeding == NULL)
        return ERR_NO_MEMORY;
    feeding->broker = broker;
    feeding->peer = peer;
    feeding->feed = (struct msg_feed){.session = peer->core.session, .from = from};
    mp_buf_reset(&broker->items);
    mp_buf_reset(&broker->findings);
    mp_buf_reset(&broker->keys);
    enum err err = store_begin(broker->store, STORE_READ, &feeding->txn, NULL);
    if (err == ERR_OK) {
        err = fill(feeding, from);
        store_abort(feeding->txn);
    }
    struct msg msg = {.type = MSG_FEED, .feed = feeding->feed};
    free(feeding);
    if (err == ERR_OK && msg.feed.to < from)
        err = ERR_CORRUPT; /* the list is shorter than it was */
    if (err != ERR_OK)
        return err;
    msg.feed.batches.items = mp_buf_bytes(&broker->items);
    msg.feed.findings = mp_buf_bytes(&broker->findings);
    msg.feed.keys = mp_buf_bytes(&broker->keys);
    err = broker_send_now(broker, peer, &msg);
    if (err == ERR_BUSY) {
        *event_out = (struct session_event){.type = SESSION_SEND_BLOCKED};
        return ERR_OK;
    }
    if (err == ERR_OK) {
        broker->counters.feed_frames++;
        *event_out = (struct session_event){.type = SESSION_FEED_SENT, .seq = msg.feed.to};
    }
    return err;
}
