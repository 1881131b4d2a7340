/* The table of kinds and the look-ups in it. */
#include "proto/record/kinds.h"

#include <string.h>

#include "proto/record/kinds_tables.h"

/* KIND_ROW(NUMBER, field table, name, label, elements it informs, what else) */
#define KIND_ROW(upper, lower, id, text, informs, ...) \
    { \
        .number = KIND_##upper, .name = (id), .label = N_(text), .fields = lower##_fields, \
        .field_count = upper##_FIELDS, .elements = (informs), __VA_ARGS__ \
    }
static const struct kind kinds[] = {
    KIND_ROW(ASSESSMENT, assessment, "assessment", "Assessment", "",
             .check = kind_check_assessment),
    KIND_ROW(EVIDENCE, evidence, "evidence", "Evidence", "", .orders = evidence_orders),
    KIND_ROW(COMPLAINT, complaint, "complaint", "Complaint or comment",
             "2.1.4 2.2.2 3.2.4 3.4.2 4.3.2 4.3.3 4.3.4 4.3.6", .orders = complaint_orders,
             .check = kind_check_complaint),
    KIND_ROW(SURVEY, survey, "survey", "Survey",
             "1.1.1 1.3.1 1.3.2 1.3.3 1.3.4 2.1.4 2.2.2 3.2.2 3.3.3 4.2.2 4.3.6",
             .orders = survey_orders),
    KIND_ROW(RESPONSE, response, "response", "Survey answer",
             "1.1.1 1.3.1 1.3.2 1.3.3 1.3.4 2.1.4 2.2.2 3.2.2 3.3.3 4.2.2 4.3.6", .check = NULL),
    KIND_ROW(STANDARD, standard, "standard", "Service standard",
             "1.3.4 4.1.1 4.1.2 4.1.3 5.1.1 5.1.2", .orders = standard_orders),
    KIND_ROW(MEASUREMENT, measurement, "measurement", "Measurement",
             "4.1.2 4.2.2 4.3.1 5.2.5 5.3.1 5.3.2", .orders = measurement_orders),
    KIND_ROW(ACTION, action, "action", "Action", "2.1.2 4.3.1 5.3.1", .check = NULL),
    KIND_ROW(REVIEW, review, "review", "Review remark", "", .check = NULL),
    KIND_ROW(CONTACT, contact, "contact", "Contact or request",
             "3.2.4 4.2.1 5.2.2 5.2.3 5.2.4 5.2.5", .check = NULL),
    KIND_ROW(AGREEMENT, agreement, "agreement", "Agreement with a partner",
             "2.1.5 3.4.1 3.4.2 5.2.3", .orders = agreement_orders, .check = kind_check_agreement),
    KIND_ROW(COMPETENCY, competency, "competency", "Competency rating by one rater",
             "2.2.1 2.2.2 2.2.3 2.2.5", .local = true, .check = kind_check_competency),
    KIND_ROW(CONFLICT_RESOLUTION, conflict_resolution, "conflict-resolution", "Settled conflict",
             "", .check = NULL),
    KIND_ROW(VISIT, visit, "visit", "Assessment visit or review", "", .orders = visit_orders),
    KIND_ROW(CERTIFICATE, certificate, "certificate", "Certificate", "",
             .orders = certificate_orders),
    KIND_ROW(CSM_RATING, csm_rating, "csm-rating", "Rating of customer satisfaction management", "",
             .check = kind_check_csm_rating),
    KIND_ROW(SEGMENT, segment, "segment", "Customer segment", "1.1.1 1.1.2 1.1.3 2.1.2 3.2.1",
             .orders = segment_orders),
    KIND_ROW(CONSULTATION, consultation, "consultation", "Consultation",
             "1.1.2 1.2.1 1.2.2 1.2.3 4.1.3 4.3.5", .orders = consultation_orders),
    KIND_ROW(JOURNEY, journey, "journey", "Customer journey", "1.1.2 1.3.5", .check = NULL),
    KIND_ROW(IMPROVEMENT, improvement, "improvement", "Improvement made",
             "1.1.3 1.2.2 1.3.2 1.3.5 2.1.6 2.2.4 3.2.3 3.3.2 4.2.3 4.2.4 4.3.4", .check = NULL),
    KIND_ROW(POLICY, policy, "policy", "Policy or strategy",
             "1.2.1 1.2.3 2.1.1 2.1.2 2.1.3 2.2.1 4.3.2", .orders = policy_orders),
    KIND_ROW(PROMISE, promise, "promise", "Customer promise", "2.1.3 4.2.1 5.1.2",
             .orders = promise_orders),
    KIND_ROW(LEADERSHIP, leadership, "leadership", "Leadership activity", "2.1.1 2.2.5",
             .check = NULL),
    KIND_ROW(TRAINING, training, "training", "Training coverage", "2.2.1 4.3.3",
             .orders = training_orders),
    KIND_ROW(STAFF_FEEDBACK, staff_feedback, "staff-feedback", "Staff feedback and recognition",
             "2.1.6 2.2.4 2.2.5", .orders = staff_feedback_orders),
    KIND_ROW(EQUALITY_ANALYSIS, equality_analysis, "equality-analysis", "Equality analysis",
             "1.1.3 2.1.4", .check = NULL),
    KIND_ROW(PRIVACY_RECORD, privacy_record, "privacy-record", "Data-protection record", "2.1.5",
             .check = NULL),
    KIND_ROW(INFORMATION, information, "information", "Information product",
             "3.1.1 3.1.2 3.2.1 3.2.2 3.2.3 3.2.4 3.4.2 5.2.1", .orders = information_orders),
    KIND_ROW(CHANNEL, channel, "channel", "Channel volumes", "3.3.1 3.3.2",
             .orders = channel_orders),
    KIND_ROW(PREMISES, premises, "premises", "Premises inspection", "2.1.5 3.3.1 3.3.3",
             .orders = premises_orders),
    KIND_ROW(COMMUNITY, community, "community", "Community activity", "3.4.3", .check = NULL),
    KIND_ROW(PUBLICATION, publication, "publication", "Publication",
             "1.2.2 1.3.2 3.1.1 4.1.2 4.3.1 4.3.4 5.2.1 5.3.2", .orders = publication_orders),
    KIND_ROW(OUTCOME, outcome, "outcome", "Outcomes of a service", "3.4.1 4.2.2",
             .orders = outcome_orders),
    KIND_ROW(BENCHMARK, benchmark, "benchmark", "Benchmark", "4.2.3 5.3.3", .check = NULL),
    KIND_ROW(GOOD_PRACTICE, good_practice, "good-practice", "Good practice", "4.2.4",
             .check = NULL),
    KIND_ROW(COMMENT, comment, "comment", "Comment or compliment", "2.2.2 4.3.4", .check = NULL),
    KIND_ROW(PROCEDURE_REVIEW, procedure_review, "procedure-review",
             "Review of the complaints procedure", "4.3.5", .check = NULL),
    KIND_ROW(COMPETENCY_SUMMARY, competency_summary, "competency-summary", "Competency of a team",
             "2.2.1 2.2.2 2.2.3 2.2.5", .orders = competency_summary_orders,
             .check = kind_check_competency_summary),
    KIND_ROW(FINDING, finding, "finding", "Finding of an assessor", "", .check = NULL),
    KIND_ROW(SETTINGS, settings, "settings", "Settings of the rules", "", .central = true),
    KIND_ROW(DEADLINE_PROFILE, deadline_profile, "deadline-profile", "Profile of time limits", "",
             .central = true),
    KIND_ROW(HOLIDAY, holiday, "holiday", "Holiday", "", .central = true),
    KIND_ROW(CYCLE, cycle, "cycle", "Assessment cycle", "", .central = true),
    KIND_ROW(QUESTION, question, "question", "Question of a survey", "1.3.3", .check = NULL),
    KIND_ROW(SURVEY_RESULT, survey_result, "survey-result", "Survey result in counts",
             "1.1.1 1.3.1 1.3.2 1.3.3 1.3.4 2.1.4 2.2.2 3.2.2 3.3.3 4.2.2 4.3.6",
             .orders = survey_result_orders, .check = kind_check_survey_result),
    KIND_ROW(CSM_QUESTION, csm_question, "csm-question", "Question of the scored rating", "",
             .central = true),
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
