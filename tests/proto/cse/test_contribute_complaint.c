#include "tests/proto/cse/records.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint64_t site = UINT64_C(0x8000000000000005);

static struct cells *fresh(void)
{
    static struct cells cells;
    memset(&cells, 0, sizeof(cells));
    return &cells;
}

static const struct {
    const char *name, *acknowledged, *responded, *closed, *due;
    int stated; /* -1 = not stated */
    int outcome, status;
    int64_t want[COMPLAINT_NUMBERS];
    const char *open_due; /* NULL = not open, "" = open and answered */
    bool unacknowledged;
} complaint_rows[] = {
    /* received Monday 2026-03-02: acknowledge by 03-09, unacknowledged answer by 03-23 */
    {"just received", NULL, NULL, NULL, NULL, -1, 0, 0, {1}, "2026-03-23", true},
    {"acknowledged on the last day",
     "2026-03-09",
     NULL,
     NULL,
     NULL,
     -1,
     0,
     0,
     {1, 0, 0, 0, 1, 1},
     "2026-03-23",
     false},
    {"acknowledged a day late",
     "2026-03-10",
     NULL,
     NULL,
     NULL,
     -1,
     0,
     0,
     {1, 0, 0, 0, 1, 0},
     "2026-03-24",
     false},
    {"acknowledged early: less time",
     "2026-03-03",
     NULL,
     NULL,
     NULL,
     -1,
     0,
     0,
     {1, 0, 0, 0, 1, 1},
     "2026-03-17",
     false},
    {"answered on the last day",
     "2026-03-03",
     "2026-03-17",
     NULL,
     NULL,
     -1,
     0,
     0,
     {1, 0, 0, 0, 1, 1, 1, 1},
     "",
     false},
    {"answered a day late",
     "2026-03-03",
     "2026-03-18",
     NULL,
     NULL,
     -1,
     0,
     0,
     {1, 0, 0, 0, 1, 1, 1, 0},
     "",
     false},
    {"an own target overrides",
     "2026-03-03",
     "2026-03-18",
     NULL,
     "2026-03-18",
     -1,
     0,
     0,
     {1, 0, 0, 0, 1, 1, 1, 1},
     "",
     false},
    {"an own target, open",
     "2026-03-03",
     NULL,
     NULL,
     "2026-05-01",
     -1,
     0,
     0,
     {1, 0, 0, 0, 1, 1},
     "2026-05-01",
     false},
    {"answered at once",
     NULL,
     "2026-03-04",
     "2026-03-05",
     NULL,
     -1,
     OUTCOME_UPHELD,
     0,
     {1, 1, 1, 0, 1, 1, 1, 1},
     NULL,
     false},
    {"answered, never acknowledged",
     NULL,
     "2026-03-20",
     "2026-03-20",
     NULL,
     -1,
     OUTCOME_NOT_UPHELD,
     0,
     {1, 0, 1, 0, 1, 0, 1, 1},
     NULL,
     false},
    {"only its closing is known",
     NULL,
     NULL,
     "2026-04-20",
     NULL,
     -1,
     OUTCOME_PARTLY_UPHELD,
     0,
     {1, 1, 1, 0, 1, 0, 1, 0},
     NULL,
     false},
    {"withdrawn",
     "2026-03-03",
     NULL,
     "2026-03-06",
     NULL,
     -1,
     OUTCOME_WITHDRAWN,
     0,
     {1, 0, 0, 0, 1, 1},
     NULL,
     false},
    {"out of scope", NULL, NULL, "2026-03-06", NULL, -1, OUTCOME_OUT_OF_SCOPE, 0, {1}, NULL, false},
    {"resolved is not decided",
     NULL,
     "2026-03-04",
     NULL,
     NULL,
     -1,
     OUTCOME_RESOLVED,
     0,
     {1, 0, 0, 0, 1, 1, 1, 1},
     NULL,
     false},
    {"the source says in time",
     NULL,
     NULL,
     NULL,
     NULL,
     1,
     0,
     COMPLAINT_CLOSED,
     {1, 0, 0, 0, 0, 0, 1, 1},
     NULL,
     false},
    {"the source says late",
     NULL,
     NULL,
     "2026-03-06",
     NULL,
     0,
     0,
     0,
     {1, 0, 0, 0, 0, 0, 1, 0},
     NULL,
     false},
    {"dates outrank the source's word",
     "2026-03-03",
     "2026-03-17",
     NULL,
     NULL,
     0,
     0,
     COMPLAINT_CLOSED,
     {1, 0, 0, 0, 1, 1, 1, 1},
     NULL,
     false},
    {"the source says in time, still open",
     NULL,
     NULL,
     NULL,
     NULL,
     1,
     0,
     COMPLAINT_OPEN,
     {1, 0, 0, 0, 0, 0, 1, 1},
     "",
     false},
    {"closed by its status", NULL, NULL, NULL, NULL, -1, 0, COMPLAINT_CLOSED, {1}, NULL, false},
};

