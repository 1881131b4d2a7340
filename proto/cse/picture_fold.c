/* The picture: standings of every site on every element, then the organisation's bands, then the
 * award; and the same once more for the best and the worst that sites not heard lately could say.
 */
#include "proto/cse/picture_fold.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/cse/signals.h"
#include "proto/record/fields.h"

const char *freshness_text(enum freshness state)
{
    switch (state) {
    case FRESH_CURRENT:
        return N_("current");
    case FRESH_LATE:
        return N_("late");
    case FRESH_SILENT:
        return N_("silent");
    case FRESH_NEVER:
        return N_("never");
    }
    return N_("never");
}

static int by_slug(const void *a, const void *b)
{
    const struct picture_site *left = a, *right = b;
    return strcmp(left->slug, right->slug);
}

static int by_site(const void *a, const void *b)
{
    const struct site_place *left = a, *right = b;
    return left->site < right->site ? -1 : left->site > right->site;
}

static enum err prepare(struct fold *fold)
{
    struct picture *picture = fold->picture;
    uint32_t sites = picture->site_count;
    picture->standings =
        arena_take(fold->arena, (size_t)(sites + 1) * ELEMENTS * sizeof(*picture->standings));
    fold->places = arena_take(fold->arena, (size_t)(sites + 1) * sizeof(*fold->places));
    if (picture->standings == NULL || fold->places == NULL)
        return ERR_NO_MEMORY;
    if (sites > 0)
        qsort(picture->sites, sites, sizeof(*picture->sites), by_slug);
    for (uint32_t i = 0; i < sites; i++)
        fold->places[i] = (struct site_place){.site = picture->sites[i].site, .index = i};
    if (sites > 0)
        qsort(fold->places, sites, sizeof(*fold->places), by_site);
    for (uint32_t i = 0; i < sites * (uint32_t)ELEMENTS; i++) {
        picture->standings[i].assessed_on = CIVIL_DAY_MIN;
        picture->standings[i].weight = 1;
    }
    return ERR_OK;
}

/* What a site has not assessed weighs as much as the largest it has: it serves the same customers.
 */
static void weigh_unassessed(struct picture *picture)
{
    for (uint32_t site = 0; site < picture->site_count; site++) {
        struct site_standing *of_site = picture->standings + site * (uint32_t)ELEMENTS;
        uint64_t weight = 1;
        for (uint32_t i = 0; i < ELEMENTS; i++) {
            if (of_site[i].weight > weight)
                weight = of_site[i].weight;
        }
        for (uint32_t i = 0; i < ELEMENTS; i++) {
            if (of_site[i].band == BAND_U)
                of_site[i].weight = weight;
        }
    }
}

struct fold_scratch {
    const struct settings *settings;
    struct site_band *bands; /* room for one of each site */
};

enum assumption { AS_THEY_ARE, BEST_CASE, WORST_CASE };

/* What a site that was not heard lately could have said by now. */
static enum band assume(enum band band, enum assumption assumption)
{
    if (band == BAND_NA || assumption == AS_THEY_ARE)
        return band;
    if (assumption == WORST_CASE)
        return BAND_NC;
    return band < BAND_C ? BAND_C : band;
}

static struct consolidated consolidate_element(const struct picture *picture, uint32_t element,
                                               enum assumption assumption,
                                               const struct fold_scratch *scratch)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < picture->site_count; i++) {
        const struct picture_site *site = &picture->sites[i];
        const struct site_standing *standing =
            &picture->standings[i * (uint32_t)ELEMENTS + element];
        /* partners answer for what they take part in, and who left answers for what is on record */
        if (standing->band == BAND_U && (site->partner || site->revoked))
            continue;
        bool may_differ = site->state != FRESH_CURRENT && !site->revoked;
        scratch->bands[count++] = (struct site_band){
            .band = may_differ ? assume(standing->band, assumption) : standing->band,
            .weight = standing->weight,
            .action_open = standing->action_open,
        };
    }
    return consolidate(scratch->bands, count, scratch->settings);
}

