/* Fields of results: outcomes, benchmarks, good practice, reviews of the complaints procedure. */
#include "proto/record/kinds_tables.h"

static const struct enum_value benchmark_about[] = {
    ENUM_VALUE(BENCHMARK_ABOUT_TIMELINESS, "timeliness", "Timeliness"),
    ENUM_VALUE(BENCHMARK_ABOUT_QUALITY, "quality", "Quality"),
    ENUM_VALUE(BENCHMARK_ABOUT_SATISFACTION, "satisfaction", "Satisfaction"),
    ENUM_VALUE(BENCHMARK_ABOUT_COMPLAINTS, "complaints", "Complaints"),
    ENUM_VALUE(BENCHMARK_ABOUT_COST, "cost", "Cost"),
    ENUM_VALUE(BENCHMARK_ABOUT_OTHER, "other", "Other"),
    ENUM_END,
};
static const struct enum_value benchmark_direction[] = {
    ENUM_VALUE(BENCHMARK_DIRECTION_HIGHER, "higher", "Higher is better"),
    ENUM_VALUE(BENCHMARK_DIRECTION_LOWER, "lower", "Lower is better"),
    ENUM_END,
};
static const struct enum_value practice_direction[] = {
    ENUM_VALUE(PRACTICE_DIRECTION_ADOPTED, "adopted", "Taken over from others"),
    ENUM_VALUE(PRACTICE_DIRECTION_SHARED, "shared", "Shared with others"),
    ENUM_END,
};

const struct field outcome_fields[OUTCOME_FIELDS] = {
    TEXT_FIELD(OUTCOME_SERVICE, "service", "Service", TEXT_NAME_BYTES),
    PLAIN_FIELD_REQUIRED(OUTCOME_PERIOD_FROM, "period_from", "Period from", FIELD_DATE),
    PLAIN_FIELD_REQUIRED(OUTCOME_PERIOD_TO, "period_to", "Period to", FIELD_DATE),
    INT_FIELD_REQUIRED(OUTCOME_CASES, "cases", "Cases finished", 0, 1000000000000),
    INT_FIELD(OUTCOME_AS_PROMISED, "as_promised", "Delivered as promised", 0, 1000000000000),
    INT_FIELD(OUTCOME_POSITIVE, "positive", "With a positive outcome", 0, 1000000000000),
    PLAIN_FIELD(OUTCOME_AGREEMENT, "agreement", "Agreement with the partner, for joint work",
                FIELD_REF),
    TEXT_FIELD(OUTCOME_NOTE, "note", "Note", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(OUTCOME_SITE, "site", "Site", FIELD_SITE),
};

const struct field benchmark_fields[BENCHMARK_FIELDS] = {
    TEXT_FIELD_REQUIRED(BENCHMARK_TITLE, "title", "Title", TEXT_NAME_BYTES),
    TEXT_FIELD_REQUIRED(BENCHMARK_MEASURE, "measure", "What is compared", TEXT_NAME_BYTES),
    {.number = BENCHMARK_ABOUT,
     .name = "about",
     .label = N_("About"),
     .type = FIELD_ENUM,
     .required = true,
     .values = benchmark_about},
    PLAIN_FIELD_REQUIRED(BENCHMARK_TAKEN_ON, "taken_on", "Taken on", FIELD_DATE),
    {.number = BENCHMARK_DIRECTION,
     .name = "direction",
     .label = N_("Direction"),
     .type = FIELD_ENUM,
     .required = true,
     .values = benchmark_direction},
    INT_FIELD_REQUIRED(BENCHMARK_OWN, "own", "Our figure", 0, 1000000000000),
    PLAIN_FIELD(BENCHMARK_PEERS, "peers", "Figures of the others", FIELD_COUNTS),
    TEXT_FIELD(BENCHMARK_UNIT, "unit", "Unit", TEXT_CODE_BYTES),
    TEXT_FIELD(BENCHMARK_SOURCE, "source", "Source", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(BENCHMARK_LESSONS, "lessons", "Lessons applied", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(BENCHMARK_IMPROVEMENT, "improvement", "Improvement that followed", FIELD_REF),
    PLAIN_FIELD(BENCHMARK_SITE, "site", "Site", FIELD_SITE),
};

const struct field good_practice_fields[GOOD_PRACTICE_FIELDS] = {
    TEXT_FIELD_REQUIRED(GOOD_PRACTICE_TITLE, "title", "Title", TEXT_NAME_BYTES),
    {.number = GOOD_PRACTICE_DIRECTION,
     .name = "direction",
     .label = N_("Direction"),
     .type = FIELD_ENUM,
     .required = true,
     .values = practice_direction},
    PLAIN_FIELD_REQUIRED(GOOD_PRACTICE_DONE_ON, "done_on", "Done on", FIELD_DATE),
    TEXT_FIELD(GOOD_PRACTICE_PARTNER, "partner", "From or with whom", TEXT_NAME_BYTES),
    TEXT_FIELD(GOOD_PRACTICE_RESULT, "result", "Result", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(GOOD_PRACTICE_SITE, "site", "Site", FIELD_SITE),
};

const struct field procedure_review_fields[PROCEDURE_REVIEW_FIELDS] = {
    PLAIN_FIELD_REQUIRED(PROCEDURE_REVIEW_REVIEWED_ON, "reviewed_on", "Reviewed on", FIELD_DATE),
    PLAIN_FIELD(PROCEDURE_REVIEW_WITH_CUSTOMERS, "with_customers", "Customers took part",
                FIELD_BOOL),
    PLAIN_FIELD(PROCEDURE_REVIEW_WITH_COMPLAINANTS, "with_complainants",
                "People who had complained took part", FIELD_BOOL),
    PLAIN_FIELD(PROCEDURE_REVIEW_WITH_STAFF, "with_staff", "Staff took part", FIELD_BOOL),
    TEXT_FIELD(PROCEDURE_REVIEW_FINDINGS, "findings", "Findings", TEXT_PAGE_BYTES),
    TEXT_FIELD(PROCEDURE_REVIEW_CHANGES, "changes", "Changes made", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(PROCEDURE_REVIEW_NEXT_ON, "next_on", "Next review on", FIELD_DATE),
    PLAIN_FIELD(PROCEDURE_REVIEW_SITE, "site", "Site", FIELD_SITE),
};
