/* From cells to counts: one walk a view. Keys of one site and element stand together, their
 * assessments sorted by rank and date, so the last ones met are those that count. */
#include "proto/cse/picture_fold.h"
#include "proto/cse/signals.h"

#define WEIGHT_MAX UINT64_C(1000000000000)

const struct site_place *fold_place(struct fold *fold, struct bytes key)
{
    uint64_t site = get_u64(key.data + 1);
    uint32_t low = 0, high = fold->picture->site_count;
    if (fold->last_place < high && fold->places[fold->last_place].site == site)
        return &fold->places[fold->last_place];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (fold->places[middle].site < site)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == fold->picture->site_count || fold->places[low].site != site)
        return NULL;
    fold->last_place = low;
    return &fold->places[low];
}

/* The site's standing on the element that stands behind the head of the key, or NULL. */
static struct site_standing *standing_of(struct fold *fold, struct bytes key)
{
    uint8_t element = key.data[CELL_HEAD_BYTES];
    const struct site_place *place = fold_place(fold, key);
    if (place == NULL || element < 1 || element > ELEMENTS)
        return NULL;
    return &fold->picture->standings[place->index * (uint32_t)ELEMENTS + element - 1];
}

static uint64_t positive(int64_t number)
{
    return number > 0 ? (uint64_t)number : 0;
}

static bool on_assessment(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct fold *fold = to;
    if (key.len != CELL_ASSESSMENT_BYTES || count < 1 || numbers[0] <= 0)
        return true;
    const uint8_t *dims = key.data + CELL_HEAD_BYTES;
    struct site_standing *standing = standing_of(fold, key);
    uint32_t day_key = get_u32(dims + 2);
    uint64_t weight = get_u64(dims + 8);
    if (standing == NULL || dims[6] < BAND_NC || dims[6] > BAND_NA || day_key == 0 ||
        day_key > fold->as_of_key || weight == 0 || weight > WEIGHT_MAX)
        return true;
    enum band band = (enum band)dims[6];
    if (day_key < fold->cycle_key) { /* judged in an earlier cycle: told, and judges no more */
        standing->previous = band;
        return true;
    }
    uint32_t index = (uint32_t)(standing - fold->picture->standings);
    bool same = standing->band != BAND_U && fold->best.standing == index &&
                fold->best.rank == dims[1] && fold->best.day_key == day_key;
    if (!same) { /* keys ascend: a later rank or date outranks */
        fold->best.standing = index;
        fold->best.rank = dims[1];
        fold->best.day_key = day_key;
        standing->band = band;
        standing->rank = dims[1];
        standing->assessed_on = cell_day_back(day_key);
        standing->disputed = dims[7] != 0;
        standing->weight = weight;
        return true;
    }
    /* bands ascend too: the one kept is the lower; a weight goes with its band */
    if (band != standing->band || dims[7] != 0)
        standing->disputed = true;
    if (band == standing->band && weight > standing->weight)
        standing->weight = weight;
    return true;
}

static enum currency currency_of(const struct fold *fold, uint32_t day_key)
{
    if (day_key > fold->as_of_key)
        return EVIDENCE_NOT_YET;
    return day_key == 0 ? EVIDENCE_EXPIRED /* undated */
                        : evidence_currency(cell_day_back(day_key), fold->bounds);
}

/* Evidence of the centre is evidence of the whole. */
static void add_centre_evidence(struct fold *fold, struct bytes key, uint32_t records)
{
    uint8_t element = key.data[CELL_HEAD_BYTES];
    if (fold->centre == 0 || get_u64(key.data + 1) != fold->centre || element < 1 ||
        element > ELEMENTS)
        return;
    struct picture_element *at = &fold->picture->elements[element - 1];
    enum currency currency = currency_of(fold, get_u32(key.data + CELL_HEAD_BYTES + 1));
    at->centre_current += currency == EVIDENCE_CURRENT ? records : 0;
    at->centre_ageing += currency == EVIDENCE_AGEING ? records : 0;
    at->centre_expired += currency == EVIDENCE_EXPIRED ? records : 0;
}

