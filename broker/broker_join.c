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

void broker_joined(struct broker *broker, struct item *item)
{
    struct bytes id = bytes_of(item->id, item->id_len);
    enum err err = item->outcome;
    if (err == ERR_OK && broker_find_site(broker, item->joined.site) == NULL)
        err = broker_load_roster(broker); /* not for one who asks again, and again */
    if (err != ERR_OK) {
        broker->counters.refused_bad_join++;
        broker_send_reject(broker, id, err, REFUSED_MS_MIN);
        return;
    }
    struct msg msg = {.type = MSG_JOINED};
    msg.joined = (struct msg_joined){
        .organisation = bytes_of_text(broker->organisation),
        .slug = bytes_of_text(item->joined.slug),
        .name = bytes_of_text(item->joined.name),
        .partner = item->joined.partner,
        .broker_site = ledger_identity(broker->ledger).site,
    };
    memcpy(msg.joined.broker_sign_public, broker->sign_public, SIGN_PUBLIC_BYTES);
    mp_buf_reset(&broker->frame);
    msg_encode(&broker->frame, &msg);
    err = mp_buf_err(&broker->frame);
    if (err == ERR_OK)
        err = broker->hooks.send(broker->hooks.context, id, mp_buf_bytes(&broker->frame));
    broker_log(broker, BROKER_LOG_INFO, "site.joined", "site=%016llx slug=%s sent=%s",
               (unsigned long long)item->joined.site, item->joined.slug, err_slug(err));
}
