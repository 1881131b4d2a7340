/* The forecast inside GET picture?forecast=1: what is planned, who answers for what. */
#include "lib/api/forecast.h"

#include <stdlib.h>

#include "proto/cse/elements.h"
#include "proto/cse/signals.h"
#include "proto/record/fields.h"

enum { FORECAST_SITES_LISTED_MAX = 20 /* of one change */ };

struct place {
    uint64_t site;
    uint32_t at; /* in picture->sites, which are in the order of their names */
};

struct planning {
    const struct picture *picture;
    struct place *places; /* by site */
    struct arena *arena;
    bool *done;          /* site x element: NULL: nothing is assumed */
    const char **owners; /* site x element: of the open action, else who rated */
    uint32_t assumed;    /* actions taken as done */
    bool no_memory;
};

static int by_site(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    return (left->site > right->site) - (left->site < right->site);
}

static bool places_make(struct planning *planning)
{
    const struct picture *picture = planning->picture;
    planning->places =
        arena_take(planning->arena, ((size_t)picture->site_count + 1) * sizeof *planning->places);
    if (planning->places == NULL)
        return false;
    for (uint32_t i = 0; i < picture->site_count; i++)
        planning->places[i] = (struct place){.site = picture->sites[i].site, .at = i};
    qsort(planning->places, picture->site_count, sizeof *planning->places, by_site);
    return true;
}

/* -1: not one of the picture. */
static int32_t site_place(const struct planning *planning, uint64_t site)
{
    struct place asked = {.site = site};
    const struct place *found =
        bsearch(&asked, planning->places, planning->picture->site_count, sizeof asked, by_site);
    return found != NULL ? (int32_t)found->at : -1;
}

static void take_owner(struct planning *planning, const struct record_view *view, uint16_t field,
                       const char **owner_inout)
{
    struct bytes text = scan_text(view, field);
    char *copy =
        *owner_inout == NULL && text.len > 0 ? arena_take(planning->arena, text.len + 1) : NULL;
    planning->no_memory =
        planning->no_memory || (copy == NULL && *owner_inout == NULL && text.len > 0);
    if (copy == NULL)
        return;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *owner_inout = copy;
}

static bool on_action(void *context, const struct record_view *view)
{
    struct planning *planning = context;
    int32_t site = site_place(planning, view->subject);
    int64_t status = scan_int(view, ACTION_STATUS, ACTION_OPEN);
    if (site < 0 || status != ACTION_OPEN || view_get(view, ACTION_DONE_ON).len > 0)
        return true;
    int32_t due = scan_day(view, ACTION_DUE_ON);
    bool in_time = due != DAY_NONE && due <= planning->picture->as_of;
    for (uint32_t i = 0; i < view->field_count; i++) {
        if (view->fields[i].field != ACTION_ELEMENTS)
            continue;
        struct mp_reader reader = mp_reader_of(view->fields[i].member);
        uint64_t element = mp_read_uint(&reader);
        if (reader.err != ERR_OK || element < 1 || element > ELEMENTS)
            continue;
        size_t place = (size_t)site * ELEMENTS + element - 1;
        take_owner(planning, view, ACTION_OWNER, &planning->owners[place]);
        if (planning->done != NULL && in_time)
            planning->done[place] = true;
    }
    planning->assumed += planning->done != NULL && in_time;
    return !planning->no_memory;
}

static bool on_assessment(void *context, const struct record_view *view)
{
    struct planning *planning = context;
    int32_t site = site_place(planning, view->subject);
    int64_t element = scan_int(view, ASSESSMENT_ELEMENT, 0);
    if (site >= 0 && element >= 1 && element <= ELEMENTS)
        take_owner(planning, view, ASSESSMENT_ASSESSOR,
                   &planning->owners[(size_t)site * ELEMENTS + (size_t)element - 1]);
    return !planning->no_memory;
}

/* ---- as JSON ---- */

