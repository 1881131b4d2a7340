#include "tests/proto/cse/records.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/cse/rates.h"

static const uint64_t housing = UINT64_C(0x8000000000000002),
                      revenues = UINT64_C(0x8000000000000001);

static struct cells cells;
static struct arena arena;

static void start(void)
{
    memset(&cells, 0, sizeof(cells));
    arena_init(&arena, 64 * 1024 * 1024);
}

static void stop(void)
{
    arena_deinit(&arena);
}

TestSuite(picture_counts, .init = start, .fini = stop);

static struct picture fold(struct picture_site *sites, uint32_t count, const char *as_of)
{
    struct picture picture = {0};
    enum err err = picture_fold(cells_source(&cells), test_rules(), test_day(as_of), sites, count,
                                &arena, &picture);
    cr_assert_eq(err, ERR_OK);
    return picture;
}

static struct picture fold_housing(const char *as_of)
{
    static struct picture_site sites[1];
    sites[0] = (struct picture_site){.site = housing, .slug = "housing"};
    return fold(sites, 1, as_of);
}

static void complain(const char *received, const char *acknowledged, const char *responded,
                     int outcome)
{
    struct record record;
    record_start(&record, KIND_COMPLAINT, housing);
    record_day(&record, COMPLAINT_RECEIVED_ON, received);
    if (acknowledged != NULL)
        record_day(&record, COMPLAINT_ACKNOWLEDGED_ON, acknowledged);
    if (responded != NULL)
        record_day(&record, COMPLAINT_RESPONDED_ON, responded);
    if (outcome != 0)
        record_int(&record, COMPLAINT_OUTCOME, outcome);
    cells_add(&cells, &record, 1);
}

Test(picture_counts, complaints_in_time)
{
    for (int i = 0; i < 7; i++)
        complain("2026-03-02", "2026-03-03", "2026-03-17", OUTCOME_UPHELD);
    complain("2026-03-02", "2026-03-03", "2026-03-18", OUTCOME_NOT_UPHELD);
    complain("2026-03-02", "2026-03-03", NULL, 0); /* due 2026-03-17 */
    complain("2026-03-10", NULL, NULL, 0); /* to acknowledge by 2026-03-17, due 2026-03-31 */
    struct complaint_counts counts = fold_housing("2026-03-18").complaints;
    cr_expect_eq(counts.received, 10);
    cr_expect_eq(counts.open, 2);
    cr_expect_eq(counts.overdue, 1);
    cr_expect(counts.stage1_on_time.hits == 7 && counts.stage1_on_time.counted == 9);
    cr_expect_eq(share_percent_tenths(counts.stage1_on_time), 778);
    cr_expect(counts.acknowledged_on_time.hits == 9 && counts.acknowledged_on_time.counted == 10);
    cr_expect(counts.upheld.hits == 7 && counts.upheld.counted == 8);
    counts = fold_housing("2026-03-17").complaints;
    cr_expect_eq(counts.overdue, 0, "due today is not overdue");
    cr_expect(counts.stage1_on_time.counted == 8 && counts.acknowledged_on_time.counted == 9);
    counts = fold_housing("2026-04-01").complaints;
    cr_expect(counts.overdue == 2 && counts.stage1_on_time.counted == 10);
    counts = fold_housing("2026-02-28").complaints;
    cr_expect(counts.received == 0 && counts.open == 0, "in February none had come");
}

Test(picture_counts, complaint_outcomes)
{
    for (int i = 0; i < 33; i++)
        complain("2026-03-02", NULL, NULL, i % 2 == 0 ? OUTCOME_UPHELD : OUTCOME_PARTLY_UPHELD);
    for (int i = 0; i < 43; i++)
        complain("2026-03-02", NULL, NULL, OUTCOME_NOT_UPHELD);
    for (int i = 0; i < 15; i++)
        complain("2026-03-02", NULL, NULL, i % 2 == 0 ? OUTCOME_OUT_OF_SCOPE : OUTCOME_WITHDRAWN);
    struct complaint_counts counts = fold_housing("2026-06-30").complaints;
    cr_expect(counts.received == 91 && counts.upheld.hits == 33 && counts.upheld.counted == 76);
    cr_expect_eq(share_percent_tenths(counts.upheld), 434);
    cr_expect_eq(counts.open, 0);
}

