/* From cells of standards and measurements to how each standard fares. Measurements of one site and
 * standard follow each other by period, so the last four met are the newest. */
#include "proto/cse/standards.h"

#include <stdlib.h>

#include "proto/cse/picture_fold.h"
#include "proto/cse/rates.h"
#include "proto/record/fields.h"

enum { STANDARDS_START = 16, PERIODS_JUDGED = 4 };
#define TOTAL_MAX INT64_C(1000000000000000) /* what attainment_of can multiply */

struct walk {
    struct fold *fold;
    uint32_t cap;
    struct standard_tally *tallies;
    /* the run of measurements under way */
    uint32_t site; /* index into the picture's sites */
    struct picture_standard *standard;
    uint32_t count;
    struct standard_period recent[PERIODS_JUDGED]; /* oldest first */
};

/* ---- standards ---- */

static bool make_room(struct walk *walk)
{
    struct picture *picture = walk->fold->picture;
    if (picture->standard_count < walk->cap)
        return true;
    if (walk->cap == PICTURE_STANDARDS_MAX) {
        walk->fold->err = ERR_LIMIT;
        return false;
    }
    uint32_t cap = walk->cap == 0 ? STANDARDS_START : walk->cap * 2;
    struct picture_standard *list = arena_take(walk->fold->arena, cap * sizeof(*list));
    if (list == NULL) {
        walk->fold->err = ERR_NO_MEMORY;
        return false;
    }
    if (picture->standard_count > 0)
        memcpy(list, picture->standards, picture->standard_count * sizeof(*list));
    picture->standards = list;
    walk->cap = cap;
    return true;
}

static bool on_standard(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct walk *walk = to;
    const struct fold *fold = walk->fold;
    if (key.len != CELL_STANDARD_BYTES || count != STANDARD_NUMBERS)
        return true;
    if (!make_room(walk))
        return false;
    int64_t starts = numbers[STANDARD_NUMBER_STARTS], ends = numbers[STANDARD_NUMBER_ENDS];
    int64_t type = numbers[STANDARD_NUMBER_TYPE], target = numbers[STANDARD_NUMBER_TARGET];
    struct picture_standard standard = {
        .site = get_u64(key.data + 1),
        .target_percent = target >= 1 && target <= 101 ? (int32_t)(target - 1) : -1,
        .type = type >= 1 && type <= STANDARD_OTHER ? (uint8_t)type : 0,
        .in_force = starts <= fold->as_of_key && (ends == 0 || ends >= fold->as_of_key),
    };
    memcpy(standard.rid, key.data + CELL_HEAD_BYTES, RID_BYTES);
    fold->picture->standards[fold->picture->standard_count++] = standard;
    return true;
}

static int by_rid(const void *a, const void *b)
{
    const struct picture_standard *left = a, *right = b;
    return memcmp(left->rid, right->rid, RID_BYTES);
}

static bool is_timely(const struct picture_standard *standard)
{
    return standard->type == STANDARD_TIMELINESS || standard->type == STANDARD_QUALITY;
}

/* ---- measurements ---- */

/* A period counts in the tallies of all, and, for timeliness and quality, in those of that. */
static void judge(const struct fold *fold, const struct picture_standard *standard,
                  const struct standard_period *periods, uint32_t count, bool newest_first,
                  struct standard_tally tallies[STANDARD_SCOPES])
{
    if (!standard->in_force || standard->target_percent < 0)
        return;
    for (int scope = 0; scope < (is_timely(standard) ? STANDARD_SCOPES : 1); scope++) {
        struct standard_tally *tally = &tallies[scope];
        for (uint32_t i = 0; i < count && i < PERIODS_JUDGED; i++) {
            const struct standard_period *period = &periods[newest_first ? i : count - 1 - i];
            struct share share = {.hits = period->within, .counted = period->total};
            enum attainment got =
                attainment_of(share, standard->target_percent, fold->rules->settings.near_points);
            bool latest = i == 0 && period->ended_on >= fold->bounds.current_from;
            if (got == ATTAINED_NO_DATA)
                continue;
            tally->periods++;
            tally->periods_met += got == ATTAINED;
            tally->missed_periods += got == ATTAINED_NOT;
            tally->missed_acted += got == ATTAINED_NOT && period->acted > 0;
            tally->missed_explained += got == ATTAINED_NOT && period->explained > 0;
            tally->measured += latest;
            tally->met += latest && got == ATTAINED;
            tally->nearly += latest && got == ATTAINED_NEARLY;
            tally->missed += latest && got == ATTAINED_NOT;
        }
    }
}

static void end_run(struct walk *walk)
{
    if (walk->standard != NULL)
        judge(walk->fold, walk->standard, walk->recent, walk->count, false,
              walk->tallies + walk->site * (uint32_t)STANDARD_SCOPES);
    walk->standard = NULL;
    walk->count = 0;
}

/* The organisation's sum: periods that end the same day are one. Newest first; of more than there
 * is room for the oldest go. */
