/* Fields of the organisation's own rules: numbers, time limits, holidays, cycles. All are written
 * at the centre and reach every site. */
#include "proto/record/kinds_tables.h"
#include "proto/record/settings.h"

static const struct enum_value day_types[] = {
    ENUM_VALUE(DEADLINE_DAY_TYPE_WORKING, "working", "Working days"),
    ENUM_VALUE(DEADLINE_DAY_TYPE_CALENDAR, "calendar", "Calendar days"),
    ENUM_END,
};

const struct field settings_fields[SETTINGS_FIELDS] = {
#define X(field, id, text, standard, least, most) INT_FIELD(field, #id, text, least, most),
    SETTINGS(X)
#undef X
        TEXT_FIELD(SETTINGS_PROFILE, "profile", "Profile of time limits", TEXT_CODE_BYTES),
    TEXT_FIELD(SETTINGS_CALENDAR, "calendar", "Holiday calendar", TEXT_CODE_BYTES),
    TEXT_FIELD(SETTINGS_NOTE, "note", "Why", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(SETTINGS_SITE, "site", "Site", FIELD_SITE),
};

const struct field deadline_profile_fields[DEADLINE_PROFILE_FIELDS] = {
    TEXT_FIELD_REQUIRED(DEADLINE_PROFILE_CODE, "code", "Code", 23),
    TEXT_FIELD_REQUIRED(DEADLINE_PROFILE_NAME, "name", "Name", 63),
    ENUM_FIELD(DEADLINE_PROFILE_DAY_TYPE, "day_type", "Days counted", day_types),
    PLAIN_FIELD(DEADLINE_PROFILE_RECEIPT_IS_DAY_ONE, "receipt_is_day_one",
                "The day of receipt is day 1", FIELD_BOOL),
    PLAIN_FIELD(DEADLINE_PROFILE_ANSWER_FROM_RECEIPT, "answer_from_receipt",
                "The answer is due from receipt", FIELD_BOOL),
    INT_FIELD(DEADLINE_PROFILE_ACKNOWLEDGE_DAYS, "acknowledge_days", "Days to acknowledge", 0, 365),
    INT_FIELD(DEADLINE_PROFILE_ANSWER_DAYS, "answer_days", "Days to answer", 0, 365),
    INT_FIELD(DEADLINE_PROFILE_EXTENSION_DAYS, "extension_days", "Longest extension, in days", 0,
              365),
    INT_FIELD(DEADLINE_PROFILE_STAGE2_ACKNOWLEDGE_DAYS, "stage2_acknowledge_days",
              "Days to acknowledge stage 2", 0, 365),
    INT_FIELD(DEADLINE_PROFILE_STAGE2_ANSWER_DAYS, "stage2_answer_days", "Days to answer stage 2",
              0, 365),
    INT_FIELD(DEADLINE_PROFILE_STAGE2_EXTENSION_DAYS, "stage2_extension_days",
              "Longest extension of stage 2, in days", 0, 365),
    INT_FIELD(DEADLINE_PROFILE_ESCALATION_DAYS, "escalation_days",
              "Days in which stage 2 can be asked for", 0, 365),
    PLAIN_FIELD(DEADLINE_PROFILE_SITE, "site", "Site", FIELD_SITE),
};

const struct field holiday_fields[HOLIDAY_FIELDS] = {
    TEXT_FIELD_REQUIRED(HOLIDAY_CALENDAR, "calendar", "Holiday calendar", 23),
    PLAIN_FIELD_REQUIRED(HOLIDAY_DATE, "date", "Date", FIELD_DATE),
    TEXT_FIELD(HOLIDAY_NAME, "name", "Name", TEXT_NAME_BYTES),
    PLAIN_FIELD(HOLIDAY_WORKING, "working", "Is a working day after all", FIELD_BOOL),
    PLAIN_FIELD(HOLIDAY_SITE, "site", "Site", FIELD_SITE),
};

const struct field cycle_fields[CYCLE_FIELDS] = {
    TEXT_FIELD_REQUIRED(CYCLE_NAME, "name", "Name", 63),
    PLAIN_FIELD_REQUIRED(CYCLE_STARTS_ON, "starts_on", "Starts on", FIELD_DATE),
    TEXT_FIELD(CYCLE_STANDARD_VERSION, "standard_version", "Version of the standard", 23),
    TEXT_FIELD(CYCLE_NOTE, "note", "Note", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(CYCLE_SITE, "site", "Site", FIELD_SITE),
};
