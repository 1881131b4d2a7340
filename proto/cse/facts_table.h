#pragma once

#include "proto/cse/facts.h"

/* One row says which records give a fact, on which day, and what counts and hits. */

enum { FACT_WHEN_MAX = 2, FACT_HIT_FIELDS_MAX = 3 };
/* Conditions on a field besides "equal to": */
enum {
    WHEN_ANY = 0,    /* there, and not "no" */
    WHEN_SAID = -1,  /* there, be it "no" */
    WHEN_ABSENT = -2 /* not there */
};

struct fact_row {
    uint16_t kind;
    enum fact fact;
    uint16_t day;   /* the field it is dated by */
    uint16_t until; /* a fact in force: the field with its last day (absent: no end); else 0 */
    bool in_force;
    bool timed; /* `day` is a time */
    struct {
        uint16_t field; /* 0: no condition */
        int64_t value;
    } when[FACT_WHEN_MAX];
    uint16_t spread;    /* an enum field: the fact is `fact` plus its value less one … */
    uint8_t spread_max; /* … for values 1..spread_max */
    uint16_t counted;   /* a number field; 0: each record counts 1 */
    uint16_t hits;      /* a number field; */
    uint16_t hit_if[FACT_HIT_FIELDS_MAX]; /* or: hits when all of these are there and not "no" */
    uint16_t score;                       /* or: an answer of 1 to 5; 4 and 5 hit */
    /* or: what no row can say; false: no fact */
    bool (*compute)(const struct record_view *view, struct fact_pair *pair_out);
};

const struct fact_row *fact_rows(size_t *count_out);

/* What rows cannot say (facts_computed.c). */
bool fact_of_upheld_cause(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_upheld_remedy(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_upheld_satisfied(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_investigator(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_managers(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_comparators(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_quartile(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_first_response(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_delay_notice(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_survey_target(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_population(const struct record_view *view, struct fact_pair *pair_out);
bool fact_of_counts(const struct record_view *view, struct fact_pair *pair_out);
