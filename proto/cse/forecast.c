#include "proto/cse/forecast.h"

#include <stdlib.h>

#include "proto/cse/elements.h"
#include "proto/cse/signals.h"

const char *forecast_reason_text(enum forecast_reason reason)
{
    static const char *const texts[] = {N_("not-rated"), N_("failed"), N_("partial")};
    return texts[reason];
}

struct making {
    const struct picture *picture;
    const struct settings *settings;
    const bool *done;
    struct site_band *bands; /* scratch, one per site */
    struct forecast *out;
};

static bool leaves_out(const struct picture_site *site, enum band band)
{
    return band == BAND_U && (site->partner || site->revoked);
}

static enum band site_band_of(const struct making *making, uint32_t place)
{
    const struct site_standing *at = &making->picture->standings[place];
    enum band band = at->challenged && at->ceiling.band < at->band ? at->ceiling.band : at->band;
    bool closed = making->done != NULL && making->done[place];
    return closed && (band == BAND_NC || band == BAND_PC) ? BAND_C : band;
}

/* The organisation's own figures hold an element down too, unless something is planned for it. */
static enum band element_band_of(const struct making *making, uint32_t element)
{
    const struct picture *picture = making->picture;
    const struct picture_element *now = &picture->elements[element];
    uint32_t count = 0;
    bool planned = false, own = now->challenged;
    for (uint32_t i = 0; i < picture->site_count; i++) {
        uint32_t place = i * (uint32_t)ELEMENTS + element;
        enum band band = site_band_of(making, place);
        making->out->sites[place] = band;
        planned = planned || (making->done != NULL && making->done[place]);
        if (leaves_out(&picture->sites[i], band))
            continue;
        making->bands[count++] =
            (struct site_band){.band = band,
                               .weight = picture->standings[place].weight,
                               .action_open = picture->standings[place].action_open};
    }
    enum band band = consolidate(making->bands, count, making->settings).band;
    bool held = own && !planned && claim_challenged(band, now->ceiling.band);
    return held ? now->ceiling.band : band;
}

bool forecast_site_below(const struct picture *picture, const struct forecast *forecast,
                         uint32_t site, uint32_t element, enum band to)
{
    enum band band = forecast->sites[site * (uint32_t)ELEMENTS + element];
    if (band == BAND_U)
        return forecast->bands[element] == BAND_U && !leaves_out(&picture->sites[site], band);
    return band != BAND_NA && band < to;
}

static uint32_t sites_below(const struct making *making, uint32_t element, enum band to)
{
    uint32_t below = 0;
    for (uint32_t i = 0; i < making->picture->site_count; i++)
        below += forecast_site_below(making->picture, making->out, i, element, to);
    return below;
}

static void change(struct making *making, uint32_t element, enum band to,
                   enum forecast_reason reason)
{
    struct forecast *out = making->out;
    out->changes[out->change_count++] = (struct forecast_change){
        .element = (uint8_t)(element + 1),
        .from = out->bands[element],
        .to = to,
        .reason = reason,
        .held = making->picture->elements[element].result.band > out->bands[element] &&
                making->picture->elements[element].challenged,
        .sites = sites_below(making, element, to),
    };
}

/* Every failure and every element without a rating has to rise, to partial while the criterion
 * bears another; then those partial ones it does not bear, the cheapest first. */
static void change_criterion(struct making *making, uint32_t first, const struct criterion *state)
{
    struct forecast *out = making->out;
    uint32_t partial = state->partial;
    bool lifted[ELEMENTS] = {false};
    for (uint32_t i = first; i < first + state->elements; i++) {
        if (out->bands[i] != BAND_NC && out->bands[i] != BAND_U)
            continue;
        enum band to = partial < state->partial_max ? BAND_PC : BAND_C;
        partial += to == BAND_PC;
        change(making, i, to, out->bands[i] == BAND_U ? FORECAST_NOT_RATED : FORECAST_FAILED);
    }
    for (; partial > state->partial_max; partial--) {
        uint32_t best = ELEMENTS, fewest = UINT32_MAX;
        for (uint32_t i = first; i < first + state->elements; i++) {
            uint32_t sites = sites_below(making, i, BAND_C);
            if (out->bands[i] == BAND_PC && !lifted[i] && sites < fewest) {
                best = i;
                fewest = sites;
            }
        }
        if (best == ELEMENTS)
            return;
        lifted[best] = true;
        change(making, best, BAND_C, FORECAST_PARTIAL);
    }
}

static int by_element(const void *a, const void *b)
{
    const struct forecast_change *left = a, *right = b;
    return (int)left->element - (int)right->element;
}

enum err forecast_of(const struct picture *picture, const struct settings *settings,
                     const bool *done, struct arena *arena, struct forecast *forecast_out)
{
    struct criterion criteria[CRITERIA];
    uint32_t first = 0;
    size_t sites = (size_t)picture->site_count + 1;
    *forecast_out =
        (struct forecast){.sites = arena_take(arena, sites * ELEMENTS * sizeof(enum band))};
    struct making making = {.picture = picture,
                            .settings = settings,
                            .done = done,
                            .bands = arena_take(arena, sites * sizeof(struct site_band)),
                            .out = forecast_out};
    if (forecast_out->sites == NULL || making.bands == NULL)
        return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < ELEMENTS; i++)
        forecast_out->bands[i] = element_band_of(&making, i);
    forecast_out->award = award_of(forecast_out->bands, settings, criteria);
    for (uint32_t i = 0; i < CRITERIA; i++) {
        change_criterion(&making, first, &criteria[i]);
        first += criteria[i].elements;
    }
    qsort(forecast_out->changes, forecast_out->change_count, sizeof forecast_out->changes[0],
          by_element);
    return ERR_OK;
}
