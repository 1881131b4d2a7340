/* How things stand: for people (status), for a supervisor (healthz, readyz), for monitoring
 * (metrics). */
#include "lib/api/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/record/hlc.h"

static bool count_conflict(void *context, const struct conflict *conflict)
{
    (void)conflict;
    uint64_t *count = context;
    return ++*count < API_COUNTED_MAX;
}

static enum err count_keys(struct store_txn *txn, enum store_ns ns, uint64_t *count_out)
{
    struct store_iter *iter;
    struct bytes key, value, all = bytes_of("", 0);
    uint64_t count = 0;
    enum err err = store_iter_open(txn, ns, all, all, STORE_FORWARD, &iter);
    if (err != ERR_OK)
        return err;
    while (count < API_COUNTED_MAX && store_iter_next(iter, &key, &value, &err))
        count++;
    store_iter_close(iter);
    if (err == ERR_OK)
        *count_out = count;
    return err;
}

enum err store_numbers_of(struct api *api, struct store_txn *txn, struct store_numbers *numbers_out)
{
    struct store_numbers numbers = {0};
    enum err err = store_usage_of(api->store, &numbers.usage);
    if (err == ERR_OK)
        err = ledger_each_conflict(txn, count_conflict, &numbers.conflicts);
    if (err == ERR_OK)
        err = count_keys(txn, NS_QUARANTINE, &numbers.set_aside);
    if (err == ERR_OK)
        err = ledger_backlog(api->config.ledger, txn, &numbers.waiting, &numbers.position);
    if (err == ERR_OK)
        err = store_readers_of(api->store, &numbers.readers);
    if (err == ERR_OK)
        *numbers_out = numbers;
    return err;
}

