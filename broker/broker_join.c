#include "broker/broker_private.h"

/* Enrolment: whoever connects with an invitation's key and proves that it holds the signing key it
 * names becomes a site. */

void broker_take_join(struct broker *broker, struct bytes id, const struct roster_entry *entry,
                      struct bytes frame)
{
    struct msg msg;
    enum err err = frame.len > BROKER_GREETING_BYTES_MAX ? ERR_TOO_BIG : msg_decode(frame, &msg);
    if (err == ERR_OK && msg.type != MSG_JOIN)
        err = ERR_DENIED;
    if (err == ERR_OK && (msg.join.proto < PROTOCOL_MIN || msg.join.proto > PROTOCOL_NOW))
        err = ERR_VERSION;
    if (err == ERR_OK && !msg_join_check(&msg.join, entry->key))
        err = ERR_BAD_SEAL;
    struct item *item = err == ERR_OK ? broker_new_item(broker, ITEM_JOIN, NULL, frame) : NULL;
    if (err == ERR_OK && item == NULL)
        err = ERR_NO_MEMORY;
    if (err == ERR_OK)
        err = msg_decode(bytes_of(item->bytes, item->len), &item->msg);
    if (err != ERR_OK) {
        broker->counters.refused_bad_join++;
        broker_send_reject(broker, id, err, REFUSED_MS_MIN);
        broker_count_fault(broker, entry->key);
        return;
    }
    memcpy(item->id, id.data, id.len);
    item->id_len = (uint8_t)id.len;
    memcpy(item->key, entry->key, TRANSPORT_KEY_BYTES);
    broker_enqueue(broker, item);
}

bool broker_changes_roster(const struct broker *broker, const struct item *item)
{
    if (item->type != ITEM_JOIN || item->outcome != ERR_OK)
        return false;
    const struct roster_entry *entry = broker_find_site(broker, item->joined.site);
    return entry == NULL ||
           memcmp(entry->key, item->joined.transport_public, TRANSPORT_KEY_BYTES) != 0;
}

/* Under which epoch it writes, and by which keys it knows what the machine before it sealed; in
 * broker->keys. */
static enum err put_place(struct broker *broker, const struct item *item, struct msg_joined *joined)
{
    struct store_txn *txn;
    struct old_key keys[OLD_KEYS_MAX];
    uint32_t count = 0;
    enum err err = store_begin(broker->store, STORE_READ, &txn, NULL);
    if (err != ERR_OK)
        return err;
    err = roster_old_keys(txn, item->joined.site, keys, &count);
    store_abort(txn);
    mp_buf_reset(&broker->keys);
    for (uint32_t i = 0; err == ERR_OK && i < count; i++)
        msg_put_old_key(&broker->keys, &keys[i]);
    joined->epoch = item->joined.epoch;
    joined->old_key_count = count;
    joined->old_keys = mp_buf_bytes(&broker->keys);
    return err == ERR_OK ? mp_buf_err(&broker->keys) : err;
}

void broker_joined(struct broker *broker, struct item *item)
{
    struct bytes id = bytes_of(item->id, item->id_len);
    enum err err = item->outcome;
    struct msg msg = {.type = MSG_JOINED};
    if (err == ERR_OK && item->in_place)
        err = put_place(broker, item, &msg.joined);
    if (err != ERR_OK) {
        broker->counters.refused_bad_join++;
        broker_send_reject(broker, id, err, REFUSED_MS_MIN);
        return;
    }
    msg.joined.organisation = bytes_of_text(broker->organisation);
    msg.joined.slug = bytes_of_text(item->joined.slug);
    msg.joined.name = bytes_of_text(item->joined.name);
    msg.joined.partner = item->joined.partner;
    msg.joined.broker_site = ledger_identity(broker->ledger).site;
    memcpy(msg.joined.broker_sign_public, broker->sign_public, SIGN_PUBLIC_BYTES);
    mp_buf_reset(&broker->frame);
    msg_encode(&broker->frame, &msg);
    err = mp_buf_err(&broker->frame);
    if (err == ERR_OK)
        err = broker->hooks.send(broker->hooks.context, id, mp_buf_bytes(&broker->frame));
    broker_log(broker, BROKER_LOG_INFO, "site.joined", "site=%016llx slug=%s sent=%s",
               (unsigned long long)item->joined.site, item->joined.slug, err_slug(err));
}
