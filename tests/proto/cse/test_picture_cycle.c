#include <criterion/criterion.h>

#include "tests/proto/cse/records.h"

static const uint64_t housing = UINT64_C(0x8000000000000002), centre = UINT64_C(0x8000000000000007);

static const struct site_standing *of_housing(const struct picture *picture, const char *element)
{
    return &picture->standings[element_from_id(element) - 1];
}

/* From the first day of a cycle, what was assessed before it judges no more. */
Test(picture_cycle, a_new_cycle_resets_judgements_and_keeps_evidence)
{
    static struct cells cells;
    static struct rules rules;
    struct arena arena;
    static struct picture_site sites[1] = {{.site = housing, .slug = "housing"}};
    struct record cycle, evidence;
    struct picture picture = {0};
    arena_init(&arena, 64 * 1024 * 1024);
    rules_begin(&rules);
    record_start(&cycle, KIND_CYCLE, centre);
    record_text(&cycle, CYCLE_NAME, "second");
    record_day(&cycle, CYCLE_STARTS_ON, "2026-05-01");
    rules_add(&rules, &cycle.view);
    rules_finish(&rules);
    record_start(&evidence, KIND_ASSESSMENT, housing);
    record_int(&evidence, ASSESSMENT_ELEMENT, element_from_id("1.1.1"));
    record_int(&evidence, ASSESSMENT_BAND, BAND_C);
    record_day(&evidence, ASSESSMENT_ASSESSED_ON, "2026-05-01");
    cells_add(&cells, &evidence, 1);
    record_start(&evidence, KIND_ASSESSMENT, housing);
    record_int(&evidence, ASSESSMENT_ELEMENT, element_from_id("1.1.2"));
    record_int(&evidence, ASSESSMENT_BAND, BAND_CP);
    record_day(&evidence, ASSESSMENT_ASSESSED_ON, "2026-04-30");
    cells_add(&cells, &evidence, 1);
    record_start(&evidence, KIND_EVIDENCE, housing);
    record_member(&evidence, EVIDENCE_ELEMENTS, element_from_id("1.1.2"));
    record_day(&evidence, EVIDENCE_DATE, "2026-01-10");
    cells_add(&cells, &evidence, 1);
    cr_assert_eq(picture_fold(cells_source(&cells), &rules, test_day("2026-06-30"), sites, 1,
                              &arena, &picture),
                 ERR_OK);
    cr_expect_eq(of_housing(&picture, "1.1.1")->band, BAND_C);
    cr_expect_eq(of_housing(&picture, "1.1.2")->band, BAND_U);
    cr_expect_eq(of_housing(&picture, "1.1.2")->previous, BAND_CP);
    cr_expect_eq(of_housing(&picture, "1.1.2")->evidence_current, 1);
    cr_expect_eq(picture_fold(cells_source(&cells), &rules, test_day("2026-04-30"), sites, 1,
                              &arena, &picture),
                 ERR_OK);
    cr_expect_eq(of_housing(&picture, "1.1.2")->band, BAND_CP, "the day before is as it was");
    cr_expect_null(picture.cycle);
    arena_deinit(&arena);
}
