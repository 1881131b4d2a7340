/* Ceilings of every site and of the organisation. Facts come site by site: one site's sums are held
 * at a time, judged when the next one begins, and added to the organisation's. The centre's own
 * records speak for every site, so its sums are what each site starts from. */
#include "proto/cse/picture_fold.h"
#include "proto/cse/signals.h"
#include "proto/record/fields.h"

enum { QUARTERS = 4, QUARTER_MONTHS = 3, YEAR_MONTHS = 12 };
/* More in one cell than any site can count: somebody else's mistake, passed over, so that sums and
 * products of them fit. */
#define CELL_SUM_MAX INT64_C(1000000000000)

struct walk {
    struct fold *fold;
    const struct standard_tally *tallies;
    int32_t window_from[FACT_WINDOWS - 1]; /* first day of each window but the last */
    int32_t quarter_from[QUARTERS];
    struct fact_sum *centre, *site, *all;
    bool of_centre;
    uint32_t index; /* the site under way; site_count: none */
};

static int32_t day_after_months(int32_t day, int months)
{
    return civil_add_months(day, -months) + 1;
}

static void add_fact(const struct walk *walk, struct fact_sum *sum, int32_t day,
                     const int64_t *numbers)
{
    int window = 0;
    while (window < FACT_WINDOWS - 1 && day < walk->window_from[window])
        window++;
    sum->hits[window] += numbers[0];
    sum->counted[window] += numbers[1];
    sum->hits_in_force += numbers[0];
    sum->in_force += numbers[1];
    sum->any = sum->any || numbers[1] > 0;
    for (int i = 0; i < QUARTERS; i++) {
        if (day >= walk->quarter_from[i] && numbers[1] > 0) {
            sum->quarters |= (uint8_t)(1U << i);
            break;
        }
    }
}

static void add_sums(struct fact_sum *to, const struct fact_sum *from)
{
    for (int fact = 0; fact < FACTS_END; fact++) {
        for (int i = 0; i < FACT_WINDOWS; i++) {
            to[fact].hits[i] += from[fact].hits[i];
            to[fact].counted[i] += from[fact].counted[i];
        }
        to[fact].in_force += from[fact].in_force;
        to[fact].hits_in_force += from[fact].hits_in_force;
        to[fact].quarters |= from[fact].quarters;
        to[fact].any = to[fact].any || from[fact].any;
    }
}

static void judge_site(struct walk *walk, uint32_t index)
{
    struct picture *picture = walk->fold->picture;
    struct site_standing *standings = picture->standings + index * (uint32_t)ELEMENTS;
    struct signal_input input = {.facts = walk->site,
                                 .tallies = walk->tallies + index * (uint32_t)STANDARD_SCOPES,
                                 .settings = &walk->fold->rules->settings};
    struct evidence_counts evidence[ELEMENTS];
    struct ceiling ceilings[ELEMENTS];
    for (uint32_t i = 0; i < ELEMENTS; i++)
        evidence[i] = (struct evidence_counts){
            .current = standings[i].evidence_current + picture->elements[i].centre_current,
            .ageing = standings[i].evidence_ageing + picture->elements[i].centre_ageing,
            .expired = standings[i].evidence_expired + picture->elements[i].centre_expired};
    ceilings_of(&input, evidence, ceilings);
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        standings[i].ceiling = ceilings[i];
        standings[i].challenged = standings[i].rank < RANK_EXTERNAL &&
                                  claim_challenged(standings[i].band, ceilings[i].band);
    }
}

static void end_site(struct walk *walk)
{
    if (walk->index == walk->fold->picture->site_count)
        return;
    add_sums(walk->all, walk->site);
    add_sums(walk->site, walk->centre);
    judge_site(walk, walk->index);
    memset(walk->site, 0, FACTS_END * sizeof(*walk->site));
    walk->fold->judged[walk->index] = true;
    walk->index = walk->fold->picture->site_count;
}

