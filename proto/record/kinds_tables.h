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
extern const struct field settings_fields[SETTINGS_FIELDS];
extern const struct field deadline_profile_fields[DEADLINE_PROFILE_FIELDS];
extern const struct field holiday_fields[HOLIDAY_FIELDS];
extern const struct field cycle_fields[CYCLE_FIELDS];
extern const struct field segment_fields[SEGMENT_FIELDS];
extern const struct field consultation_fields[CONSULTATION_FIELDS];
extern const struct field journey_fields[JOURNEY_FIELDS];
extern const struct field improvement_fields[IMPROVEMENT_FIELDS];
extern const struct field comment_fields[COMMENT_FIELDS];
extern const struct field policy_fields[POLICY_FIELDS];
extern const struct field promise_fields[PROMISE_FIELDS];
extern const struct field leadership_fields[LEADERSHIP_FIELDS];
extern const struct field training_fields[TRAINING_FIELDS];
extern const struct field staff_feedback_fields[STAFF_FEEDBACK_FIELDS];
extern const struct field equality_analysis_fields[EQUALITY_ANALYSIS_FIELDS];
extern const struct field privacy_record_fields[PRIVACY_RECORD_FIELDS];
extern const struct field information_fields[INFORMATION_FIELDS];
extern const struct field channel_fields[CHANNEL_FIELDS];
extern const struct field premises_fields[PREMISES_FIELDS];
extern const struct field agreement_fields[AGREEMENT_FIELDS];
extern const struct field community_fields[COMMUNITY_FIELDS];
extern const struct field publication_fields[PUBLICATION_FIELDS];
extern const struct field outcome_fields[OUTCOME_FIELDS];
extern const struct field benchmark_fields[BENCHMARK_FIELDS];
extern const struct field good_practice_fields[GOOD_PRACTICE_FIELDS];
extern const struct field procedure_review_fields[PROCEDURE_REVIEW_FIELDS];
extern const struct field conflict_resolution_fields[CONFLICT_RESOLUTION_FIELDS];
extern const struct field visit_fields[VISIT_FIELDS];
extern const struct field finding_fields[FINDING_FIELDS];
extern const struct field certificate_fields[CERTIFICATE_FIELDS];
extern const struct field competency_fields[COMPETENCY_FIELDS];
extern const struct field competency_summary_fields[COMPETENCY_SUMMARY_FIELDS];
extern const struct field csm_rating_fields[CSM_RATING_FIELDS];
extern const struct field csm_question_fields[CSM_QUESTION_FIELDS];
extern const struct field question_fields[QUESTION_FIELDS];
extern const struct field survey_result_fields[SURVEY_RESULT_FIELDS];
extern const struct enum_value values_topics[];
extern const struct enum_value values_channels[];
extern const struct enum_value values_aspects[];
extern const struct enum_value values_schemes[];
extern const struct enum_value values_roles[];
extern const struct enum_value values_iso_standards[];
extern const struct enum_value values_drivers[];
extern const struct enum_value values_measures[];

#define ORDERED_KINDS(X) \
    X(evidence) \
    X(complaint) \
    X(survey) \
    X(standard) X(measurement) X(segment) X(consultation) X(policy) X(promise) X(training) \
        X(staff_feedback) X(information) X(channel) X(premises) X(agreement) X(publication) \
            X(outcome) X(visit) X(certificate) X(competency_summary) X(survey_result)
#define X(kind) extern const struct field_order kind##_orders[];
ORDERED_KINDS(X)
#undef X

const char *kind_check_assessment(struct kind_view view);
const char *kind_check_agreement(struct kind_view view);
const char *kind_check_complaint(struct kind_view view);
const char *kind_check_competency(struct kind_view view);
const char *kind_check_competency_summary(struct kind_view view);
const char *kind_check_csm_rating(struct kind_view view);
const char *kind_check_survey_result(struct kind_view view);

/* A plain integer field; false when it is absent, erased or something else. */
bool rule_int(struct kind_view view, uint16_t field, int64_t *value_out);
bool rule_absent(struct kind_view view, uint16_t field);

/* Bounds of text, in bytes. */
enum {
    SET_TEXT_BYTES = 96,   /* a member of a set: below MEMBER_BYTES_MAX with its encoding */
    TEXT_CODE_BYTES = 64,  /* an id or code in someone else's system, a language, a gender */
    TEXT_NAME_BYTES = 200, /* a title, a person, a category */
    TEXT_PARAGRAPH_BYTES = 2000,
    TEXT_PAGE_BYTES = 12000, /* what a person wrote in free text; below TEXT_BYTES_MAX */
};

/* One row: text bounds are always written out, and an empty text is no value but nil. */
#define TEXT_FIELD(n, id, text, bytes) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = FIELD_TEXT, .min = 1, \
        .max = (bytes) \
    }
#define TEXT_FIELD_REQUIRED(n, id, text, bytes) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = FIELD_TEXT, .required = true, \
        .min = 1, .max = (bytes) \
    }
#define TEXT_FIELD_PERSONAL(n, id, text, bytes) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = FIELD_TEXT, .personal = true, \
        .min = 1, .max = (bytes) \
    }
#define PLAIN_FIELD(n, id, text, kind_of) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = (kind_of) \
    }
#define PLAIN_FIELD_REQUIRED(n, id, text, kind_of) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = (kind_of), .required = true \
    }
#define SET_FIELD(n, id, text, kind_of) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = (kind_of), .set = true \
    }
#define INT_FIELD(n, id, text, low, high) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = FIELD_INT, .min = (low), \
        .max = (high) \
    }
#define INT_FIELD_REQUIRED(n, id, text, low, high) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = FIELD_INT, .required = true, \
        .min = (low), .max = (high) \
    }
#define ENUM_FIELD(n, id, text, names) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = FIELD_ENUM, .values = (names) \
    }
/* Special-category data of a person who answers: shared only under a condition for it (R23). */
#define SPECIAL_FIELD(n, id, text, bytes) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = FIELD_TEXT, .personal = true, \
        .special = true, .min = 1, .max = (bytes) \
    }
#define SET_OF_TEXT_FIELD(n, id, text, bytes) \
    { \
        .number = (n), .name = (id), .label = N_(text), .type = FIELD_TEXT, .set = true, .min = 1, \
        .max = (bytes) \
    }
#define ENUM_VALUE(n, id, text) \
    { \
        .number = (n), .name = (id), .label = N_(text) \
    }
#define ENUM_END \
    { \
        .number = 0, .name = NULL \
    }
