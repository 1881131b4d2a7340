#pragma once

#include "proto/record/fields.h"
#include "proto/record/kinds.h"

/* What kinds.c puts together: one field table a kind, and the rules over several fields. */

extern const struct field assessment_fields[ASSESSMENT_FIELDS];
extern const struct field evidence_fields[EVIDENCE_FIELDS];
extern const struct field complaint_fields[COMPLAINT_FIELDS];
extern const struct field survey_fields[SURVEY_FIELDS];
extern const struct field response_fields[RESPONSE_FIELDS];
extern const struct field standard_fields[STANDARD_FIELDS];
extern const struct field measurement_fields[MEASUREMENT_FIELDS];
extern const struct field action_fields[ACTION_FIELDS];
extern const struct field review_fields[REVIEW_FIELDS];
extern const struct field contact_fields[CONTACT_FIELDS];

const char *kind_check_assessment(struct kind_view view);
const char *kind_check_evidence(struct kind_view view);
const char *kind_check_complaint(struct kind_view view);
const char *kind_check_survey(struct kind_view view);
const char *kind_check_standard(struct kind_view view);
const char *kind_check_measurement(struct kind_view view);

/* Bounds of text, in bytes. */
enum {
    TEXT_CODE_BYTES = 64,  /* an id or code in someone else's system, a language, a gender */
    TEXT_NAME_BYTES = 200, /* a title, a person, a category */
    TEXT_PARAGRAPH_BYTES = 2000,
    TEXT_PAGE_BYTES = 12000, /* what a person wrote in free text; below TEXT_BYTES_MAX */
};

/* One row: text bounds are always written out, and an empty text is no value but nil. */
#define TEXT_FIELD(n, id, text, bytes) \
    { \
        .number = (n), .name = (id), .label = (text), .type = FIELD_TEXT, .min = 1, .max = (bytes) \
    }
#define TEXT_FIELD_REQUIRED(n, id, text, bytes) \
    { \
        .number = (n), .name = (id), .label = (text), .type = FIELD_TEXT, .required = true, \
        .min = 1, .max = (bytes) \
    }
#define TEXT_FIELD_PERSONAL(n, id, text, bytes) \
    { \
        .number = (n), .name = (id), .label = (text), .type = FIELD_TEXT, .personal = true, \
        .min = 1, .max = (bytes) \
    }
#define PLAIN_FIELD(n, id, text, kind_of) \
    { \
        .number = (n), .name = (id), .label = (text), .type = (kind_of) \
    }
#define PLAIN_FIELD_REQUIRED(n, id, text, kind_of) \
    { \
        .number = (n), .name = (id), .label = (text), .type = (kind_of), .required = true \
    }
#define SET_FIELD(n, id, text, kind_of) \
    { \
        .number = (n), .name = (id), .label = (text), .type = (kind_of), .set = true \
    }
#define INT_FIELD(n, id, text, low, high) \
    { \
        .number = (n), .name = (id), .label = (text), .type = FIELD_INT, .min = (low), \
        .max = (high) \
    }
#define INT_FIELD_REQUIRED(n, id, text, low, high) \
    { \
        .number = (n), .name = (id), .label = (text), .type = FIELD_INT, .required = true, \
        .min = (low), .max = (high) \
    }
#define ENUM_FIELD(n, id, text, names) \
    { \
        .number = (n), .name = (id), .label = (text), .type = FIELD_ENUM, .values = (names) \
    }
