/* The roster and what an administrator does with it; at a site, the membership that enrolment
 * brought home. */
#include "lib/api/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum freshness api_freshness(const struct api *api, uint64_t last_heard_ms, uint64_t now_ms)
{
    int64_t current_ms = api->config.fresh_current_ms, late_ms = api->config.fresh_late_ms;
    if (last_heard_ms == 0)
        return FRESH_NEVER;
    uint64_t age_ms = now_ms > last_heard_ms ? now_ms - last_heard_ms : 0;
    if (age_ms <= (uint64_t)current_ms)
        return FRESH_CURRENT;
    return age_ms <= (uint64_t)late_ms ? FRESH_LATE : FRESH_SILENT;
}

void site_facts_of(struct api *api, struct store_txn *txn, const struct site_row *row,
                   struct site_facts *facts_out)
{
    struct site_facts facts = {.last_heard_ms = row->last_heard_ms, .pending = row->pending};
    struct identity self = ledger_identity(api->config.ledger);
    uint64_t now_ms = api_now_ms(api);
    struct origin origin = {.site = row->site, .epoch = row->epoch};
    if (row->site == self.site)
        origin = (struct origin){.site = self.site, .epoch = self.epoch};
    struct origin_row at;
    if (row->site != 0 && ledger_get_origin(txn, origin, &at) == ERR_OK) {
        facts.stored_seq = at.stored_seq;
        facts.applied_seq = at.applied_seq;
        if (row->site == self.site && api->config.role == LEDGER_NODE) {
            facts.applied_seq = at.stored_seq;
            facts.pending = at.stored_seq > at.acked_seq ? at.stored_seq - at.acked_seq : 0;
        }
    }
    const struct api_daemon *daemon = &api->config.daemon;
    if (row->site == self.site) {
        facts.own = true;
        facts.connected = true;
        facts.last_heard_ms = now_ms;
    } else if (daemon->connected != NULL) {
        if (daemon->put_off_s != NULL)
            facts.put_off_s = daemon->put_off_s(daemon->context, row->site);
        struct api_live live = {0};
        facts.connected = daemon->connected(daemon->context, row->site, &live);
        if (facts.connected) {
            facts.last_heard_ms = live.last_heard_ms;
            facts.pending = live.pending;
        }
    } else if (daemon->link != NULL && row->centre) {
        struct api_link link = {0};
        daemon->link(daemon->context, &link);
        facts.connected = link.state != NULL && strcmp(link.state, "steady") == 0;
        if (facts.connected)
            facts.last_heard_ms = now_ms;
        else if (link.last_success_ms > facts.last_heard_ms)
            facts.last_heard_ms = link.last_success_ms;
    }
    facts.freshness = api_freshness(api, facts.last_heard_ms, now_ms);
    *facts_out = facts;
}

static void put_site(struct jsonw *json, const struct site_row *row, const struct site_facts *facts)
{
    jsonw_object_begin(json);
    jsonw_put_string(json, "id", row->slug);
    if (row->site != 0)
        put_site_id(json, "site", row->site);
    else
        jsonw_put_null(json, "site");
    jsonw_put_string(json, "name", row->name);
    jsonw_put_string(json, "kind",
                     row->centre    ? N_("centre")
                     : row->partner ? N_("partner")
                                    : N_("department"));
    jsonw_put_string(json, "state", site_state_text(row->state));
    jsonw_put_string(json, "freshness", freshness_text(facts->freshness));
    jsonw_put_bool(json, "connected", facts->connected);
    put_time(json, "last_heard", facts->last_heard_ms);
    jsonw_put_uint(json, "pending", facts->pending);
    jsonw_put_uint(json, "lag",
                   facts->stored_seq > facts->applied_seq ? facts->stored_seq - facts->applied_seq
                                                          : 0);
    jsonw_put_uint(json, "epoch", row->epoch);
    jsonw_put_string(json, "software", facts->own ? CSE_VERSION : row->software);
    jsonw_put_int(json, "clock_offset_ms", row->clock_offset_ms);
    put_time(json, "suspect_since", row->suspect_ms);
    jsonw_put_uint(json, "put_off_s", facts->put_off_s);
    jsonw_object_end(json);
}

void api_sites(struct api_call call)
{
    struct store_txn *txn;
    struct site_row *rows = NULL;
    uint32_t count = 0;
    if (!api_read(call, &txn))
        return;
    enum err err = roster_all(txn, &rows, &count);
    if (err != ERR_OK) {
        http_problem(call.response, err, "the roster could not be read: %s", err_text(err));
    } else {
        struct jsonw json;
        answer_begin(call, &json);
        jsonw_object_begin(&json);
        jsonw_key(&json, "sites");
        jsonw_array_begin(&json);
        for (uint32_t i = 0; i < count; i++) {
            struct site_facts facts;
            site_facts_of(call.api, txn, &rows[i], &facts);
            put_site(&json, &rows[i], &facts);
        }
        jsonw_array_end(&json);
        jsonw_object_end(&json);
        answer_end(call, 200, &json);
    }
    free(rows);
    store_abort(txn);
}

