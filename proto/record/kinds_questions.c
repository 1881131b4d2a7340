/* Fields of a survey's questions and of results that come as counts. */
#include "proto/record/kinds_tables.h"

static const struct enum_value question_scale[] = {
    ENUM_VALUE(QUESTION_SCALE_FIVE_POINT, "five-point", "Five points"),
    ENUM_VALUE(QUESTION_SCALE_TEN_POINT, "ten-point", "Eleven points, 0 to 10"),
    ENUM_VALUE(QUESTION_SCALE_SEVEN_POINT, "seven-point", "Seven points"),
    ENUM_VALUE(QUESTION_SCALE_YES_NO, "yes-no", "Yes or no"),
    ENUM_END,
};

const struct field question_fields[QUESTION_FIELDS] = {
    PLAIN_FIELD_REQUIRED(QUESTION_SURVEY, "survey", "Survey", FIELD_REF),
    INT_FIELD_REQUIRED(QUESTION_NUMBER, "number", "Number", 1, 16),
    TEXT_FIELD_REQUIRED(QUESTION_TEXT, "text", "Question", TEXT_PARAGRAPH_BYTES),
    ENUM_FIELD(QUESTION_SCALE, "scale", "Scale", question_scale),
    ENUM_FIELD(QUESTION_DRIVER, "driver", "Asks about", values_drivers),
    PLAIN_FIELD(QUESTION_INSIGHT, "insight", "Customer insight it follows from", FIELD_REF),
    PLAIN_FIELD(QUESTION_SITE, "site", "Site", FIELD_SITE),
};

const struct field survey_result_fields[SURVEY_RESULT_FIELDS] = {
    PLAIN_FIELD(SURVEY_RESULT_SURVEY, "survey", "Survey", FIELD_REF),
    TEXT_FIELD(SURVEY_RESULT_WAVE, "wave", "Wave", WAVE_BYTES_MAX),
    {.number = SURVEY_RESULT_MEASURE,
     .name = "measure",
     .label = N_("Asks about"),
     .type = FIELD_ENUM,
     .required = true,
     .values = values_measures},
    PLAIN_FIELD_REQUIRED(SURVEY_RESULT_PERIOD_FROM, "period_from", "Period from", FIELD_DATE),
    PLAIN_FIELD_REQUIRED(SURVEY_RESULT_PERIOD_TO, "period_to", "Period to", FIELD_DATE),
    PLAIN_FIELD_REQUIRED(SURVEY_RESULT_COUNTS, "counts", "Answers, from the lowest to the highest",
                         FIELD_COUNTS),
    INT_FIELD(SURVEY_RESULT_NO_ANSWER, "no_answer", "Did not answer", 0, 1000000000000),
    TEXT_FIELD(SURVEY_RESULT_CHANNEL, "channel", "Channel", TEXT_NAME_BYTES),
    TEXT_FIELD(SURVEY_RESULT_SERVICE, "service", "Service", TEXT_NAME_BYTES),
    TEXT_FIELD(SURVEY_RESULT_SEGMENT, "segment", "Customer segment", TEXT_NAME_BYTES),
    TEXT_FIELD(SURVEY_RESULT_REFERENCE, "reference", "Reference", TEXT_CODE_BYTES),
    PLAIN_FIELD(SURVEY_RESULT_SITE, "site", "Site", FIELD_SITE),
};
