/* GET picture: the sites it is made of, the fold over their cells, the answer. */
#include "lib/api/forecast.h"

#include <stdlib.h>

#include "proto/base/civil.h"
#include "proto/cse/elements.h"
#include "proto/cse/picture_cells.h"

enum {
    PICTURE_BYTES_MAX =
        192 * 1024 * 1024 /* 16384 sites' standings and what the fold needs beside them */
};

struct picture_query {
    int32_t as_of;
    bool by_site;
    uint64_t site;
    uint8_t element; /* 0: all */
    bool as_known;   /* of a past day: with what has become known since */
    bool forecast, assume_actions;
};

static enum err parse_switch(struct api_call call, const char *name, bool *on_out,
                             struct err_info *info)
{
    const char *text = http_query(call.request, name);
    if (text != NULL && strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
        return err_set(info, ERR_INVALID, "%s: '%.32s' is neither; write 1 or 0", name, text);
    *on_out = text != NULL && strcmp(text, "1") == 0;
    return ERR_OK;
}

static enum err parse_forecast(struct api_call call, struct picture_query *query,
                               struct err_info *info)
{
    enum err err = parse_switch(call, "forecast", &query->forecast, info);
    if (err == ERR_OK)
        err = parse_switch(call, "assume_actions", &query->assume_actions, info);
    if (err == ERR_OK && query->forecast && query->as_of < api_today(call.api))
        return err_set(info, ERR_INVALID,
                       "forecast: the day is over; give as_of of today or later");
    if (err == ERR_OK && query->assume_actions && !query->forecast)
        return err_set(info, ERR_INVALID, "assume_actions: goes with forecast=1");
    return err;
}

static enum err parse_query(struct api_call call, struct store_txn *txn,
                            struct picture_query *query_out, struct err_info *info)
{
    struct picture_query query = {.as_of = api_today(call.api)};
    const char *as_of = http_query(call.request, "as_of"), *site = http_query(call.request, "site");
    const char *element = http_query(call.request, "element");
    if (as_of != NULL && !civil_parse_day(as_of, &query.as_of))
        return err_set(info, ERR_INVALID, "as_of: '%.32s' is not a date; write YYYY-MM-DD", as_of);
    if (site != NULL) {
        enum err err = site_by_name(txn, site, &query.site, info);
        if (err != ERR_OK)
            return err;
        query.by_site = true;
    }
    if (element != NULL) {
        query.element = element_from_id(element);
        if (query.element == 0)
            return err_set(info, ERR_INVALID,
                           "element: there is no '%.32s'; ids go from 1.1.1 to 5.3.3", element);
    }
    const char *known = http_query(call.request, "known");
    if (known != NULL && strcmp(known, "now") != 0 && strcmp(known, "then") != 0)
        return err_set(info, ERR_INVALID,
                       "known: '%.32s' is neither; write then (what was here at the end of that "
                       "day) or now (what is known today)",
                       known);
    query.as_known = known != NULL && strcmp(known, "now") == 0;
    *query_out = query;
    return parse_forecast(call, query_out, info);
}

/* ---- the sites it is made of ---- */

struct sites {
    struct site_row *rows; /* slugs point in here */
    struct picture_site *list;
    uint32_t count;
};

static void sites_deinit(struct sites *sites)
{
    free(sites->rows);
    free(sites->list);
}

static void add_site(struct api *api, struct store_txn *txn, struct sites *sites,
                     const struct site_row *row, const char *slug)
{
    struct site_facts facts;
    site_facts_of(api, txn, row, &facts);
    sites->list[sites->count++] = (struct picture_site){
        .site = row->site,
        .slug = slug,
        .partner = row->partner,
        .revoked = row->state == SITE_REVOKED,
        .last_heard_ms = (int64_t)facts.last_heard_ms,
        .stored_seq = facts.stored_seq,
        .applied_seq = facts.applied_seq,
        .pending = facts.pending,
        .state = facts.freshness,
    };
}

static int by_slug(const void *a, const void *b)
{
    const struct picture_site *left = a, *right = b;
    return strcmp(left->slug, right->slug);
}

/* The roster without the centre; a node that has not joined stands alone under its id. */
static enum err sites_of(struct api *api, struct store_txn *txn, const struct picture_query *query,
                         struct sites *sites_out, char own_out[SLUG_BYTES_MAX + 1])
{
    struct sites sites = {0};
    struct identity self = ledger_identity(api->config.ledger);
    uint32_t count = 0;
    bool own_there = api->config.role == LEDGER_BROKER;
    enum err err = roster_all(txn, &sites.rows, &count);
    if (err == ERR_OK)
        sites.list = calloc((size_t)count + 1, sizeof *sites.list);
    if (err == ERR_OK && sites.list == NULL)
        err = ERR_NO_MEMORY;
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        const struct site_row *row = &sites.rows[i];
        own_there = own_there || row->site == self.site;
        if (!row->centre && row->site != 0 && (!query->by_site || row->site == query->site))
            add_site(api, txn, &sites, row, row->slug);
    }
    if (err == ERR_OK && !own_there && (!query->by_site || query->site == self.site)) {
        struct site_row own = {.site = self.site, .epoch = self.epoch, .state = SITE_ACTIVE};
        uint8_t id[8];
        put_u64(id, self.site);
        hex_encode(bytes_of(id, sizeof id), own_out);
        add_site(api, txn, &sites, &own, own_out);
    }
    if (err != ERR_OK) {
        sites_deinit(&sites);
        return err;
    }
    qsort(sites.list, sites.count, sizeof *sites.list, by_slug);
    sites_out->rows = sites.rows;
    sites_out->list = sites.list;
    sites_out->count = sites.count;
    return ERR_OK;
}

