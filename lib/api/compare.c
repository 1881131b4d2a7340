/* GET picture/compare: what has changed between two days, and by which records. Each day is as it
 * was shown, so that what explains a difference is what arrived in between; what no record explains
 * is time itself: evidence that has run out. */
#include "lib/api/checks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/cse/elements.h"
#include "proto/record/fields.h"

enum {
    COMPARE_RECORDS_MAX = 4096,      /* of one kind at one element, looked at */
    COMPARE_LOOKED_MAX = 50 * 1000,  /* of all */
    COMPARE_RECORDS_LISTED_MAX = 50, /* of one element */
};

#define DAY_MS UINT64_C(86400000)

struct compare {
    struct api *api;
    struct store_txn *txn;
    struct jsonw json;
    struct picture_made from, to;
    uint32_t changed;
    /* the records of one element */
    uint8_t (*rids)[RID_BYTES];
    uint32_t rid_count;
    bool cut;
    uint32_t listed, looked;
};

struct one_record {
    struct compare *compare;
    uint16_t kind;
    const uint8_t *rid;
    uint64_t arrived_ms; /* of the newest operation in between; 0: none */
    char author[CHECK_OWNER_BYTES];
    enum err err;
};

/* ---- the records in between ---- */

static bool on_rid(void *context, const uint8_t rid[RID_BYTES])
{
    struct compare *compare = context;
    if (compare->rid_count == COMPARE_RECORDS_MAX) {
        compare->cut = true;
        return false;
    }
    memcpy(compare->rids[compare->rid_count++], rid, RID_BYTES);
    return true;
}

static bool on_operation(void *context, const struct op *op)
{
    struct one_record *record = context;
    const struct compare *compare = record->compare;
    uint64_t arrived = 0;
    record->err = ledger_arrived(compare->txn, op, &arrived);
    int32_t day = (int32_t)(arrived / DAY_MS);
    if (day > compare->from.picture.as_of && day <= compare->to.picture.as_of &&
        arrived >= record->arrived_ms) {
        record->arrived_ms = arrived;
        (void)snprintf(record->author, sizeof record->author, "%.*s", (int)op->author.len,
                       (const char *)op->author.data);
    }
    return record->err == ERR_OK;
}

static enum err put_record(struct compare *compare, struct one_record *record)
{
    struct arena arena;
    arena_init(&arena, API_VIEW_BYTES_MAX);
    enum err err =
        ledger_history(compare->txn, record->kind, record->rid, &arena, on_operation, record);
    arena_deinit(&arena);
    if (err == ERR_OK)
        err = record->err;
    if (err != ERR_OK || record->arrived_ms == 0)
        return err;
    if (compare->listed++ >= COMPARE_RECORDS_LISTED_MAX) {
        compare->cut = true;
        return ERR_OK;
    }
    jsonw_object_begin(&compare->json);
    kind_name_to_json(&compare->json, record->kind);
    put_rid(&compare->json, "id", record->rid);
    put_time(&compare->json, "arrived", record->arrived_ms);
    jsonw_put_string(&compare->json, "author", record->author);
    jsonw_object_end(&compare->json);
    return ERR_OK;
}

static enum err put_records(struct compare *compare, uint8_t element)
{
    static const uint16_t kinds[] = {KIND_ASSESSMENT, KIND_EVIDENCE, KIND_ACTION};
    enum err err = ERR_OK;
    compare->listed = 0;
    jsonw_key(&compare->json, "records");
    jsonw_array_begin(&compare->json);
    for (size_t i = 0; err == ERR_OK && i < sizeof kinds / sizeof kinds[0]; i++) {
        compare->rid_count = 0;
        err = ledger_each_of_element(compare->txn, element, kinds[i], NULL, on_rid, compare);
        for (uint32_t j = 0; err == ERR_OK && j < compare->rid_count; j++) {
            if (compare->looked++ >= COMPARE_LOOKED_MAX) {
                compare->cut = true;
                break;
            }
            struct one_record record = {
                .compare = compare, .kind = kinds[i], .rid = compare->rids[j]};
            err = put_record(compare, &record);
        }
    }
    jsonw_array_end(&compare->json);
    return err;
}

/* ---- the differences ---- */

static enum band shown_band(const struct picture_made *made, uint32_t site, uint32_t element)
{
    return made->picture.standings[(size_t)site * ELEMENTS + element].band;
}

static bool site_differs(const struct compare *compare, uint32_t site, uint32_t element)
{
    size_t place = (size_t)site * ELEMENTS + element;
    const struct site_standing *was = &compare->from.picture.standings[place];
    const struct site_standing *now = &compare->to.picture.standings[place];
    return was->band != now->band || was->ceiling.band != now->ceiling.band ||
           was->challenged != now->challenged || was->disputed != now->disputed;
}

static bool element_differs(const struct compare *compare, uint32_t element)
{
    const struct picture_element *was = &compare->from.picture.elements[element];
    const struct picture_element *now = &compare->to.picture.elements[element];
    bool differs = was->result.band != now->result.band || was->ceiling.band != now->ceiling.band ||
                   was->challenged != now->challenged || was->disputed != now->disputed;
    for (uint32_t i = 0; i < compare->from.picture.site_count && !differs; i++)
        differs = site_differs(compare, i, element);
    return differs;
}

static void put_bands(struct compare *compare, const char *from, const char *to, enum band was,
                      enum band now)
{
    jsonw_put_string(&compare->json, from, band_text(was));
    jsonw_put_string(&compare->json, to, band_text(now));
}