Test(contribute_complaint, complaint_numbers)
{
    for (size_t i = 0; i < sizeof(complaint_rows) / sizeof(complaint_rows[0]); i++) {
        struct record record;
        record_start(&record, KIND_COMPLAINT, site);
        record_day(&record, COMPLAINT_RECEIVED_ON, "2026-03-02");
        if (complaint_rows[i].acknowledged != NULL)
            record_day(&record, COMPLAINT_ACKNOWLEDGED_ON, complaint_rows[i].acknowledged);
        if (complaint_rows[i].responded != NULL)
            record_day(&record, COMPLAINT_RESPONDED_ON, complaint_rows[i].responded);
        if (complaint_rows[i].closed != NULL)
            record_day(&record, COMPLAINT_CLOSED_ON, complaint_rows[i].closed);
        if (complaint_rows[i].due != NULL)
            record_day(&record, COMPLAINT_DUE_ON, complaint_rows[i].due);
        if (complaint_rows[i].stated >= 0)
            record_bool(&record, COMPLAINT_ANSWERED_IN_TIME, complaint_rows[i].stated == 1);
        if (complaint_rows[i].outcome != 0)
            record_int(&record, COMPLAINT_OUTCOME, complaint_rows[i].outcome);
        if (complaint_rows[i].status != 0)
            record_int(&record, COMPLAINT_STATUS, complaint_rows[i].status);
        struct cells *cells = fresh();
        cells_add(cells, &record, 1);
        const struct cell *numbers = cells_only(cells, CELL_COMPLAINT);
        cr_assert_not_null(numbers, "%s", complaint_rows[i].name);
        for (int n = 0; n < COMPLAINT_NUMBERS; n++)
            cr_expect_eq(numbers->numbers[n], complaint_rows[i].want[n], "%s: number %d",
                         complaint_rows[i].name, n);
        cr_expect_eq(get_u32(numbers->key + CELL_HEAD_BYTES), 2026U * 12 + 3);
        const struct cell *open = cells_only(cells, CELL_OPEN);
        cr_expect_eq(open != NULL, complaint_rows[i].open_due != NULL, "%s: open",
                     complaint_rows[i].name);
        if (open != NULL && complaint_rows[i].open_due != NULL)
            cr_expect_eq(get_u32(open->key + CELL_HEAD_BYTES + 4),
                         complaint_rows[i].open_due[0] == '\0'
                             ? CELL_DAY_NEVER
                             : cell_day(test_day(complaint_rows[i].open_due)),
                         "%s: due", complaint_rows[i].name);
        const struct cell *waiting = cells_only(cells, CELL_UNACKNOWLEDGED);
        cr_expect_eq(waiting != NULL, complaint_rows[i].unacknowledged, "%s: unacknowledged",
                     complaint_rows[i].name);
        if (waiting != NULL)
            cr_expect_eq(get_u32(waiting->key + CELL_HEAD_BYTES + 4),
                         cell_day(test_day("2026-03-09")));
    }
}

Test(contribute_complaint, a_comment_is_no_complaint)
{
    struct record record;
    record_start(&record, KIND_COMPLAINT, site);
    record_day(&record, COMPLAINT_RECEIVED_ON, "2026-03-02");
    record_int(&record, COMPLAINT_NATURE, NATURE_COMMENT);
    struct cells *cells = fresh();
    cells_add(cells, &record, 1);
    cr_assert_eq(cells->count, 1);
    cr_expect_eq(cells->rows[0].numbers[COMPLAINTS_COMMENTS], 1);
    cr_expect_eq(cells->rows[0].numbers[COMPLAINTS_RECEIVED], 0);
}