/* Cells of today, or of the end of a day that is over. */
static enum err fold_day(struct api *api, struct store_txn *txn, int32_t as_of, bool as_known,
                         uint32_t sites, struct picture_made *made)
{
    struct ledger_past *past = NULL;
    int32_t from = 0;
    enum err err = ledger_past_from(txn, &from);
    made->history = as_of >= api_today(api)      ? PICTURE_TODAY
                    : !as_known && as_of >= from ? PICTURE_AS_SHOWN
                                                 : PICTURE_AS_KNOWN;
    if (err == ERR_OK && made->history == PICTURE_AS_SHOWN)
        err = ledger_past_open(txn, as_of, &past);
    if (err == ERR_OK)
        err = picture_fold(past != NULL ? ledger_past_cells(past) : ledger_cells(txn),
                           ledger_rules(api->config.ledger), as_of, made->sites, sites,
                           &made->arena, &made->picture);
    if (past != NULL)
        ledger_past_restated(past, &made->restated_elements, &made->restated_views);
    ledger_past_close(past);
    return err;
}

enum err api_picture_make(struct api *api, struct store_txn *txn, int32_t as_of,
                          const uint64_t *only_site, bool as_known, struct picture_made *made_out)
{
    struct picture_query query = {.as_of = as_of, .by_site = only_site != NULL};
    struct sites sites = {0};
    *made_out = (struct picture_made){.rows = NULL};
    if (only_site != NULL)
        query.site = *only_site;
    enum err err = sites_of(api, txn, &query, &sites, made_out->own);
    if (err != ERR_OK)
        return err;
    made_out->rows = sites.rows;
    made_out->sites = sites.list;
    arena_init(&made_out->arena, PICTURE_BYTES_MAX);
    err = fold_day(api, txn, as_of, as_known, sites.count, made_out);
    if (err == ERR_OK)
        err = certificate_in_force(txn, ledger_rules(api->config.ledger), as_of,
                                   &made_out->picture.certified);
    if (err != ERR_OK)
        api_picture_done(made_out);
    return err;
}

void api_picture_done(struct picture_made *made)
{
    arena_deinit(&made->arena);
    free(made->rows);
    free(made->sites);
}

/* ---- the answer ---- */

/* What has changed since, of a picture as shown. */
static void put_history(struct jsonw *json, const struct picture_made *made)
{
    static const struct {
        enum cell_view view;
        const char *name;
    } parts[] = {
        {CELL_COMPLAINT, "complaints"},
        {CELL_CONTACT, "contacts"},
        {CELL_SATISFACTION, "satisfaction"},
    };
    if (made->history == PICTURE_TODAY)
        return;
    jsonw_put_string(json, "history", made->history == PICTURE_AS_SHOWN ? "as-shown" : "as-known");
    jsonw_key(json, "restated");
    jsonw_array_begin(json);
    for (uint8_t place = 1; place <= ELEMENTS; place++)
        if ((made->restated_elements >> (place - 1) & 1) != 0)
            jsonw_string(json, element_id(place));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if ((made->restated_views >> parts[i].view & 1) != 0)
            jsonw_string(json, parts[i].name);
    jsonw_array_end(json);
}

static enum err picture_json(struct api_call call, struct store_txn *txn,
                             const struct picture_query *query, struct jsonw *json)
{
    struct membership membership = {0};
    struct picture_made made;
    uint64_t waiting = 0, position = 0;
    uint8_t digest[16];
    char day[CIVIL_TEXT_BYTES];
    enum err err = membership_get(txn, &membership);
    if (err == ERR_OK)
        err = ledger_backlog(call.api->config.ledger, txn, &waiting, &position);
    if (err == ERR_OK)
        err = ledger_digest(txn, digest);
    if (err == ERR_OK)
        err = api_picture_make(call.api, txn, query->as_of, query->by_site ? &query->site : NULL,
                               query->as_known, &made);
    if (err != ERR_OK)
        return err;
    if (call.api->config.role == LEDGER_NODE)
        position = own_stored(call.api, txn);
    civil_format_day(query->as_of, day);
    jsonw_object_begin(json);
    jsonw_put_string(json, "organisation", membership.organisation);
    jsonw_put_string(json, "as_of", day);
    jsonw_put_uint(json, "position", position);
    jsonw_put_uint(json, "waiting", waiting);
    put_hex(json, "digest", bytes_of(digest, sizeof digest));
    put_history(json, &made);
    put_picture(json, &made.picture, query->element);
    if (query->forecast)
        err = api_forecast(txn, ledger_rules(call.api->config.ledger), &made, query->assume_actions,
                           json);
    jsonw_object_end(json);
    api_picture_done(&made);
    return err;
}

void api_picture(struct api_call call)
{
    struct store_txn *txn;
    struct picture_query query = {0};
    struct err_info info = {0};
    struct jsonw json;
    if (!api_read(call, &txn))
        return;
    answer_begin(call, &json);
    enum err err = parse_query(call, txn, &query, &info);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
    } else {
        err = picture_json(call, txn, &query, &json);
        if (err == ERR_OK)
            http_reply_json(call.response, 200, &json);
        else if (err == ERR_LIMIT && query.as_of < api_today(call.api))
            http_problem(call.response, err,
                         "more has changed since that day than is taken back at once; ask for a "
                         "later day, or for what is known now (known=now, --as-known)");
        else
            http_problem(call.response, err, "the picture could not be made: %s", err_text(err));
    }
    jsonw_deinit(&json);
    store_abort(txn);
}
