#include "proto/record/kinds.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/record/fields.h"
#include "proto/record/op.h"

Test(kinds, the_table_is_sound)
{
    uint32_t count;
    const struct kind *kinds = kinds_all(&count);
    cr_assert_eq(count, 46);
    for (uint32_t i = 0; i < count; i++) {
        const struct kind *kind = &kinds[i];
        cr_expect(i == 0 || kinds[i - 1].number < kind->number, "%s: sorted by number", kind->name);
        cr_expect_eq(kind_by_number(kind->number), kind);
        cr_expect_eq(kind_by_name(kind->name), kind);
        for (uint32_t at = 0; at < kind->field_count; at++) {
            const struct field *field = &kind->fields[at];
            cr_expect_eq(field->number, at + 1, "%s.%s: numbered in order", kind->name,
                         field->name);
            cr_expect_leq(field->number, FIELD_MAX);
            cr_expect(field->label != NULL && field->label[0] != '\0');
            cr_expect_eq(field_by_number(kind, field->number), field);
            cr_expect_eq(field_by_name(kind, field->name), field, "%s.%s: one of that name",
                         kind->name, field->name);
            cr_expect_eq(field->type == FIELD_ENUM, field->values != NULL);
            cr_expect_not(field->set && field->required, "%s.%s", kind->name, field->name);
            if (field->type == FIELD_TEXT)
                cr_expect(field->min == 1 && field->max >= 1 && field->max <= TEXT_BYTES_MAX,
                          "%s.%s: text bounds", kind->name, field->name);
            cr_expect(!field->personal || field->type == FIELD_TEXT || kind->local);
            cr_expect(!field->special || field->personal, "%s.%s", kind->name, field->name);
            cr_expect(!kind->local || (field->personal && !field->set) || field->type == FIELD_SITE,
                      "%s.%s: nothing of a local kind may leave its site", kind->name, field->name);
            for (const struct enum_value *v = field->values; v != NULL && v->name != NULL; v++)
                cr_expect(v->label != NULL && v->label[0] != '\0', "%s.%s: %s has a label",
                          kind->name, field->name, v->name);
        }
        const struct field *site = field_by_name(kind, "site");
        cr_expect(site != NULL && site->type == FIELD_SITE, "%s names a site", kind->name);
    }
    cr_expect_null(kind_by_number(0));
    cr_expect_null(kind_by_name("Complaint"));
    cr_expect_null(field_by_name(kind_by_number(KIND_ACTION), "band"));
}

