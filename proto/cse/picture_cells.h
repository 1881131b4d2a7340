#pragma once

#include "proto/cse/picture.h"

/* Keys and numbers of cells, shared by those who write and those who read them. docs/rules.md,
 * "Cells". A change here needs a new PICTURE_VERSION. */

enum cell_view {
    CELL_ASSESSMENT = 1, /* element1 rank1 day4 band1 disputed1 weight8 -> [records] */
    CELL_EVIDENCE = 2,   /* element1 day4 -> [records, of them strongest] */
    CELL_ACTION = 3,     /* element1 due4 -> [open actions] */
    CELL_COMPLAINT = 4,  /* month4 -> enum complaint_number */
    CELL_OPEN = 5,       /* month4 due4 -> [open complaints]; due CELL_DAY_NEVER once answered */
    CELL_UNACKNOWLEDGED = 6, /* month4 due4 -> [open complaints nobody has acknowledged] */
    CELL_SATISFACTION = 7,   /* question1 month4 wave… -> a count per answer */
    CELL_CONTACT = 8,        /* month4 -> enum contact_number */
    CELL_FACT = 9,           /* fact1 day4 -> [hits, counted] */
    CELL_STANDARD = 10,      /* standard16 -> enum standard_number: one record, one cell */
    CELL_MEASUREMENT = 11,   /* standard16 period_to4 -> enum measurement_number */
    CELL_REPORT = 12,        /* month4 outcome1 topic1 -> enum report_number */
};

enum complaint_number {
    COMPLAINTS_RECEIVED,
    COMPLAINTS_UPHELD, /* wholly or partly */
    COMPLAINTS_DECIDED,
    COMPLAINTS_COMMENTS,
    COMPLAINTS_ACKNOWLEDGED,
    COMPLAINTS_ACKNOWLEDGED_ON_TIME,
    COMPLAINTS_ANSWERED,
    COMPLAINTS_ANSWERED_ON_TIME,
    COMPLAINTS_HANDED_OVER, /* received elsewhere first, and counted there */
    COMPLAINTS_ESCALATED,
    COMPLAINTS_STAGE2_ANSWERED,
    COMPLAINTS_STAGE2_ON_TIME,
    COMPLAINT_NUMBERS,
};

enum report_number { /* of complaints, by the month they were received */
                     REPORT_RECEIVED,
                     REPORT_ANSWERED, /* on a known day */
                     REPORT_DAYS,     /* working days to the answer, summed */
                     REPORT_JUDGED,
                     REPORT_ON_TIME,
                     REPORT_EXTENDED,
                     REPORT_OVER_CAP,
                     REPORT_ESCALATED,
                     REPORT_STAGE2_ANSWERED,
                     REPORT_STAGE2_DAYS,
                     REPORT_STAGE2_JUDGED,
                     REPORT_STAGE2_ON_TIME,
                     REPORT_STAGE2_UPHELD,
                     REPORT_OUTSIDE, /* referred outside */
                     REPORT_FIRST_POINT,
                     REPORT_REPEATED,
                     REPORT_NUMBERS,
};
_Static_assert((int)REPORT_NUMBERS <= (int)CELL_NUMBERS_MAX, "a report's numbers fit in a cell");

enum contact_number {
    CONTACTS_RECEIVED,
    CONTACTS_OPEN,
    CONTACTS_ON_TIME,
    CONTACTS_LATE,
    CONTACTS_UNDECIDABLE,
    CONTACT_NUMBERS,
};

enum standard_number {
    STANDARD_NUMBER_TARGET, /* per cent + 1; 0: none stated */
    STANDARD_NUMBER_TYPE,
    STANDARD_NUMBER_STARTS, /* days as in keys; 0: none stated */
    STANDARD_NUMBER_ENDS,
    STANDARD_NUMBERS,
};

enum measurement_number {
    MEASUREMENT_NUMBER_TOTAL,
    MEASUREMENT_NUMBER_WITHIN,
    MEASUREMENT_NUMBER_RECORDS,
    MEASUREMENT_NUMBER_ACTED,     /* with a corrective action */
    MEASUREMENT_NUMBER_EXPLAINED, /* to the customers */
    MEASUREMENT_NUMBERS,
};

enum satisfaction_question { QUESTION_OVERALL = 1, QUESTION_EASE, QUESTION_RECOMMEND };
enum {
    OVERALL_NUMBERS = 6, /* answers 1..5, then "no answer" */
    EASE_NUMBERS = 7,
    RECOMMEND_NUMBERS = 11,
};

/* A key begins with the view and the site; these are the bytes behind it. */
enum {
    CELL_HEAD_BYTES = 9,
    CELL_ASSESSMENT_BYTES = CELL_HEAD_BYTES + 16,
    CELL_EVIDENCE_BYTES = CELL_HEAD_BYTES + 5,
    CELL_MONTH_BYTES = CELL_HEAD_BYTES + 4,
    CELL_MONTH_DUE_BYTES = CELL_HEAD_BYTES + 8,
    CELL_WAVE_AT = CELL_HEAD_BYTES + 5,
    CELL_FACT_BYTES = CELL_HEAD_BYTES + 5,
    CELL_REPORT_BYTES = CELL_MONTH_BYTES + 2,
    CELL_STANDARD_BYTES = CELL_HEAD_BYTES + 16,
    CELL_MEASUREMENT_BYTES = CELL_HEAD_BYTES + 20,
    CELL_WAVE_BYTES_MAX = 32,
};
_Static_assert((int)CELL_WAVE_AT + CELL_WAVE_BYTES_MAX <= (int)CELL_KEY_BYTES_MAX,
               "a wave's name fits in a key");

/* Days in keys: from 1, so that they sort and 0 can stand for "no date". */
#define CELL_DAY_NEVER UINT32_MAX
static inline uint32_t cell_day(int32_t day)
{
    return (uint32_t)(day - CIVIL_DAY_MIN) + 1;
}
static inline int32_t cell_day_back(uint32_t key)
{
    return (int32_t)(key - 1) + CIVIL_DAY_MIN;
}
/* Months in keys: year * 12 + month; 0 for "no date". */
static inline uint32_t cell_month(int32_t day)
{
    struct civil date = civil_from_day(day);
    return (uint32_t)(date.year * 12 + date.month);
}

/* A field as a number, or as a day of the calendar; false when it is absent or something else
 * (others wrote it). */
bool view_int(const struct record_view *view, uint16_t field, int64_t *number_out);
bool view_day(const struct record_view *view, uint16_t field, int32_t *day_out);
/* The elements of a set, bit 0 for place 1. */
uint64_t view_elements(const struct record_view *view, uint16_t field);