static bool on_evidence(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct fold *fold = to;
    if (key.len != CELL_EVIDENCE_BYTES || count < 1)
        return true;
    uint32_t records = (uint32_t)positive(numbers[0]);
    struct site_standing *standing = standing_of(fold, key);
    if (standing == NULL) {
        add_centre_evidence(fold, key, records);
        return true;
    }
    switch (currency_of(fold, get_u32(key.data + CELL_HEAD_BYTES + 1))) {
    case EVIDENCE_CURRENT:
        standing->evidence_current += records;
        break;
    case EVIDENCE_AGEING:
        standing->evidence_ageing += records;
        break;
    case EVIDENCE_EXPIRED:
        standing->evidence_expired += records;
        break;
    case EVIDENCE_NOT_YET:
        break;
    }
    return true;
}

static bool on_action(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct fold *fold = to;
    if (key.len != CELL_EVIDENCE_BYTES || count < 1 || numbers[0] <= 0)
        return true;
    struct site_standing *standing = standing_of(fold, key);
    if (standing != NULL && get_u32(key.data + CELL_HEAD_BYTES + 1) >= fold->as_of_key)
        standing->action_open = true;
    return true;
}

/* Is the cell one of a known site and of a month that had begun? */
static bool month_counts(struct fold *fold, struct bytes key, size_t len)
{
    return key.len == len && get_u32(key.data + CELL_HEAD_BYTES) <= fold->month_key &&
           fold_place(fold, key) != NULL;
}

static bool on_complaint(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct fold *fold = to;
    if (!month_counts(fold, key, CELL_MONTH_BYTES) || count != COMPLAINT_NUMBERS)
        return true;
    struct complaint_counts *counts = &fold->picture->complaints;
    counts->received += positive(numbers[COMPLAINTS_RECEIVED]);
    counts->comments += positive(numbers[COMPLAINTS_COMMENTS]);
    counts->upheld.hits += positive(numbers[COMPLAINTS_UPHELD]);
    counts->upheld.counted += positive(numbers[COMPLAINTS_DECIDED]);
    counts->acknowledged_on_time.hits += positive(numbers[COMPLAINTS_ACKNOWLEDGED_ON_TIME]);
    counts->acknowledged_on_time.counted += positive(numbers[COMPLAINTS_ACKNOWLEDGED]);
    counts->stage1_on_time.hits += positive(numbers[COMPLAINTS_ANSWERED_ON_TIME]);
    counts->stage1_on_time.counted += positive(numbers[COMPLAINTS_ANSWERED]);
    counts->stage2_on_time.hits += positive(numbers[COMPLAINTS_STAGE2_ON_TIME]);
    counts->stage2_on_time.counted += positive(numbers[COMPLAINTS_STAGE2_ANSWERED]);
    counts->handed_over += positive(numbers[COMPLAINTS_HANDED_OVER]);
    counts->escalated += positive(numbers[COMPLAINTS_ESCALATED]);
    return true;
}

static bool on_open(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct fold *fold = to;
    if (!month_counts(fold, key, CELL_MONTH_DUE_BYTES) || count < 1)
        return true;
    struct complaint_counts *counts = &fold->picture->complaints;
    uint64_t open = positive(numbers[0]);
    counts->open += open;
    if (get_u32(key.data + CELL_HEAD_BYTES + 4) < fold->as_of_key) {
        counts->overdue += open;
        counts->stage1_on_time.counted += open;
    }
    return true;
}

static bool on_unacknowledged(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct fold *fold = to;
    if (!month_counts(fold, key, CELL_MONTH_DUE_BYTES) || count < 1)
        return true;
    if (get_u32(key.data + CELL_HEAD_BYTES + 4) < fold->as_of_key)
        fold->picture->complaints.acknowledged_on_time.counted += positive(numbers[0]);
    return true;
}

static void add_answers(struct satisfaction_counts *counts, uint8_t question,
                        const int64_t *numbers)
{
    if (question == QUESTION_OVERALL) {
        for (int i = 0; i < 5; i++)
            counts->csat[i] += positive(numbers[i]);
        counts->no_answer += positive(numbers[5]);
    } else if (question == QUESTION_EASE) {
        for (int i = 0; i < EASE_NUMBERS; i++)
            counts->ces[i] += positive(numbers[i]);
    } else {
        for (int i = 0; i < RECOMMEND_NUMBERS; i++)
            counts->nps[i] += positive(numbers[i]);
    }
}