void api_site_invite(struct api_call call)
{
    const struct api_daemon *daemon = &call.api->config.daemon;
    struct err_info info = {0};
    struct api_invite invite = {0};
    int64_t days = 7;
    char token[API_TOKEN_TEXT_BYTES] = "";
    uint64_t expires_ms = 0;
    json_t *body = NULL;
    struct jsonw json;
    if (!answer_reserve(call, &json)) /* a token that is not shown is lost */
        return;
    enum err err = json_parse_object(call.request->body, &body, &info);
    if (err == ERR_OK)
        err = json_get_text(body, "site", JSON_REQUIRED, &invite.slug, &info);
    invite.name = invite.slug;
    if (err == ERR_OK)
        err = json_get_text(body, "name", JSON_OPTIONAL, &invite.name, &info);
    if (err == ERR_OK)
        err = json_get_bool(body, "partner", JSON_OPTIONAL, &invite.partner, &info);
    if (err == ERR_OK)
        err = json_get_bool(body, "replace", JSON_OPTIONAL, &invite.replace, &info);
    if (err == ERR_OK)
        err = json_get_int(body, "valid_days", JSON_OPTIONAL, &days, &info);
    if (err == ERR_OK && (days < 1 || days > INVITE_DAYS_MAX))
        err = err_set(&info, ERR_INVALID, "field 'valid_days': %" PRId64 "; from 1 to %d", days,
                      (int)INVITE_DAYS_MAX);
    if (err == ERR_OK && !slug_valid(invite.slug))
        err =
            err_set(&info, ERR_INVALID,
                    "field 'site': '%.64s' is no short name; a letter, then a-z 0-9 -, at most %d",
                    invite.slug, (int)SLUG_BYTES_MAX);
    if (err == ERR_OK && (invite.name[0] == '\0' || strlen(invite.name) > NAME_BYTES_MAX))
        err = err_set(&info, ERR_INVALID, "field 'name': 1 to %d bytes", (int)NAME_BYTES_MAX);
    invite.valid_days = (uint32_t)days;
    if (err == ERR_OK)
        err = daemon->invite == NULL
                  ? err_set(&info, ERR_UNSUPPORTED, "invitations are made at the broker")
                  : daemon->invite(daemon->context, &invite, token, &expires_ms, &info);
    if (err == ERR_EXISTS)
        err = err_set(&info, err,
                      "site '%.64s' has joined already; choose another short name, or say that its "
                      "machine is replaced (--replace)",
                      invite.slug);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
    } else {
        jsonw_object_begin(&json);
        jsonw_put_string(&json, "token", token);
        put_time(&json, "expires", expires_ms);
        jsonw_object_end(&json);
        answer_end(call, 201, &json);
    }
    memset(token, 0, sizeof token);
    jsonw_deinit(&json);
    json_decref(body);
}

void api_site_revoke(struct api_call call)
{
    const struct api_daemon *daemon = &call.api->config.daemon;
    struct err_info info = {0};
    enum err err = daemon->revoke == NULL
                       ? err_set(&info, ERR_UNSUPPORTED, "access is revoked at the broker")
                       : daemon->revoke(daemon->context, http_param(call.request, "slug"), &info);
    if (err == ERR_NOT_FOUND)
        err = err_set(&info, err, "there is no site '%.64s'; GET /api/v1/sites lists them",
                      http_param(call.request, "slug"));
    if (err != ERR_OK)
        http_problem_info(call.response, &info);
    else
        http_reply_empty(call.response, 204);
}

void api_site_release(struct api_call call)
{
    const struct api_daemon *daemon = &call.api->config.daemon;
    struct err_info info = {0};
    json_t *body = NULL;
    int64_t epoch = 0;
    uint64_t released = 0;
    struct jsonw json;
    if (!answer_reserve(call, &json))
        return;
    enum err err = json_parse_object(call.request->body, &body, &info);
    if (err == ERR_OK)
        err = json_get_int(body, "epoch", JSON_REQUIRED, &epoch, &info);
    if (err == ERR_OK && (epoch < 1 || epoch > UINT32_MAX))
        err = err_set(&info, ERR_INVALID, "field 'epoch': the number of the copy, from 1");
    if (err == ERR_OK)
        err = daemon->release == NULL
                  ? err_set(&info, ERR_UNSUPPORTED, "held operations are released at the broker")
                  : daemon->release(daemon->context, http_param(call.request, "slug"),
                                    (uint32_t)epoch, &released, &info);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
    } else {
        jsonw_object_begin(&json);
        jsonw_put_uint(&json, "released", released);
        jsonw_object_end(&json);
        answer_end(call, 200, &json);
    }
    jsonw_deinit(&json);
    json_decref(body);
}

void api_sync(struct api_call call)
{
    const struct api_daemon *daemon = &call.api->config.daemon;
    struct err_info info = {0};
    struct store_txn *txn;
    enum err err = daemon->sync_now == NULL
                       ? err_set(&info, ERR_UNSUPPORTED, "a broker waits for its sites")
                       : daemon->sync_now(daemon->context, &info);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
        return;
    }
    if (!api_read(call, &txn))
        return;
    struct jsonw json;
    answer_begin(call, &json);
    jsonw_object_begin(&json);
    jsonw_put_uint(&json, "pending", own_pending(call.api, txn));
    jsonw_object_end(&json);
    answer_end(call, 202, &json);
    store_abort(txn);
}