/* What happened, for those who do not look at the records. */
static void put_because(struct compare *compare, uint32_t element)
{
    const struct picture_element *was = &compare->from.picture.elements[element];
    const struct picture_element *now = &compare->to.picture.elements[element];
    char text[CHECK_TEXT_BYTES] = "";
    enum language language = compare->json.language;
    size_t at = 0;
    if (compare->to.picture.cycle != compare->from.picture.cycle) {
        text_say(language, text, sizeof text, "a new cycle has begun");
        at = strlen(text);
    }
    if (compare->listed > 0) {
        text_say(language, text + at, sizeof text - at,
                 "%srecords that arrived in between: %" PRIu32, at > 0 ? "; " : "",
                 compare->listed);
        at = strlen(text);
    }
    if (now->evidence_current < was->evidence_current)
        text_say(language, text + at, sizeof text - at, "%sevidence no longer current: %" PRIu64,
                 at > 0 ? "; " : "", was->evidence_current - now->evidence_current);
    else if (at == 0)
        text_say(language, text, sizeof text, "time: no record of the element itself has changed");
    jsonw_put_string(&compare->json, "because", text);
}

static enum err put_changed(struct compare *compare, uint32_t element)
{
    struct jsonw *json = &compare->json;
    const struct picture_element *was = &compare->from.picture.elements[element];
    const struct picture_element *now = &compare->to.picture.elements[element];
    compare->changed++;
    jsonw_object_begin(json);
    jsonw_put_string(json, "element", element_id((uint8_t)(element + 1)));
    put_bands(compare, "from", "to", was->result.band, now->result.band);
    put_bands(compare, "ceiling_from", "ceiling_to", was->ceiling.band, now->ceiling.band);
    jsonw_put_bool(json, "challenged_from", was->challenged);
    jsonw_put_bool(json, "challenged_to", now->challenged);
    jsonw_key(json, "sites");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < compare->from.picture.site_count; i++) {
        if (!site_differs(compare, i, element))
            continue;
        jsonw_object_begin(json);
        jsonw_put_string(json, "site", compare->from.picture.sites[i].slug);
        put_bands(compare, "from", "to", shown_band(&compare->from, i, element),
                  shown_band(&compare->to, i, element));
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
    enum err err = put_records(compare, (uint8_t)(element + 1));
    put_because(compare, element);
    jsonw_object_end(json);
    return err;
}

static enum err put_all(struct compare *compare)
{
    enum err err = ERR_OK;
    struct jsonw *json = &compare->json;
    jsonw_object_begin(json);
    put_day(json, "from", compare->from.picture.as_of);
    put_day(json, "to", compare->to.picture.as_of);
    jsonw_put_string(json, "award_from", award_text(compare->from.picture.award));
    jsonw_put_string(json, "award_to", award_text(compare->to.picture.award));
    jsonw_put_bool(json, "as_shown",
                   compare->from.history != PICTURE_AS_KNOWN &&
                       compare->to.history != PICTURE_AS_KNOWN);
    jsonw_key(json, "changes");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < ELEMENTS && err == ERR_OK; i++) {
        if (element_differs(compare, i))
            err = put_changed(compare, i);
    }
    jsonw_array_end(json);
    jsonw_put_uint(json, "count", compare->changed);
    jsonw_put_bool(json, "incomplete", compare->cut);
    jsonw_object_end(json);
    return err;
}

/* ---- the request ---- */

static enum err parse_days(struct api_call call, struct compare *compare, int32_t days_out[2],
                           uint64_t *site_out, bool *by_site_out, struct err_info *info)
{
    days_out[0] = DAY_NONE;
    days_out[1] = api_today(call.api);
    enum err err = query_day(call.request, "from", &days_out[0], info);
    if (err == ERR_OK)
        err = query_day(call.request, "to", &days_out[1], info);
    if (err == ERR_OK)
        err = query_site(call.request, compare->txn, site_out, by_site_out, info);
    if (err == ERR_OK && days_out[0] == DAY_NONE)
        err = err_set(info, ERR_INVALID,
                      "from: the first of the two days is missing; write "
                      "YYYY-MM-DD");
    else if (err == ERR_OK && days_out[0] >= days_out[1])
        err = err_set(info, ERR_INVALID, "from: is to be a day before `to`");
    return err;
}

static enum err compare_days(struct compare *compare, const int32_t days[2], const uint64_t *site)
{
    enum err err =
        api_picture_make(compare->api, compare->txn, days[0], site, false, &compare->from);
    if (err != ERR_OK)
        return err;
    err = api_picture_make(compare->api, compare->txn, days[1], site, false, &compare->to);
    if (err == ERR_OK) {
        err = put_all(compare);
        api_picture_done(&compare->to);
    }
    api_picture_done(&compare->from);
    return err;
}

void api_picture_compare(struct api_call call)
{
    struct compare compare = {.api = call.api};
    struct err_info info = {0};
    int32_t days[2];
    uint64_t site = 0;
    bool by_site = false;
    if (!api_read(call, &compare.txn))
        return;
    answer_begin(call, &compare.json);
    enum err err = parse_days(call, &compare, days, &site, &by_site, &info);
    if (err == ERR_OK) {
        compare.rids = calloc(COMPARE_RECORDS_MAX, sizeof *compare.rids);
        err = compare.rids != NULL ? compare_days(&compare, days, by_site ? &site : NULL)
                                   : ERR_NO_MEMORY;
        if (err != ERR_OK)
            (void)err_set(&info, err, "the days could not be compared: %s", err_text(err));
    }
    if (err == ERR_OK)
        http_reply_json(call.response, 200, &compare.json);
    else
        http_problem_info(call.response, &info);
    jsonw_deinit(&compare.json);
    free(compare.rids);
    store_abort(compare.txn);
}