static void answer(uint64_t site, const char *wave, int overall, int ease, int recommend,
                   bool silent)
{
    struct record record;
    record_start(&record, KIND_RESPONSE, site);
    if (wave != NULL)
        record_text(&record, RESPONSE_WAVE, wave);
    if (overall != 0)
        record_int(&record, RESPONSE_OVERALL, overall);
    if (ease != 0)
        record_int(&record, RESPONSE_EASE, ease);
    if (recommend >= 0)
        record_int(&record, RESPONSE_RECOMMEND, recommend);
    if (silent)
        record_bool(&record, RESPONSE_NO_ANSWER, true);
    cells_add(&cells, &record, 1);
}

Test(picture_counts, satisfaction_is_counted_by_wave)
{
    static const int panel[5] = {3, 9, 81, 62, 39};
    for (int grade = 0; grade < 5; grade++) {
        for (int i = 0; i < panel[grade]; i++)
            answer(i % 2 == 0 ? housing : revenues, "2026-Q2", grade + 1, 0, -1, false);
    }
    answer(housing, "2026-Q1", 5, 7, 0, false);
    answer(housing, NULL, 0, 8, 10, true); /* an ease of 8 does not exist */
    answer(housing, "2026-Q1", 4, 1, 11,
           true); /* nor a recommendation of 11; a grade outranks "no answer" */
    struct picture_site sites[] = {{.site = housing, .slug = "housing"},
                                   {.site = revenues, .slug = "revenues"}};
    struct picture picture = fold(sites, 2, "2026-06-30");
    cr_assert_eq(picture.wave_count, 2);
    cr_expect_str_eq(picture.waves[0].wave, "2026-Q1");
    cr_expect_str_eq(picture.waves[1].wave, "2026-Q2");
    for (int grade = 0; grade < 5; grade++)
        cr_expect_eq(picture.waves[1].counts.csat[grade], (uint64_t)panel[grade]);
    cr_expect(picture.satisfaction.csat[4] == 40 && picture.satisfaction.csat[3] == 63);
    cr_expect_eq(picture.satisfaction.no_answer, 1);
    cr_expect(picture.satisfaction.ces[6] == 1 && picture.satisfaction.ces[0] == 1);
    cr_expect(picture.satisfaction.nps[0] == 1 && picture.satisfaction.nps[10] == 1);
    struct share share = csat_share(picture.waves[1].counts.csat, false);
    cr_expect(share.hits == 101 && share.counted == 113);
}

Test(picture_counts, more_waves_than_are_listed_still_count)
{
    for (int i = 0; i < PICTURE_WAVES_MAX + 10; i++) {
        char wave[16];
        (void)snprintf(wave, sizeof(wave), "w%05d", (i * 7919) % 10007);
        answer(housing, wave, 5, 0, -1, false);
    }
    struct picture picture = fold_housing("2026-06-30");
    cr_expect_eq(picture.wave_count, PICTURE_WAVES_MAX);
    cr_expect_eq(picture.satisfaction.csat[4], PICTURE_WAVES_MAX + 10);
    for (uint32_t i = 1; i < picture.wave_count; i++)
        cr_expect_lt(strcmp(picture.waves[i - 1].wave, picture.waves[i].wave), 0);
}

Test(picture_counts, too_little_memory_is_an_error)
{
    struct picture_site sites[] = {{.site = housing, .slug = "housing"}};
    answer(housing, "2026-Q1", 5, 0, -1, false);
    uint32_t failed = 0;
    for (size_t bytes = 0; bytes < 128 * 1024; bytes += 2048) {
        struct arena small;
        arena_init(&small, bytes);
        struct picture picture = {.as_of = 77};
        enum err err = picture_fold(cells_source(&cells), test_rules(), test_day("2026-06-30"),
                                    sites, 1, &small, &picture);
        cr_expect(err == ERR_OK || (err == ERR_NO_MEMORY && picture.as_of == 77), "%zu bytes",
                  bytes);
        failed += err == ERR_OK ? 0 : 1;
        arena_deinit(&small);
    }
    cr_expect(failed > 0 && failed < 64);
}