static void add_period(struct picture_standard *standard, const struct standard_period *period)
{
    uint32_t at = 0;
    while (at < standard->period_count && standard->periods[at].ended_on > period->ended_on)
        at++;
    if (at == standard->period_count || standard->periods[at].ended_on != period->ended_on) {
        if (at == STANDARD_PERIODS_MAX)
            return;
        uint32_t keep = standard->period_count < STANDARD_PERIODS_MAX ? standard->period_count
                                                                      : STANDARD_PERIODS_MAX - 1;
        memmove(&standard->periods[at + 1], &standard->periods[at],
                (keep - at) * sizeof(standard->periods[0]));
        standard->periods[at] = (struct standard_period){.ended_on = period->ended_on};
        standard->period_count = keep + 1;
    }
    struct standard_period *sum = &standard->periods[at];
    sum->total += period->total;
    sum->within += period->within;
    sum->measurements += period->measurements;
    sum->acted += period->acted;
    sum->explained += period->explained;
}

static bool read_period(const struct fold *fold, struct bytes key, const int64_t *numbers,
                        uint32_t count, struct standard_period *period_out)
{
    uint32_t day_key = get_u32(key.data + CELL_STANDARD_BYTES);
    if (count != MEASUREMENT_NUMBERS || day_key == 0 || day_key > fold->as_of_key ||
        numbers[MEASUREMENT_NUMBER_RECORDS] <= 0 || numbers[MEASUREMENT_NUMBER_WITHIN] < 0 ||
        numbers[MEASUREMENT_NUMBER_TOTAL] < numbers[MEASUREMENT_NUMBER_WITHIN] ||
        numbers[MEASUREMENT_NUMBER_TOTAL] > TOTAL_MAX)
        return false;
    *period_out = (struct standard_period){
        .ended_on = cell_day_back(day_key),
        .total = (uint64_t)numbers[MEASUREMENT_NUMBER_TOTAL],
        .within = (uint64_t)numbers[MEASUREMENT_NUMBER_WITHIN],
        .measurements = (uint32_t)numbers[MEASUREMENT_NUMBER_RECORDS],
        .acted = numbers[MEASUREMENT_NUMBER_ACTED] > 0,
        .explained = numbers[MEASUREMENT_NUMBER_EXPLAINED] > 0,
    };
    return true;
}

static bool on_measurement(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct walk *walk = to;
    struct picture *picture = walk->fold->picture;
    struct standard_period period;
    struct picture_standard wanted;
    if (key.len != CELL_MEASUREMENT_BYTES ||
        !read_period(walk->fold, key, numbers, count, &period) || picture->standard_count == 0)
        return true;
    const struct site_place *place = fold_place(walk->fold, key);
    memcpy(wanted.rid, key.data + CELL_HEAD_BYTES, RID_BYTES);
    struct picture_standard *standard =
        bsearch(&wanted, picture->standards, picture->standard_count, sizeof(wanted), by_rid);
    if (standard == NULL ||
        (place == NULL && (walk->fold->centre == 0 || get_u64(key.data + 1) != walk->fold->centre)))
        return true;
    if (place == NULL) { /* the centre's count for the whole, and for no site */
        add_period(standard, &period);
        return true;
    }
    if (walk->standard != standard || walk->site != place->index)
        end_run(walk);
    walk->standard = standard;
    walk->site = place->index;
    if (walk->count == PERIODS_JUDGED) {
        memmove(&walk->recent[0], &walk->recent[1], (PERIODS_JUDGED - 1) * sizeof(walk->recent[0]));
        walk->count--;
    }
    walk->recent[walk->count++] = period;
    add_period(standard, &period);
    return true;
}

/* Standards of a site, measured or not. Those of the centre are everybody's: they count where they
 * are measured. */
static void count_in_force(struct walk *walk, struct standard_tally all[STANDARD_SCOPES])
{
    struct picture *picture = walk->fold->picture;
    for (uint32_t i = 0; i < picture->standard_count; i++) {
        const struct picture_standard *standard = &picture->standards[i];
        uint8_t key[CELL_HEAD_BYTES] = {0};
        put_u64(key + 1, standard->site);
        const struct site_place *place = fold_place(walk->fold, bytes_of(key, sizeof(key)));
        for (int scope = 0; scope < (is_timely(standard) ? STANDARD_SCOPES : 1); scope++) {
            all[scope].in_force += standard->in_force;
            if (place != NULL)
                walk->tallies[place->index * (uint32_t)STANDARD_SCOPES + (uint32_t)scope]
                    .in_force += standard->in_force;
        }
        judge(walk->fold, standard, standard->periods, standard->period_count, true, all);
    }
}

enum err fold_standards(struct fold *fold, struct cell_source source,
                        struct standard_tally **tallies_out)
{
    size_t sites = fold->picture->site_count;
    struct walk walk = {.fold = fold};
    walk.tallies = arena_take(fold->arena, (sites + 1) * STANDARD_SCOPES * sizeof(*walk.tallies));
    struct standard_tally *all = arena_take(fold->arena, STANDARD_SCOPES * sizeof(*all));
    if (walk.tallies == NULL || all == NULL)
        return ERR_NO_MEMORY;
    enum err err = fold_scan(fold, source, CELL_STANDARD, on_standard, &walk);
    if (err == ERR_OK)
        err = fold->err;
    if (err == ERR_OK && fold->picture->standard_count > 0) {
        qsort(fold->picture->standards, fold->picture->standard_count,
              sizeof(*fold->picture->standards), by_rid);
        err = fold_scan(fold, source, CELL_MEASUREMENT, on_measurement, &walk);
        end_run(&walk);
    }
    if (err != ERR_OK)
        return err;
    count_in_force(&walk, all);
    fold->picture->tallies = all;
    *tallies_out = walk.tallies;
    return ERR_OK;
}