static enum award award_if(const struct picture *picture, enum assumption assumption,
                           const struct fold_scratch *scratch)
{
    enum band bands[ELEMENTS];
    struct criterion criteria[CRITERIA];
    for (uint32_t i = 0; i < ELEMENTS; i++)
        bands[i] = consolidate_element(picture, i, assumption, scratch).band;
    return award_of(bands, scratch->settings, criteria);
}

static void sum_element(struct picture *picture, uint32_t element)
{
    struct picture_element *sum = &picture->elements[element];
    sum->evidence_current = sum->centre_current;
    sum->evidence_ageing = sum->centre_ageing;
    sum->evidence_expired = sum->centre_expired;
    for (uint32_t i = 0; i < picture->site_count; i++) {
        const struct site_standing *standing =
            &picture->standings[i * (uint32_t)ELEMENTS + element];
        sum->disputed = sum->disputed || standing->disputed;
        sum->evidence_current += standing->evidence_current;
        sum->evidence_ageing += standing->evidence_ageing;
        sum->evidence_expired += standing->evidence_expired;
    }
}

/* What assessors from outside have said is not a claim. */
static void challenge_element(struct picture *picture, uint32_t element)
{
    struct picture_element *at = &picture->elements[element];
    bool own = false;
    for (uint32_t i = 0; i < picture->site_count && !own; i++) {
        const struct site_standing *standing =
            &picture->standings[i * (uint32_t)ELEMENTS + element];
        own = standing->band != BAND_U && standing->rank < RANK_EXTERNAL;
    }
    at->challenged =
        at->challenged_sites > 0 || (own && claim_challenged(at->result.band, at->ceiling.band));
}

static enum err conclude(struct picture *picture, const struct rules *rules, struct arena *arena)
{
    enum band bands[ELEMENTS];
    struct fold_scratch room = {.settings = &rules->settings}, *scratch = &room;
    room.bands = arena_take(arena, (size_t)(picture->site_count + 1) * sizeof(*room.bands));
    if (room.bands == NULL)
        return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        sum_element(picture, i);
        picture->elements[i].result = consolidate_element(picture, i, AS_THEY_ARE, scratch);
        bands[i] = picture->elements[i].result.band;
        challenge_element(picture, i);
    }
    picture->award = award_of(bands, &rules->settings, picture->criteria);
    picture->could_be[picture->award] = true;
    picture->could_be[award_if(picture, BEST_CASE, scratch)] = true;
    picture->could_be[award_if(picture, WORST_CASE, scratch)] = true;
    return ERR_OK;
}

enum err picture_fold(struct cell_source source, const struct rules *rules, int32_t as_of,
                      struct picture_site *sites, uint32_t site_count, struct arena *arena,
                      struct picture *picture_out)
{
    assert(as_of >= CIVIL_DAY_MIN);
    assert(as_of <= CIVIL_DAY_MAX);
    assert(site_count <= SESSIONS_MAX);
    struct picture picture = {.as_of = as_of, .site_count = site_count, .sites = sites};
    struct fold fold = {
        .picture = &picture,
        .arena = arena,
        .rules = rules,
        .centre = source.centre,
        .as_of_key = cell_day(as_of),
        .month_key = cell_month(as_of),
        .bounds = currency_bounds_of(as_of, &rules->settings),
    };
    picture.settings = &rules->settings;
    picture.cycle = rules_cycle_of(rules, as_of);
    if (picture.cycle != NULL)
        fold.cycle_key = cell_day(picture.cycle->starts_on);
    enum err err = prepare(&fold);
    if (err == ERR_OK)
        err = fold_cells(&fold, source);
    if (err != ERR_OK)
        return err;
    weigh_unassessed(&picture);
    err = conclude(&picture, rules, arena);
    if (err == ERR_OK)
        *picture_out = picture;
    return err;
}
