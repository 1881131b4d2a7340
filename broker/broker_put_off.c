#include <stdio.h>

#include "broker/broker_private.h"

/* A key that sends one refused frame after another, or floods its connection, is not listened to
 * for a while: nobody who keeps to the protocol comes near the bound, since each REJECT says to
 * wait a minute. Nothing of this is stored. */

static void put_off(struct broker *broker, struct roster_entry *entry, const char *reason)
{
    entry->put_off_ms = broker->now.mono_ms + PUT_OFF_MS;
    entry->faults = 0;
    broker->counters.put_offs++;
    broker_log(broker, BROKER_LOG_WARN, "site.put_off", "site=%016llx slug=%s reason=%s seconds=%d",
               (unsigned long long)entry->site, entry->slug, reason, PUT_OFF_MS / 1000);
    if (broker->hooks.cut != NULL)
        broker->hooks.cut(broker->hooks.context, entry->key);
}

void broker_put_off(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                    const char *reason, struct times now)
{
    struct roster_entry *entry = broker_entry_of(broker, key);

    broker->now = now;
    if (entry != NULL && !broker_is_put_off(broker, entry))
        put_off(broker, entry, reason);
}

bool broker_is_put_off(const struct broker *broker, const struct roster_entry *entry)
{
    return broker->now.mono_ms < entry->put_off_ms;
}

void broker_count_fault(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES])
{
    struct roster_entry *entry = broker_entry_of(broker, key);

    if (entry == NULL || broker_is_put_off(broker, entry))
        return;
    if (broker->now.mono_ms - entry->faults_ms >= FAULTS_WINDOW_MS) {
        entry->faults_ms = broker->now.mono_ms;
        entry->faults = 0;
    }
    if (++entry->faults > FAULTS_MAX)
        put_off(broker, entry, "faults");
}

void broker_note_fault(struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                       struct times now)
{
    broker->now = now;
    broker_count_fault(broker, key);
}

void broker_slug_of_key(const struct broker *broker, const uint8_t key[TRANSPORT_KEY_BYTES],
                        char *slug_out)
{
    const struct roster_entry *entry = broker_find_key(broker, key);
    (void)snprintf(slug_out, SLUG_BYTES_MAX + 1, "%s", entry != NULL ? entry->slug : "");
}

uint32_t broker_put_off_s(const struct broker *broker, uint64_t site, struct times now)
{
    const struct roster_entry *entry = broker_find_site(broker, site);

    if (entry == NULL || now.mono_ms >= entry->put_off_ms)
        return 0;
    return (uint32_t)((entry->put_off_ms - now.mono_ms + 999) / 1000);
}
