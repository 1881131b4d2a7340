/* Fields of what is measured: surveys and their answers, service standards and measurements against
 * them. */
#include "proto/record/kinds_tables.h"

static const struct enum_value scales[] = {
    {1, "five-point"}, {2, "ten-point"}, {3, "seven-point"}, {0, NULL}};
static const struct enum_value middles[] = {
    {MIDDLE_NEUTRAL, "neutral"}, {MIDDLE_NO_OPINION, "no-opinion"}, {0, NULL}};
static const struct enum_value metrics[] = {
    {1, "seconds"}, {2, "minutes"}, {3, "hours"}, {4, "working-days"},
    {5, "percent"}, {6, "count"},   {0, NULL}};

const struct field survey_fields[SURVEY_FIELDS] = {
    TEXT_FIELD_REQUIRED(SURVEY_TITLE, "title", "Title", TEXT_NAME_BYTES),
    TEXT_FIELD(SURVEY_WAVE, "wave", "Wave", WAVE_BYTES_MAX),
    TEXT_FIELD(SURVEY_METHOD, "method", "Method", TEXT_NAME_BYTES),
    PLAIN_FIELD(SURVEY_STARTED_ON, "started_on", "Started on", FIELD_DATE),
    PLAIN_FIELD(SURVEY_ENDED_ON, "ended_on", "Ended on", FIELD_DATE),
    INT_FIELD(SURVEY_POPULATION, "population", "People asked from", 1, 1000000000000),
    ENUM_FIELD(SURVEY_SCALE, "scale", "Scale", scales),
    ENUM_FIELD(SURVEY_MIDDLE_IS, "middle_is", "The middle answer means", middles),
    TEXT_FIELD(SURVEY_QUESTION, "question", "Overall question", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(SURVEY_SITE, "site", "Site", FIELD_SITE),
};

const struct field response_fields[RESPONSE_FIELDS] = {
    PLAIN_FIELD(RESPONSE_SURVEY, "survey", "Survey", FIELD_REF),
    TEXT_FIELD(RESPONSE_WAVE, "wave", "Wave", WAVE_BYTES_MAX),
    PLAIN_FIELD(RESPONSE_ANSWERED_ON, "answered_on", "Answered on", FIELD_DATE),
    INT_FIELD(RESPONSE_OVERALL, "overall", "Overall satisfaction, 5 is best", 1, 5),
    INT_FIELD(RESPONSE_EASE, "ease", "Ease, 7 is best", 1, 7),
    INT_FIELD(RESPONSE_RECOMMEND, "recommend", "Would recommend, 0 to 10", 0, 10),
    PLAIN_FIELD(RESPONSE_NO_ANSWER, "no_answer", "Did not answer", FIELD_BOOL),
    TEXT_FIELD(RESPONSE_CHANNEL, "channel", "Channel", TEXT_NAME_BYTES),
    TEXT_FIELD(RESPONSE_SERVICE, "service", "Service", TEXT_NAME_BYTES),
    TEXT_FIELD(RESPONSE_SEGMENT, "segment", "Customer segment", TEXT_NAME_BYTES),
    TEXT_FIELD(RESPONSE_AGE_GROUP, "age_group", "Age group", TEXT_CODE_BYTES),
    TEXT_FIELD(RESPONSE_GENDER, "gender", "Gender", TEXT_CODE_BYTES),
    TEXT_FIELD(RESPONSE_LANGUAGE, "language", "Language", TEXT_CODE_BYTES),
    TEXT_FIELD(RESPONSE_AREA, "area", "Area", TEXT_NAME_BYTES),
    INT_FIELD(RESPONSE_WEIGHT_MILLIONTHS, "weight_millionths", "Survey weight in millionths", 0,
              1000000000000),
    TEXT_FIELD(RESPONSE_REFERENCE, "reference", "Reference", TEXT_CODE_BYTES),
    TEXT_FIELD_PERSONAL(RESPONSE_COMMENT, "comment", "Comment", TEXT_PAGE_BYTES),
    TEXT_FIELD_PERSONAL(RESPONSE_CONTACT, "contact", "How to reach them", TEXT_NAME_BYTES),
    PLAIN_FIELD(RESPONSE_SITE, "site", "Site", FIELD_SITE),
};

const struct field standard_fields[STANDARD_FIELDS] = {
    TEXT_FIELD_REQUIRED(STANDARD_TITLE, "title", "Title", TEXT_NAME_BYTES),
    ENUM_FIELD(STANDARD_METRIC, "metric", "Measured in", metrics),
    INT_FIELD(STANDARD_TARGET_VALUE, "target_value", "Target", 0, 1000000000000),
    INT_FIELD(STANDARD_TARGET_SHARE, "target_share", "Share to reach it, in per cent", 0, 100),
    TEXT_FIELD(STANDARD_CHANNEL, "channel", "Channel", TEXT_NAME_BYTES),
    TEXT_FIELD(STANDARD_SERVICE, "service", "Service", TEXT_NAME_BYTES),
    PLAIN_FIELD(STANDARD_STATUTORY, "statutory", "Required by law", FIELD_BOOL),
    TEXT_FIELD_PERSONAL(STANDARD_OWNER, "owner", "Owner", TEXT_NAME_BYTES),
    PLAIN_FIELD(STANDARD_STARTS_ON, "starts_on", "In force from", FIELD_DATE),
    PLAIN_FIELD(STANDARD_ENDS_ON, "ends_on", "In force until", FIELD_DATE),
    PLAIN_FIELD(STANDARD_PUBLISHED_ON, "published_on", "Published on", FIELD_DATE),
    TEXT_FIELD(STANDARD_SET_WITH, "set_with", "Set together with", TEXT_PARAGRAPH_BYTES),
    SET_FIELD(STANDARD_ELEMENTS, "elements", "Elements", FIELD_ELEMENT),
    PLAIN_FIELD(STANDARD_SITE, "site", "Site", FIELD_SITE),
};

const struct field measurement_fields[MEASUREMENT_FIELDS] = {
    PLAIN_FIELD(MEASUREMENT_STANDARD, "standard", "Standard", FIELD_REF),
    PLAIN_FIELD_REQUIRED(MEASUREMENT_PERIOD_FROM, "period_from", "Period from", FIELD_DATE),
    PLAIN_FIELD_REQUIRED(MEASUREMENT_PERIOD_TO, "period_to", "Period to", FIELD_DATE),
    INT_FIELD_REQUIRED(MEASUREMENT_TOTAL, "total", "Cases measured", 0, 1000000000000),
    INT_FIELD_REQUIRED(MEASUREMENT_WITHIN, "within", "Cases within the target", 0, 1000000000000),
    TEXT_FIELD(MEASUREMENT_NOTE, "note", "Note", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(MEASUREMENT_EXPLANATION, "explanation", "Explanation given to customers",
               TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(MEASUREMENT_ACTION, "action", "Corrective action", FIELD_REF),
    PLAIN_FIELD(MEASUREMENT_SITE, "site", "Site", FIELD_SITE),
};