/* Numbers are on disk: this fails when somebody moves one. */
Test(kinds, numbers_stay)
{
    static const struct {
        uint16_t kind;
        const char *field;
        uint16_t number;
        bool personal;
    } rows[] = {
        {KIND_ASSESSMENT, "band", 2, false},       {KIND_ASSESSMENT, "site", 13, false},
        {KIND_ASSESSMENT, "assessor", 10, true},   {KIND_EVIDENCE, "files", 10, false},
        {KIND_EVIDENCE, "site", 17, false},        {KIND_COMPLAINT, "received_on", 3, false},
        {KIND_COMPLAINT, "outcome", 18, false},    {KIND_COMPLAINT, "name", 29, true},
        {KIND_COMPLAINT, "description", 31, true}, {KIND_COMPLAINT, "site", 34, false},
        {KIND_SURVEY, "site", 10, false},          {KIND_RESPONSE, "recommend", 6, false},
        {KIND_RESPONSE, "comment", 17, true},      {KIND_RESPONSE, "site", 19, false},
        {KIND_STANDARD, "site", 14, false},        {KIND_MEASUREMENT, "within", 5, false},
        {KIND_MEASUREMENT, "site", 9, false},      {KIND_ACTION, "due_on", 4, false},
        {KIND_ACTION, "site", 9, false},           {KIND_REVIEW, "site", 7, false},
        {KIND_CONTACT, "closed_at", 4, false},     {KIND_CONTACT, "details", 16, true},
        {KIND_CONTACT, "site", 17, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct field *field = field_by_name(kind_by_number(rows[i].kind), rows[i].field);
        cr_assert_not_null(field, "%s", rows[i].field);
        cr_expect_eq(field->number, rows[i].number, "%s", rows[i].field);
        cr_expect_eq(field->personal, rows[i].personal, "%s", rows[i].field);
    }
}

Test(kinds, informed_elements_exist)
{
    uint32_t count;
    const struct kind *kinds = kinds_all(&count);
    for (uint32_t i = 0; i < count; i++) {
        char ids[256];
        cr_assert_lt(strlen(kinds[i].elements), sizeof(ids));
        memcpy(ids, kinds[i].elements, strlen(kinds[i].elements) + 1);
        char *rest = NULL;
        for (char *id = strtok_r(ids, " ", &rest); id != NULL; id = strtok_r(NULL, " ", &rest))
            cr_expect_neq(element_from_id(id), 0, "%s: %s", kinds[i].name, id);
    }
}

Test(elements, ids)
{
    static const char *const wrong[] = {"4.3.7",  "3.1.3", "2.3.1",  "6.1.1",  "0.1.1",  "4.3",
                                        "04.3.1", "",      "4.3.2.", "4.3.2 ", " 4.3.2", "x"};
    static const uint8_t sizes[CRITERIA] = {11, 11, 12, 13, 10};
    uint8_t counted[CRITERIA] = {0};
    for (uint8_t place = 1; place <= ELEMENTS; place++) {
        const char *id = element_id(place);
        cr_expect_eq(element_from_id(id), place, "%s", id);
        cr_expect(place == 1 || strcmp(element_id((uint8_t)(place - 1)), id) < 0, "%s in order",
                  id);
        counted[element_criterion(place) - 1]++;
    }
    cr_expect_arr_eq(counted, sizes, sizeof(sizes));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_expect_eq(element_from_id(wrong[i]), 0, "'%s'", wrong[i]);
    cr_expect_neq(element_from_id("4.3.6"), 0);
    cr_expect_null(element_id(0));
    cr_expect_null(element_id(58));
    cr_expect_eq(element_criterion(0), 0);
    cr_expect_eq(element_criterion(58), 0);
}

/* A record of plain integers: value[field], INT64_MIN = absent. */
static struct bytes get_number(const void *context, uint16_t field)
{
    static uint8_t encoded[128][16];
    const int64_t *values = context;
    if (values[field] == INT64_MIN)
        return bytes_of(NULL, 0);
    struct mp_buf buf;
    mp_buf_init(&buf, 16);
    mp_put_int(&buf, values[field]);
    struct bytes bytes = mp_buf_bytes(&buf);
    size_t len = bytes.len;
    memcpy(encoded[field], bytes.data, len);
    mp_buf_deinit(&buf);
    return bytes_of(encoded[field], len);
}

static const struct {
    const char *name;
    uint16_t kind, first;
    int64_t a;
    uint16_t second;
    int64_t b;
    bool breaks;
} several_rows[] = {
    {"NA without a reason", KIND_ASSESSMENT, ASSESSMENT_BAND, 5, ASSESSMENT_WEIGHT, 1, true},
    {"NA with a reason", KIND_ASSESSMENT, ASSESSMENT_BAND, 5, ASSESSMENT_REASON, 1, false},
    {"C without a reason", KIND_ASSESSMENT, ASSESSMENT_BAND, 3, ASSESSMENT_WEIGHT, 1, false},
    {"evidence for one day", KIND_EVIDENCE, EVIDENCE_PERIOD_FROM, 9, EVIDENCE_PERIOD_TO, 9, false},
    {"evidence ends first", KIND_EVIDENCE, EVIDENCE_PERIOD_FROM, 9, EVIDENCE_PERIOD_TO, 8, true},
    {"acknowledged first", KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, 9, COMPLAINT_ACKNOWLEDGED_ON, 8,
     true},
    {"answered first", KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, 9, COMPLAINT_RESPONDED_ON, 8, true},
    {"closed first", KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, 9, COMPLAINT_CLOSED_ON, 8, true},
    {"closed the same day", KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, 9, COMPLAINT_CLOSED_ON, 9,
     false},
    {"passed on first", KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, 9, COMPLAINT_REFERRED_ON, 8, false},
    {"survey ends first", KIND_SURVEY, SURVEY_STARTED_ON, 9, SURVEY_ENDED_ON, 8, true},
    {"standard ends first", KIND_STANDARD, STANDARD_STARTS_ON, 9, STANDARD_ENDS_ON, 8, true},
    {"all within", KIND_MEASUREMENT, MEASUREMENT_TOTAL, 9, MEASUREMENT_WITHIN, 9, false},
    {"more within than measured", KIND_MEASUREMENT, MEASUREMENT_TOTAL, 9, MEASUREMENT_WITHIN, 10,
     true},
    {"stage 2 answered before it was asked for", KIND_COMPLAINT, COMPLAINT_ESCALATED_ON, 9,
     COMPLAINT_STAGE2_RESPONDED_ON, 8, true},
    {"extended without a reason", KIND_COMPLAINT, COMPLAINT_EXTENDED_ON, 9,
     COMPLAINT_EXTENSION_DAYS, 5, true},
    {"extended with a reason", KIND_COMPLAINT, COMPLAINT_EXTENDED_ON, 9, COMPLAINT_EXTENSION_REASON,
     1, false},
    {"data shared without an end", KIND_AGREEMENT, AGREEMENT_TYPE, AGREEMENT_TYPE_SHARING,
     AGREEMENT_STARTS_ON, 8, true},
    {"data shared for a time", KIND_AGREEMENT, AGREEMENT_TYPE, AGREEMENT_TYPE_SHARING,
     AGREEMENT_EXPIRES_ON, 8, false},
    {"working together without an end", KIND_AGREEMENT, AGREEMENT_TYPE, AGREEMENT_TYPE_PARTNERSHIP,
     AGREEMENT_STARTS_ON, 8, false},
    {"everyone trained", KIND_TRAINING, TRAINING_TRAINED, 9, TRAINING_STAFF, 9, false},
    {"more trained than staff", KIND_TRAINING, TRAINING_TRAINED, 10, TRAINING_STAFF, 9, true},
    {"a summary of three raters", KIND_COMPETENCY_SUMMARY, COMPETENCY_SUMMARY_RATERS, 3,
     COMPETENCY_SUMMARY_STAFF, 9, true},
    {"a summary of four raters", KIND_COMPETENCY_SUMMARY, COMPETENCY_SUMMARY_RATERS, 4,
     COMPETENCY_SUMMARY_STAFF, 9, false},
    {"a summary of three people", KIND_COMPETENCY_SUMMARY, COMPETENCY_SUMMARY_PEOPLE, 3,
     COMPETENCY_SUMMARY_RATERS, 9, true},
    {"a summary of four people", KIND_COMPETENCY_SUMMARY, COMPETENCY_SUMMARY_PEOPLE, 4,
     COMPETENCY_SUMMARY_RATERS, 9, false},
    {"a mean of three people", KIND_COMPETENCY_SUMMARY, COMPETENCY_SUMMARY_SCORE_PEOPLE, 3,
     COMPETENCY_SUMMARY_PEOPLE, 9, true},
    {"a mean of four people", KIND_COMPETENCY_SUMMARY, COMPETENCY_SUMMARY_SCORE_PEOPLE, 4,
     COMPETENCY_SUMMARY_PEOPLE, 9, false},
    {"more answers than invitations", KIND_CONSULTATION, CONSULTATION_ANSWERED, 9,
     CONSULTATION_INVITED, 8, true},
    {"more positive than finished", KIND_OUTCOME, OUTCOME_POSITIVE, 9, OUTCOME_CASES, 8, true},
    {"period ends first", KIND_MEASUREMENT, MEASUREMENT_PERIOD_FROM, 9, MEASUREMENT_PERIOD_TO, 8,
     true},
};

Test(kinds, rules_over_several_fields)
{
    for (size_t i = 0; i < sizeof(several_rows) / sizeof(several_rows[0]); i++) {
        int64_t values[128];
        for (int at = 0; at < 128; at++)
            values[at] = INT64_MIN;
        values[several_rows[i].first] = several_rows[i].a;
        values[several_rows[i].second] = several_rows[i].b;
        const struct kind *kind = kind_by_number(several_rows[i].kind);
        const char *fault =
            kind_fault(kind, (struct kind_view){.context = values, .get = get_number});
        cr_expect_eq(fault != NULL, several_rows[i].breaks, "%s: %s", several_rows[i].name,
                     fault != NULL ? fault : "passed");
    }
}