static bool on_fact(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct walk *walk = to;
    uint32_t day_key = key.len == CELL_FACT_BYTES ? get_u32(key.data + CELL_HEAD_BYTES + 1) : 0;
    uint8_t fact = key.len == CELL_FACT_BYTES ? key.data[CELL_HEAD_BYTES] : 0;
    if (count != 2 || fact == 0 || fact >= FACTS_END || day_key == 0 ||
        day_key > walk->fold->as_of_key || numbers[0] > CELL_SUM_MAX ||
        numbers[0] < -CELL_SUM_MAX || numbers[1] > CELL_SUM_MAX || numbers[1] < -CELL_SUM_MAX)
        return true;
    if (walk->of_centre) {
        add_fact(walk, &walk->centre[fact], cell_day_back(day_key), numbers);
        return true;
    }
    const struct site_place *place = fold_place(walk->fold, key);
    if (place == NULL)
        return true;
    if (place->index != walk->index) {
        end_site(walk);
        walk->index = place->index;
    }
    add_fact(walk, &walk->site[fact], cell_day_back(day_key), numbers);
    return true;
}

static void judge_all(struct walk *walk)
{
    struct picture *picture = walk->fold->picture;
    struct signal_input input = {
        .facts = walk->all, .tallies = picture->tallies, .settings = &walk->fold->rules->settings};
    struct evidence_counts evidence[ELEMENTS] = {{0}};
    struct ceiling ceilings[ELEMENTS];
    add_sums(walk->all, walk->centre);
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        const struct picture_element *at = &picture->elements[i];
        evidence[i] =
            (struct evidence_counts){at->centre_current, at->centre_ageing, at->centre_expired};
    }
    for (uint32_t site = 0; site < picture->site_count; site++) {
        const struct site_standing *standings = picture->standings + site * (uint32_t)ELEMENTS;
        for (uint32_t i = 0; i < ELEMENTS; i++) {
            evidence[i].current += standings[i].evidence_current;
            evidence[i].ageing += standings[i].evidence_ageing;
            evidence[i].expired += standings[i].evidence_expired;
            picture->elements[i].challenged_sites += standings[i].challenged;
        }
    }
    ceilings_of(&input, evidence, ceilings);
    for (uint32_t i = 0; i < ELEMENTS; i++)
        picture->elements[i].ceiling = ceilings[i];
    picture->facts = walk->all;
}

static enum err prepare(struct walk *walk)
{
    struct fold *fold = walk->fold;
    int32_t as_of = fold->picture->as_of;
    for (int i = 0; i < FACT_WINDOWS - 1; i++)
        walk->window_from[i] =
            i == 0 ? fold->bounds.current_from : day_after_months(as_of, (i + 1) * YEAR_MONTHS);
    for (int i = 0; i < QUARTERS; i++)
        walk->quarter_from[i] = day_after_months(as_of, (i + 1) * QUARTER_MONTHS);
    walk->index = fold->picture->site_count;
    walk->centre = arena_take(fold->arena, FACTS_END * sizeof(*walk->centre));
    walk->site = arena_take(fold->arena, FACTS_END * sizeof(*walk->site));
    walk->all = arena_take(fold->arena, FACTS_END * sizeof(*walk->all));
    fold->judged = arena_take(fold->arena, fold->picture->site_count + 1U);
    return walk->centre == NULL || walk->site == NULL || walk->all == NULL || fold->judged == NULL
               ? ERR_NO_MEMORY
               : ERR_OK;
}

enum err fold_ceilings(struct fold *fold, struct cell_source source,
                       const struct standard_tally *tallies)
{
    struct walk walk = {.fold = fold, .tallies = tallies};
    uint8_t prefix[CELL_HEAD_BYTES] = {CELL_FACT};
    enum err err = prepare(&walk);
    if (err == ERR_OK && source.centre != 0) {
        put_u64(prefix + 1, source.centre);
        walk.of_centre = true;
        err = source.scan(source.context, bytes_of(prefix, sizeof(prefix)), on_fact, &walk);
        walk.of_centre = false;
    }
    if (err == ERR_OK)
        err = fold_scan(fold, source, CELL_FACT, on_fact, &walk);
    if (err != ERR_OK)
        return err;
    end_site(&walk);
    memcpy(walk.site, walk.centre, FACTS_END * sizeof(*walk.site));
    for (uint32_t i = 0; i < fold->picture->site_count; i++) {
        if (!fold->judged[i])
            judge_site(&walk, i);
    }
    judge_all(&walk);
    return ERR_OK;
}
