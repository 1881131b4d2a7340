/* The table of kinds and the look-ups in it. */
#include "proto/record/kinds.h"

#include <string.h>

#include "proto/record/kinds_tables.h"

static const struct kind kinds[] = {
    {KIND_ASSESSMENT, "assessment", "Assessment", assessment_fields, ASSESSMENT_FIELDS, "",
     kind_check_assessment},
    {KIND_EVIDENCE, "evidence", "Evidence", evidence_fields, EVIDENCE_FIELDS, "",
     kind_check_evidence},
    {KIND_COMPLAINT, "complaint", "Complaint or comment", complaint_fields, COMPLAINT_FIELDS,
     "2.1.4 2.2.2 3.2.4 3.4.2 4.3.2 4.3.3 4.3.4 4.3.6", kind_check_complaint},
    {KIND_SURVEY, "survey", "Survey", survey_fields, SURVEY_FIELDS,
     "1.1.1 1.3.1 1.3.2 1.3.3 1.3.4 2.1.4 2.2.2 3.2.2 3.3.3 4.2.2 4.3.6", kind_check_survey},
    {KIND_RESPONSE, "response", "Survey answer", response_fields, RESPONSE_FIELDS,
     "1.1.1 1.3.1 1.3.2 1.3.3 1.3.4 2.1.4 2.2.2 3.2.2 3.3.3 4.2.2 4.3.6", NULL},
    {KIND_STANDARD, "standard", "Service standard", standard_fields, STANDARD_FIELDS,
     "1.3.4 4.1.1 4.1.2 4.1.3 5.1.1 5.1.2", kind_check_standard},
    {KIND_MEASUREMENT, "measurement", "Measurement", measurement_fields, MEASUREMENT_FIELDS,
     "4.1.2 4.2.2 4.3.1 5.2.5 5.3.1 5.3.2", kind_check_measurement},
    {KIND_ACTION, "action", "Action", action_fields, ACTION_FIELDS, "2.1.2 4.3.1 5.3.1", NULL},
    {KIND_REVIEW, "review", "Review remark", review_fields, REVIEW_FIELDS, "", NULL},
    {KIND_CONTACT, "contact", "Contact or request", contact_fields, CONTACT_FIELDS,
     "3.2.4 4.2.1 5.2.2 5.2.3 5.2.4 5.2.5", NULL},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const struct kind *kinds_all(uint32_t *count_out)
{
    *count_out = KINDS;
    return kinds;
}

const struct kind *kind_by_number(uint16_t number)
{
    for (uint32_t i = 0; i < KINDS; i++) {
        if (kinds[i].number == number)
            return &kinds[i];
    }
    return NULL;
}

const struct kind *kind_by_name(const char *name)
{
    for (uint32_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

const struct field *field_by_number(const struct kind *kind, uint16_t number)
{
    for (uint32_t i = 0; i < kind->field_count; i++) {
        if (kind->fields[i].number == number)
            return &kind->fields[i];
    }
    return NULL;
}

const struct field *field_by_name(const struct kind *kind, const char *name)
{
    for (uint32_t i = 0; i < kind->field_count; i++) {
        if (strcmp(kind->fields[i].name, name) == 0)
            return &kind->fields[i];
    }
    return NULL;
}