/* Cells nobody of ours wrote: passed over, never read beyond. */
static enum err scan_garbage(void *context, struct bytes prefix,
                             bool (*each)(void *to, struct bytes key, const int64_t *numbers,
                                          uint32_t count),
                             void *to)
{
    uint32_t seed = 7;
    (void)context;
    for (int round = 0; round < 3000; round++) {
        uint8_t key[CELL_KEY_BYTES_MAX];
        int64_t numbers[CELL_NUMBERS_MAX];
        for (size_t i = 0; i < sizeof(key); i++) {
            seed = seed * 1664525 + 1013904223;
            key[i] = (uint8_t)(seed >> 24);
        }
        for (size_t i = 0; i < CELL_NUMBERS_MAX; i++)
            numbers[i] = i % 2 == 0 ? INT64_MIN : 1;
        key[0] = prefix.data[0];
        put_u64(key + 1, housing);
        if (!each(to, bytes_of(key, 1 + (size_t)round % CELL_KEY_BYTES_MAX), numbers,
                  (uint32_t)round % (CELL_NUMBERS_MAX + 1)))
            break;
    }
    return ERR_OK;
}

static enum err scan_failing(void *context, struct bytes prefix,
                             bool (*each)(void *to, struct bytes key, const int64_t *numbers,
                                          uint32_t count),
                             void *to)
{
    (void)context;
    (void)each;
    (void)to;
    return prefix.data[0] == CELL_CONTACT ? ERR_IO : ERR_OK;
}

Test(picture_counts, cells_of_any_shape)
{
    struct picture_site sites[] = {{.site = housing, .slug = "housing"}};
    struct picture picture;
    struct cell_source garbage = {.scan = scan_garbage}, failing = {.scan = scan_failing};
    cr_expect_eq(picture_fold(garbage, test_rules(), 20000, sites, 1, &arena, &picture), ERR_OK);
    cr_expect_eq(picture_fold(failing, test_rules(), 20000, sites, 1, &arena, &picture), ERR_IO);
}

/* A thousand sites that all assessed every element. */
static enum err scan_thousand(void *context, struct bytes prefix,
                              bool (*each)(void *to, struct bytes key, const int64_t *numbers,
                                           uint32_t count),
                              void *to)
{
    (void)context;
    const int64_t one = 1;
    for (uint64_t i = 0; prefix.data[0] == CELL_ASSESSMENT && i < 1000; i++) {
        for (uint8_t element = 1; element <= ELEMENTS; element++) {
            uint8_t key[CELL_ASSESSMENT_BYTES] = {CELL_ASSESSMENT};
            put_u64(key + 1, (UINT64_C(1) << 63) + i);
            key[CELL_HEAD_BYTES] = element;
            key[CELL_HEAD_BYTES + 1] = RANK_SELF;
            put_u32(key + CELL_HEAD_BYTES + 2, cell_day(20000));
            key[CELL_HEAD_BYTES + 6] = BAND_C;
            put_u64(key + CELL_HEAD_BYTES + 8, 1);
            if (!each(to, bytes_of(key, sizeof(key)), &one, 1))
                return ERR_OK;
        }
    }
    return ERR_OK;
}

Test(picture_counts, a_thousand_sites_fold_quickly)
{
    static struct picture_site sites[1000];
    static char slugs[1000][8];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(slugs[i], sizeof(slugs[i]), "s%05d", 999 - i);
        sites[i] =
            (struct picture_site){.site = (UINT64_C(1) << 63) + (uint64_t)i, .slug = slugs[i]};
    }
    struct picture picture;
    struct timespec before, after;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    cr_assert_eq(picture_fold((struct cell_source){.scan = scan_thousand}, test_rules(), 20001,
                              sites, 1000, &arena, &picture),
                 ERR_OK);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    int64_t spent_us =
        (after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000;
    cr_expect_eq(picture.award, AWARD_AWARDABLE);
    cr_expect_eq(picture.elements[56].result.weight_assessed, 1000);
    cr_expect_lt(spent_us, 500 * 1000, "%d us, also when nothing is optimised", (int)spent_us);
    cr_log_info("a thousand sites: %d us", (int)spent_us);
}