static void put_site(struct jsonw *json, const struct planning *planning,
                     const struct forecast *forecast, uint32_t site, uint32_t element)
{
    size_t place = (size_t)site * ELEMENTS + element;
    const struct site_standing *at = &planning->picture->standings[place];
    char text[CHECK_TEXT_BYTES];
    jsonw_object_begin(json);
    jsonw_put_string(json, "site", planning->picture->sites[site].slug);
    jsonw_put_string(json, "band", band_text(at->band));
    jsonw_put_string(json, "forecast", band_text(forecast->sites[place]));
    if (planning->owners[place] != NULL)
        jsonw_put_string(json, "owner", planning->owners[place]);
    if (forecast->sites[place] != at->band && at->challenged) {
        ceiling_text(&at->ceiling, json->language, text, sizeof text);
        jsonw_put_string(json, "text", text);
    }
    jsonw_object_end(json);
}

static void put_change(struct jsonw *json, const struct planning *planning,
                       const struct forecast *forecast, const struct forecast_change *change)
{
    const struct picture *picture = planning->picture;
    uint32_t element = change->element - 1U, listed = 0;
    char text[CHECK_TEXT_BYTES];
    jsonw_object_begin(json);
    jsonw_put_string(json, "element", element_id(change->element));
    jsonw_put_string(json, "from", band_text(change->from));
    jsonw_put_string(json, "to", band_text(change->to));
    jsonw_put_string(json, "reason", forecast_reason_text(change->reason));
    jsonw_put_bool(json, "held", change->held);
    if (change->held) {
        ceiling_text(&picture->elements[element].ceiling, json->language, text, sizeof text);
        jsonw_put_string(json, "text", text);
    }
    jsonw_put_uint(json, "site_count", change->sites);
    jsonw_key(json, "sites");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < picture->site_count && listed < FORECAST_SITES_LISTED_MAX; i++) {
        if (!forecast_site_below(picture, forecast, i, element, change->to))
            continue;
        put_site(json, planning, forecast, i, element);
        listed++;
    }
    jsonw_array_end(json);
    jsonw_object_end(json);
}

static void put_forecast(struct jsonw *json, const struct planning *planning,
                         const struct forecast *forecast)
{
    jsonw_key(json, "forecast");
    jsonw_object_begin(json);
    jsonw_put_string(json, "award", award_text(forecast->award));
    jsonw_put_bool(json, "assume_actions", planning->done != NULL);
    jsonw_put_uint(json, "actions_assumed", planning->assumed);
    jsonw_key(json, "changes");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < forecast->change_count; i++)
        put_change(json, planning, forecast, &forecast->changes[i]);
    jsonw_array_end(json);
    jsonw_object_end(json);
}

enum err api_forecast(struct store_txn *txn, const struct rules *rules, struct picture_made *made,
                      bool assume_actions, struct jsonw *json)
{
    const struct picture *picture = &made->picture;
    size_t places = ((size_t)picture->site_count + 1) * ELEMENTS;
    struct planning planning = {.picture = picture, .arena = &made->arena};
    struct scan scan = {.txn = txn, .left = SCAN_RECORDS_MAX};
    struct forecast forecast;
    planning.owners = arena_take(&made->arena, places * sizeof *planning.owners);
    if (assume_actions)
        planning.done = arena_take(&made->arena, places * sizeof *planning.done);
    if (!places_make(&planning) || planning.owners == NULL ||
        (assume_actions && planning.done == NULL))
        return ERR_NO_MEMORY;
    memset(planning.owners, 0, places * sizeof *planning.owners);
    if (assume_actions)
        memset(planning.done, 0, places * sizeof *planning.done);
    enum err err = scan_views(&scan, KIND_ACTION, on_action, &planning);
    if (err == ERR_OK)
        err = scan_views(&scan, KIND_ASSESSMENT, on_assessment, &planning);
    if (err == ERR_OK && planning.no_memory)
        err = ERR_NO_MEMORY;
    if (err == ERR_OK)
        err = forecast_of(picture, &rules->settings, planning.done, &made->arena, &forecast);
    if (err == ERR_OK && scan.incomplete)
        err = ERR_LIMIT;
    if (err == ERR_OK)
        put_forecast(json, &planning, &forecast);
    return err;
}