static bool on_satisfaction(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    static const uint32_t counts_of[] = {0, OVERALL_NUMBERS, EASE_NUMBERS, RECOMMEND_NUMBERS};
    struct fold *fold = to;
    if (key.len < CELL_WAVE_AT || key.len > CELL_WAVE_AT + CELL_WAVE_BYTES_MAX)
        return true;
    uint8_t question = key.data[CELL_HEAD_BYTES];
    if (question < QUESTION_OVERALL || question > QUESTION_RECOMMEND ||
        count != counts_of[question] || fold_place(fold, key) == NULL ||
        get_u32(key.data + CELL_HEAD_BYTES + 1) > fold->month_key)
        return true;
    add_answers(&fold->picture->satisfaction, question, numbers);
    if (key.len > CELL_WAVE_AT) {
        struct satisfaction_counts *wave =
            fold_wave(fold, bytes_of(key.data + CELL_WAVE_AT, key.len - CELL_WAVE_AT));
        if (wave != NULL)
            add_answers(wave, question, numbers);
    }
    return fold->err == ERR_OK;
}

static bool on_contact(void *to, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct fold *fold = to;
    if (!month_counts(fold, key, CELL_MONTH_BYTES) || count != CONTACT_NUMBERS)
        return true;
    struct contact_counts *counts = &fold->picture->contacts;
    counts->received += positive(numbers[CONTACTS_RECEIVED]);
    counts->open += positive(numbers[CONTACTS_OPEN]);
    counts->on_time += positive(numbers[CONTACTS_ON_TIME]);
    counts->late += positive(numbers[CONTACTS_LATE]);
    counts->undecidable += positive(numbers[CONTACTS_UNDECIDABLE]);
    return true;
}

enum { SEARCHED_SITES_MAX = 8 };

enum err fold_scan(const struct fold *fold, struct cell_source source, uint8_t view,
                   bool (*each)(void *to, struct bytes key, const int64_t *numbers, uint32_t count),
                   void *to)
{
    uint32_t count = fold->picture->site_count;
    if (count == 0 || count > SEARCHED_SITES_MAX)
        return source.scan(source.context, bytes_of(&view, 1), each, to);
    enum err err = ERR_OK;
    uint64_t before = 0; /* the site walked last; they come in ascending order */
    for (uint32_t left = count + 1; left > 0 && err == ERR_OK; left--) {
        uint64_t next = fold->centre > before ? fold->centre : UINT64_MAX;
        for (uint32_t i = 0; i < count; i++)
            if (fold->places[i].site > before && fold->places[i].site < next)
                next = fold->places[i].site;
        if (next == UINT64_MAX)
            break;
        uint8_t prefix[CELL_HEAD_BYTES] = {view};
        put_u64(prefix + 1, next);
        err = source.scan(source.context, bytes_of(prefix, sizeof(prefix)), each, to);
        before = next;
    }
    return err;
}

enum err fold_cells(struct fold *fold, struct cell_source source)
{
    static const struct {
        uint8_t view;
        bool (*each)(void *to, struct bytes key, const int64_t *numbers, uint32_t count);
    } walks[] = {
        {CELL_ASSESSMENT, on_assessment},
        {CELL_EVIDENCE, on_evidence},
        {CELL_ACTION, on_action},
        {CELL_COMPLAINT, on_complaint},
        {CELL_OPEN, on_open},
        {CELL_UNACKNOWLEDGED, on_unacknowledged},
        {CELL_SATISFACTION, on_satisfaction},
        {CELL_CONTACT, on_contact},
    };
    for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
        enum err err = fold_scan(fold, source, walks[i].view, walks[i].each, fold);
        if (err == ERR_OK)
            err = fold->err;
        if (err != ERR_OK)
            return err;
    }
    struct standard_tally *tallies = NULL;
    enum err err = fold_standards(fold, source, &tallies);
    return err == ERR_OK ? fold_ceilings(fold, source, tallies) : err;
}