/* What is waiting for the sites: numbers of their feeds that they have not acknowledged. */
static enum err feed_waiting(struct store_txn *txn, const struct site_row *row, uint64_t *sum)
{
    uint8_t prefix[8];
    struct bytes key;
    put_u64(prefix, row->site);
    if (row->centre || row->site == 0 || row->state == SITE_REVOKED)
        return ERR_OK;
    enum err err = store_last(txn, NS_FEED, bytes_of(prefix, sizeof prefix), &key, NULL);
    if (err == ERR_OK && key.len == 16 && get_u64(key.data + 8) > row->feed_acked)
        *sum += get_u64(key.data + 8) - row->feed_acked;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err site_totals_of(struct api *api, struct store_txn *txn, struct site_totals *totals_out)
{
    struct site_totals totals = {0};
    struct site_row *rows = NULL;
    uint32_t count = 0;
    enum err err = roster_all(txn, &rows, &count);
    for (uint32_t i = 0; err == ERR_OK && i < count; i++) {
        struct site_facts facts;
        if (rows[i].centre)
            continue;
        totals.active += rows[i].state == SITE_ACTIVE;
        totals.suspect += rows[i].state == SITE_SUSPECT;
        totals.revoked += rows[i].state == SITE_REVOKED;
        err = feed_waiting(txn, &rows[i], &totals.feed_waiting);
        if (rows[i].state == SITE_REVOKED || rows[i].site == 0)
            continue;
        site_facts_of(api, txn, &rows[i], &facts);
        totals.connected += facts.connected;
        totals.late += facts.freshness == FRESH_LATE;
        totals.silent += facts.freshness == FRESH_SILENT || facts.freshness == FRESH_NEVER;
    }
    free(rows);
    if (err == ERR_OK)
        *totals_out = totals;
    return err;
}

static bool own_origin(struct api *api, struct store_txn *txn, struct origin *origin_out,
                       struct origin_row *row_out)
{
    struct identity self = ledger_identity(api->config.ledger);
    *origin_out = (struct origin){.site = self.site, .epoch = self.epoch};
    return ledger_get_origin(txn, *origin_out, row_out) == ERR_OK;
}

uint64_t own_stored(struct api *api, struct store_txn *txn)
{
    struct origin origin;
    struct origin_row row;
    return own_origin(api, txn, &origin, &row) ? row.stored_seq : 0;
}

uint64_t own_pending(struct api *api, struct store_txn *txn)
{
    struct origin origin;
    struct origin_row row;
    if (api->config.role == LEDGER_BROKER || !own_origin(api, txn, &origin, &row) ||
        row.stored_seq <= row.acked_seq)
        return 0;
    return row.stored_seq - row.acked_seq;
}

/* When the oldest operation that is not acknowledged was written; 0 when none is. */
static enum err oldest_pending_ms(struct api *api, struct store_txn *txn, uint64_t *ms_out)
{
    struct origin origin;
    struct origin_row row;
    struct bytes value;
    struct entry entry;
    uint8_t key[DOT_KEY_BYTES];
    *ms_out = 0;
    if (own_pending(api, txn) == 0 || !own_origin(api, txn, &origin, &row))
        return ERR_OK;
    dot_put_key((struct dot){.origin = origin, .seq = row.acked_seq + 1}, key);
    struct op *op = malloc(sizeof *op);
    if (op == NULL)
        return ERR_NO_MEMORY;
    if (store_get(txn, NS_LOG, bytes_of(key, sizeof key), &value) == ERR_OK &&
        entry_decode(value, &entry) == ERR_OK && op_decode(origin, &entry, op) == ERR_OK)
        *ms_out = hlc_ms(op->hlc);
    free(op);
    return ERR_OK;
}

static void put_store(struct jsonw *json, const struct store_usage *usage,
                      const struct store_readers *readers)
{
    jsonw_key(json, "store");
    jsonw_object_begin(json);
    jsonw_put_uint(json, "used_bytes", usage->used_bytes);
    jsonw_put_uint(json, "reserved_bytes", usage->reserved_bytes);
    jsonw_put_bool(json, "nearly_full", usage->nearly_full);
    jsonw_put_uint(json, "disk_free_bytes", usage->disk_free_bytes);
    jsonw_put_uint(json, "disk_floor_bytes", usage->disk_floor_bytes);
    jsonw_put_uint(json, "readers", readers->count);
    jsonw_put_uint(json, "reader_lag", readers->lag);
    jsonw_object_end(json);
}

static void put_link(struct jsonw *json, const struct api_link *link)
{
    jsonw_key(json, "link");
    jsonw_object_begin(json);
    jsonw_put_string(json, "state", link->state != NULL ? link->state : "closed");
    jsonw_put_uint(json, "retry_in_ms", link->retry_in_ms);
    put_time(json, "last_success", link->last_success_ms);
    jsonw_key(json, "last_error");
    if (link->last_error == ERR_OK) {
        jsonw_null(json);
    } else {
        /* the link names a failure by its code alone when it knows no more: say what is meant */
        bool bare = strcmp(link->last_error_text, err_text(link->last_error)) == 0;
        char text[ERR_TEXT_BYTES + 16];
        text_say(json->language, text, sizeof text, "%s%s", bare ? N_("the broker: ") : "",
                 link->last_error_text);
        jsonw_object_begin(json);
        jsonw_put_int(json, "code", link->last_error);
        jsonw_put_string(json, "text", text);
        jsonw_object_end(json);
    }
    jsonw_object_end(json);
}

static enum err node_status(struct api_call call, struct store_txn *txn, struct jsonw *json,
                            const struct membership *membership)
{
    struct api *api = call.api;
    struct identity self = ledger_identity(api->config.ledger);
    struct api_link link = {0};
    uint64_t oldest_ms = 0;
    enum err err = oldest_pending_ms(api, txn, &oldest_ms);
    if (api->config.daemon.link != NULL)
        api->config.daemon.link(api->config.daemon.context, &link);
    jsonw_put_string(json, "role", "node");
    jsonw_put_string(json, "site", membership->joined ? membership->slug : NULL);
    put_site_id(json, "site_id", self.site);
    jsonw_put_uint(json, "epoch", self.epoch);
    jsonw_put_string(json, "organisation", membership->joined ? membership->organisation : NULL);
    jsonw_put_bool(json, "joined", membership->joined);
    if (membership->joined) {
        char key[2 * SIGN_PUBLIC_BYTES + 1];
        hex_encode(bytes_of(membership->broker_sign, SIGN_PUBLIC_BYTES), key);
        put_site_id(json, "broker_site", membership->broker_site);
        jsonw_put_string(json, "broker_sign", key);
        hex_encode(bytes_of(membership->broker_transport, TRANSPORT_KEY_BYTES), key);
        jsonw_put_string(json, "broker_transport", key);
    }
    put_link(json, &link);
    jsonw_put_uint(json, "pending", own_pending(api, txn));
    put_time(json, "oldest_pending", oldest_ms);
    jsonw_put_uint(json, "files_pending", link.files_pending);
    jsonw_put_int(json, "clock_offset_ms", link.clock_offset_ms);
    return err;
}

static void put_totals(struct jsonw *json, const struct site_totals *totals)
{
    jsonw_key(json, "sites");
    jsonw_object_begin(json);
    jsonw_put_uint(json, "active", totals->active);
    jsonw_put_uint(json, "suspect", totals->suspect);
    jsonw_put_uint(json, "revoked", totals->revoked);
    jsonw_put_uint(json, "connected", totals->connected);
    jsonw_put_uint(json, "late", totals->late);
    jsonw_put_uint(json, "silent", totals->silent);
    jsonw_object_end(json);
}

/* What the daemon counts under `name`; 0 when it does not. */
static uint64_t counted(const struct api_daemon *daemon, const char *name)
{
    size_t count = 0;
    const struct api_counter *rows =
        daemon->counters != NULL ? daemon->counters(daemon->context, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].value;
    return 0;
}

static enum err broker_status(struct api_call call, struct store_txn *txn, struct jsonw *json,
                              const struct membership *membership,
                              const struct store_numbers *numbers)
{
    const struct api_daemon *daemon = &call.api->config.daemon;
    struct site_totals totals;
    enum err err = site_totals_of(call.api, txn, &totals);
    if (err != ERR_OK)
        return err;
    jsonw_put_string(json, "role", "broker");
    put_site_id(json, "site_id", ledger_identity(call.api->config.ledger).site);
    jsonw_put_string(json, "organisation", membership->organisation);
    put_totals(json, &totals);
    jsonw_put_uint(json, "backlog", numbers->waiting);
    jsonw_put_uint(json, "position", numbers->position);
    jsonw_key(json, "queues");
    jsonw_object_begin(json);
    jsonw_put_uint(json, "commit_bytes", counted(daemon, "cse_queued_bytes"));
    jsonw_put_uint(json, "apply_operations", numbers->waiting);
    jsonw_put_uint(json, "feed_entries", totals.feed_waiting);
    jsonw_object_end(json);
    jsonw_key(json, "refused");
    jsonw_object_begin(json);
    size_t refused_count = 0;
    const struct api_refused *refused =
        daemon->refused != NULL ? daemon->refused(daemon->context, &refused_count) : NULL;
    for (size_t i = 0; i < refused_count; i++)
        jsonw_put_uint(json, refused[i].reason, refused[i].count);
    jsonw_object_end(json);
    return ERR_OK;
}

/* How far the clock is behind the newest change written here. */
static uint64_t clock_behind_ms(const struct api *api, struct store_txn *txn)
{
    uint64_t newest_ms = 0, now_ms = api_now_ms(api);
    return ledger_newest_ms(txn, &newest_ms) == ERR_OK && newest_ms > now_ms ? newest_ms - now_ms
                                                                             : 0;
}

void api_status(struct api_call call)
{
    struct store_txn *txn;
    struct store_numbers numbers;
    struct membership membership = {0};
    struct jsonw json;
    struct err_info why = {.code = ERR_OK};
    char text[ERR_TEXT_BYTES];
    bool unready = api_unready(call.api, &why); /* may write a probe: before the reader */
    if (!api_read(call, &txn))
        return;
    answer_begin(call, &json);
    jsonw_object_begin(&json);
    enum err err = store_numbers_of(call.api, txn, &numbers);
    if (err == ERR_OK)
        err = membership_get(txn, &membership);
    if (err == ERR_OK && call.api->config.role == LEDGER_NODE)
        err = node_status(call, txn, &json, &membership);
    else if (err == ERR_OK)
        err = broker_status(call, txn, &json, &membership, &numbers);
    if (err == ERR_OK) {
        jsonw_put_uint(&json, "conflicts", numbers.conflicts);
        jsonw_put_uint(&json, "set_aside", numbers.set_aside);
        jsonw_put_uint(&json, "clock_behind_ms", clock_behind_ms(call.api, txn));
        put_store(&json, &numbers.usage, &numbers.readers);
        err_say(&why, call.language, text, sizeof text);
        jsonw_put_string(&json, "unready", unready ? text : NULL);
        jsonw_put_string(&json, "version", CSE_VERSION);
        jsonw_object_end(&json);
        http_reply_json(call.response, 200, &json);
    } else {
        http_problem(call.response, err, "the status could not be read: %s", err_text(err));
    }
    jsonw_deinit(&json);
    store_abort(txn);
}

void api_healthz(struct api_call call)
{
    http_reply(call.response, 200, HTTP_TEXT, bytes_of_text("alive\n"));
}

void api_readyz(struct api_call call)
{
    struct err_info why;
    char text[ERR_TEXT_BYTES];
    if (!api_unready(call.api, &why)) {
        http_reply(call.response, 200, HTTP_TEXT, bytes_of_text("ready\n"));
        return;
    }
    err_say(&why, call.language, text, sizeof text);
    http_problem_status(call.response, 503, why.code, "%s", text);
}
