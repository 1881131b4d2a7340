/* The parts of the picture's JSON: counts and dates, so that whoever shows it derives percentages
 * the same way everywhere. */
#include "lib/api/internal.h"

#include <math.h>

#include "proto/base/civil.h"
#include "proto/cse/rates.h"
#include "proto/cse/rules.h"
#include "proto/cse/signals.h"

enum {
    PICTURE_SITES_LISTED_MAX =
        2000 /* with more sites, an element lists its sites only when asked for alone */
};

static void put_award(struct jsonw *json, const struct picture *picture)
{
    jsonw_key(json, "award");
    jsonw_object_begin(json);
    jsonw_put_string(json, "state", award_text(picture->award));
    jsonw_key(json, "could_be");
    jsonw_array_begin(json);
    for (int i = AWARD_AWARDABLE; i <= AWARD_INCOMPLETE; i++)
        if (picture->could_be[i])
            jsonw_string(json, award_text((enum award)i));
    jsonw_array_end(json);
    jsonw_put_bool(json, "self_assessed", !picture->certified);
    jsonw_object_end(json);
}

static void put_criteria(struct jsonw *json, const struct picture *picture)
{
    jsonw_key(json, "criteria");
    jsonw_array_begin(json);
    for (int i = 0; i < CRITERIA; i++) {
        const struct criterion *at = &picture->criteria[i];
        char id[2] = {(char)('1' + i), '\0'};
        jsonw_object_begin(json);
        jsonw_put_string(json, "id", id);
        jsonw_put_string(json, "state", criterion_state_text(at->state));
        jsonw_put_uint(json, "elements", at->elements);
        jsonw_put_uint(json, "met", at->met);
        jsonw_put_uint(json, "partial", at->partial);
        jsonw_put_uint(json, "partial_max", at->partial_max);
        jsonw_put_uint(json, "non_compliant", at->non_compliant);
        jsonw_put_uint(json, "not_assessed", at->not_assessed);
        jsonw_put_uint(json, "not_applicable", at->not_applicable);
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
}

static void put_standings(struct jsonw *json, const struct picture *picture, uint8_t place)
{
    jsonw_key(json, "sites");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < picture->site_count; i++) {
        const struct site_standing *at = &picture->standings[(size_t)i * ELEMENTS + place - 1];
        if (at->band == BAND_U && at->previous == BAND_U)
            continue;
        char day[CIVIL_TEXT_BYTES];
        civil_format_day(at->assessed_on, day);
        jsonw_object_begin(json);
        jsonw_put_string(json, "site", picture->sites[i].slug);
        jsonw_put_string(json, "band", band_text(at->band));
        jsonw_put_string(json, "assessed_on", at->assessed_on == CIVIL_DAY_MIN ? NULL : day);
        jsonw_put_bool(json, "disputed", at->disputed);
        if (at->previous != BAND_U)
            jsonw_put_string(json, "previous", band_text(at->previous));
        jsonw_put_string(json, "ceiling", band_text(at->ceiling.band));
        jsonw_put_bool(json, "challenged", at->challenged);
        if (at->challenged)
            put_challenge(json, &at->ceiling, place, picture->sites[i].slug);
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
}

/* Hundredths, to the nearest; 1.00 only when everyone counted is assessed. */
static int64_t coverage_hundredths(const struct consolidated *result)
{
    if (result->weight_applicable == 0)
        return 0;
    uint64_t share = (200 * result->weight_assessed + result->weight_applicable) /
                     (2 * result->weight_applicable);
    bool whole = result->weight_assessed >= result->weight_applicable;
    return (int64_t)(whole ? 100 : share > 99 ? 99 : share);
}

static void put_picture_element(struct jsonw *json, const struct picture *picture, uint8_t place,
                                bool with_sites, bool with_signals)
{
    const struct picture_element *at = &picture->elements[place - 1];
    jsonw_object_begin(json);
    jsonw_put_string(json, "id", element_id(place));
    jsonw_put_string(json, "band", band_text(at->result.band));
    jsonw_put_string(json, "worst", band_text(at->result.worst));
    jsonw_put_bool(json, "provisional", at->result.provisional);
    jsonw_key(json, "coverage");
    jsonw_fixed(json, coverage_hundredths(&at->result), 2);
    jsonw_put_bool(json, "minor_gaps", at->result.minor_gaps);
    jsonw_put_string(json, "ceiling", band_text(at->ceiling.band));
    jsonw_put_bool(json, "challenged", at->challenged);
    if (claim_challenged(at->result.band, at->ceiling.band))
        put_challenge(json, &at->ceiling, place, NULL);
    jsonw_put_bool(json, "disputed", at->disputed);
    jsonw_key(json, "evidence");
    jsonw_object_begin(json);
    jsonw_put_uint(json, "current", at->evidence_current);
    jsonw_put_uint(json, "ageing", at->evidence_ageing);
    jsonw_put_uint(json, "expired", at->evidence_expired);
    jsonw_object_end(json);
    if (with_sites)
        put_standings(json, picture, place);
    if (with_signals)
        put_signals(json, picture, place);
    jsonw_object_end(json);
}

static void put_picture_sites(struct jsonw *json, const struct picture *picture)
{
    jsonw_key(json, "sites");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < picture->site_count; i++) {
        const struct picture_site *at = &picture->sites[i];
        jsonw_object_begin(json);
        jsonw_put_string(json, "id", at->slug);
        jsonw_put_string(json, "kind", at->partner ? "partner" : "department");
        put_time(json, "last_heard", (uint64_t)at->last_heard_ms);
        jsonw_put_uint(json, "applied_seq", at->applied_seq);
        jsonw_put_uint(json, "pending", at->pending);
        jsonw_put_string(json, "state", freshness_text(at->state));
        jsonw_put_bool(json, "revoked", at->revoked);
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
}

static void put_share(struct jsonw *json, const char *key, const char *hits, const char *counted,
                      struct share share)
{
    jsonw_key(json, key);
    jsonw_object_begin(json);
    jsonw_put_uint(json, hits, share.hits);
    jsonw_put_uint(json, counted, share.counted);
    jsonw_object_end(json);
}

/* A fact of the last twelve months. */
static void put_fact(struct jsonw *json, const char *key, const char *hits,
                     const struct fact_sum *sum)
{
    struct share share = {sum->hits[0] > 0 ? (uint64_t)sum->hits[0] : 0,
                          sum->counted[0] > 0 ? (uint64_t)sum->counted[0] : 0};
    put_share(json, key, hits, "counted", share);
}

static void put_counts(struct jsonw *json, const struct picture *picture)
{
    const struct complaint_counts *complaints = &picture->complaints;
    const struct contact_counts *contacts = &picture->contacts;
    jsonw_key(json, "complaints");
    jsonw_object_begin(json);
    jsonw_put_uint(json, "received", complaints->received);
    jsonw_put_uint(json, "open", complaints->open);
    jsonw_put_uint(json, "overdue", complaints->overdue);
    jsonw_put_uint(json, "comments", complaints->comments);
    put_share(json, "acknowledged_on_time", "on_time", "counted", complaints->acknowledged_on_time);
    put_share(json, "stage1_on_time", "on_time", "counted", complaints->stage1_on_time);
    put_share(json, "stage2_on_time", "on_time", "counted", complaints->stage2_on_time);
    jsonw_put_uint(json, "escalated", complaints->escalated);
    jsonw_put_uint(json, "handed_over", complaints->handed_over);
    put_share(json, "upheld", "upheld", "decided", complaints->upheld);
    jsonw_object_end(json);
    jsonw_key(json, "contacts");
    jsonw_object_begin(json);
    jsonw_put_uint(json, "received", contacts->received);
    jsonw_put_uint(json, "open", contacts->open);
    jsonw_put_uint(json, "on_time", contacts->on_time);
    jsonw_put_uint(json, "late", contacts->late);
    jsonw_put_uint(json, "undecidable", contacts->undecidable);
    put_fact(json, "avoidable", "avoidable", &picture->facts[FACT_AVOIDABLE]);
    put_fact(json, "first_contact", "resolved", &picture->facts[FACT_FIRST_CONTACT_RESOLVED]);
    jsonw_object_end(json);
}

static void put_answers(struct jsonw *json, const struct satisfaction_counts *counts)
{
    struct share csat = csat_share(counts->csat, true);
    struct promoters nps = nps_groups(counts->nps);
    double low = 0.0, high = 0.0;
    bool known = share_interval(csat, &low, &high);
    jsonw_key(json, "csat");
    jsonw_object_begin(json);
    jsonw_put_uint(json, "satisfied", csat.hits);
    jsonw_put_uint(json, "valid", csat.counted);
    jsonw_key(json, "low");
    jsonw_fixed(json, known ? (int64_t)lround(low * 10000.0) : 0, 4);
    jsonw_key(json, "high");
    jsonw_fixed(json, known ? (int64_t)lround(high * 10000.0) : 0, 4);
    jsonw_object_end(json);
    jsonw_key(json, "nps");
    jsonw_object_begin(json);
    jsonw_put_uint(json, "promoters", nps.promoters);
    jsonw_put_uint(json, "passives", nps.passives);
    jsonw_put_uint(json, "detractors", nps.detractors);
    jsonw_key(json, "margin");
    jsonw_fixed(json, (int64_t)lround(nps_margin(nps) * 10.0), 1);
    jsonw_object_end(json);
    jsonw_key(json, "ces");
    jsonw_array_begin(json);
    for (int i = 0; i < 7; i++)
        jsonw_uint(json, counts->ces[i]);
    jsonw_array_end(json);
    jsonw_put_uint(json, "no_answer", counts->no_answer);
}

static void put_satisfaction(struct jsonw *json, const struct picture *picture)
{
    jsonw_key(json, "satisfaction");
    jsonw_object_begin(json);
    put_answers(json, &picture->satisfaction);
    jsonw_key(json, "waves");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < picture->wave_count; i++) {
        jsonw_object_begin(json);
        jsonw_put_string(json, "wave", picture->waves[i].wave);
        put_answers(json, &picture->waves[i].counts);
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
    jsonw_object_end(json);
}

static void put_cycle(struct jsonw *json, const struct rules_cycle *cycle)
{
    char day[CIVIL_TEXT_BYTES];
    if (cycle == NULL)
        return;
    civil_format_day(cycle->starts_on, day);
    jsonw_key(json, "cycle");
    jsonw_object_begin(json);
    jsonw_put_string(json, "name", cycle->name);
    jsonw_put_string(json, "starts_on", day);
    jsonw_put_string(json, "standard_version", cycle->standard_version);
    jsonw_object_end(json);
}

void put_picture(struct jsonw *json, const struct picture *picture, uint8_t only)
{
    bool with_sites = only != 0 || picture->site_count <= PICTURE_SITES_LISTED_MAX;
    put_cycle(json, picture->cycle);
    put_award(json, picture);
    put_criteria(json, picture);
    jsonw_key(json, "elements");
    jsonw_array_begin(json);
    for (uint8_t place = 1; place <= ELEMENTS; place++)
        if (only == 0 || only == place)
            put_picture_element(json, picture, place, with_sites, only != 0);
    jsonw_array_end(json);
    put_picture_sites(json, picture);
    put_counts(json, picture);
    put_satisfaction(json, picture);
}
