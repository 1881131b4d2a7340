/* Fields of one record that must stand in an order: dates, and parts of a whole. */
#include "proto/record/kinds_tables.h"

const struct field_order evidence_orders[] = {
    {EVIDENCE_PERIOD_FROM, EVIDENCE_PERIOD_TO, N_("period_to is before period_from")},
    {0, 0, NULL},
};

const struct field_order complaint_orders[] = {
    {COMPLAINT_RECEIVED_ON, COMPLAINT_ACKNOWLEDGED_ON, N_("acknowledged_on is before received_on")},
    {COMPLAINT_RECEIVED_ON, COMPLAINT_RESPONDED_ON, N_("responded_on is before received_on")},
    {COMPLAINT_RECEIVED_ON, COMPLAINT_CLOSED_ON, N_("closed_on is before received_on")},
    {COMPLAINT_RECEIVED_ON, COMPLAINT_ASSESSED_ON, N_("assessed_on is before received_on")},
    {COMPLAINT_RECEIVED_ON, COMPLAINT_INVESTIGATED_ON, N_("investigated_on is before received_on")},
    {COMPLAINT_RECEIVED_ON, COMPLAINT_ESCALATED_ON, N_("escalated_on is before received_on")},
    {COMPLAINT_ESCALATED_ON, COMPLAINT_STAGE2_ACKNOWLEDGED_ON,
     N_("stage2_acknowledged_on is before escalated_on")},
    {COMPLAINT_ESCALATED_ON, COMPLAINT_STAGE2_RESPONDED_ON,
     N_("stage2_responded_on is before escalated_on")},
    {COMPLAINT_EXTERNAL_REFERRED_ON, COMPLAINT_EXTERNAL_CLOSED_ON,
     N_("external_closed_on is before external_referred_on")},
    {COMPLAINT_CORRECTED_ON, COMPLAINT_CORRECTION_VERIFIED_ON,
     N_("correction_verified_on is before corrected_on")},
    {0, 0, NULL},
};

const struct field_order survey_orders[] = {
    {SURVEY_STARTED_ON, SURVEY_ENDED_ON, N_("ended_on is before started_on")},
    {0, 0, NULL},
};

const struct field_order standard_orders[] = {
    {STANDARD_STARTS_ON, STANDARD_ENDS_ON, N_("ends_on is before starts_on")},
    {0, 0, NULL},
};

const struct field_order measurement_orders[] = {
    {MEASUREMENT_PERIOD_FROM, MEASUREMENT_PERIOD_TO, N_("period_to is before period_from")},
    {MEASUREMENT_WITHIN, MEASUREMENT_TOTAL, N_("within is greater than total")},
    {0, 0, NULL},
};

const struct field_order segment_orders[] = {
    {SEGMENT_CUSTOMERS, SEGMENT_CUSTOMER_BASE, N_("customers is greater than customer_base")},
    {0, 0, NULL},
};

const struct field_order consultation_orders[] = {
    {CONSULTATION_STARTED_ON, CONSULTATION_ENDED_ON, N_("ended_on is before started_on")},
    {CONSULTATION_ANSWERED, CONSULTATION_INVITED, N_("answered is greater than invited")},
    {0, 0, NULL},
};

const struct field_order policy_orders[] = {
    {POLICY_ADOPTED_ON, POLICY_ENDS_ON, N_("ends_on is before adopted_on")},
    {0, 0, NULL},
};

const struct field_order promise_orders[] = {
    {PROMISE_STARTS_ON, PROMISE_ENDS_ON, N_("ends_on is before starts_on")},
    {0, 0, NULL},
};

const struct field_order training_orders[] = {
    {TRAINING_TRAINED, TRAINING_STAFF, N_("trained is greater than staff")},
    {0, 0, NULL},
};

const struct field_order staff_feedback_orders[] = {
    {STAFF_FEEDBACK_IMPLEMENTED, STAFF_FEEDBACK_RECEIVED,
     N_("implemented is greater than received")},
    {STAFF_FEEDBACK_EMPOWERED, STAFF_FEEDBACK_EMPOWERED_OF,
     N_("empowered is greater than empowered_of")},
    {STAFF_FEEDBACK_VALUED, STAFF_FEEDBACK_VALUED_OF, N_("valued is greater than valued_of")},
    {0, 0, NULL},
};

const struct field_order information_orders[] = {
    {INFORMATION_ACCURATE, INFORMATION_AUDITED, N_("accurate is greater than audited")},
    {0, 0, NULL},
};

const struct field_order channel_orders[] = {
    {CHANNEL_PERIOD_FROM, CHANNEL_PERIOD_TO, N_("period_to is before period_from")},
    {CHANNEL_SATISFIED, CHANNEL_SATISFIED_OF, N_("satisfied is greater than satisfied_of")},
    {0, 0, NULL},
};

const struct field_order premises_orders[] = {
    {PREMISES_PASSED, PREMISES_CHECKS, N_("passed is greater than checks")},
    {0, 0, NULL},
};

const struct field_order agreement_orders[] = {
    {AGREEMENT_STARTS_ON, AGREEMENT_EXPIRES_ON, N_("expires_on is before starts_on")},
    {0, 0, NULL},
};

const struct field_order publication_orders[] = {
    {PUBLICATION_PERIOD_FROM, PUBLICATION_PERIOD_TO, N_("period_to is before period_from")},
    {0, 0, NULL},
};

const struct field_order outcome_orders[] = {
    {OUTCOME_PERIOD_FROM, OUTCOME_PERIOD_TO, N_("period_to is before period_from")},
    {OUTCOME_AS_PROMISED, OUTCOME_CASES, N_("as_promised is greater than cases")},
    {OUTCOME_POSITIVE, OUTCOME_CASES, N_("positive is greater than cases")},
    {0, 0, NULL},
};

const struct field_order visit_orders[] = {
    {VISIT_STARTED_ON, VISIT_ENDED_ON, N_("ended_on is before started_on")},
    {0, 0, NULL},
};

const struct field_order certificate_orders[] = {
    {CERTIFICATE_CERTIFIED_ON, CERTIFICATE_EXPIRES_ON, N_("expires_on is before certified_on")},
    {0, 0, NULL},
};

const struct field_order competency_summary_orders[] = {
    {COMPETENCY_SUMMARY_PEOPLE, COMPETENCY_SUMMARY_STAFF, N_("people is greater than staff")},
    {COMPETENCY_SUMMARY_AT_TARGET, COMPETENCY_SUMMARY_PEOPLE,
     N_("at_target is greater than people")},
    {0, 0, NULL},
};

const struct field_order survey_result_orders[] = {
    {SURVEY_RESULT_PERIOD_FROM, SURVEY_RESULT_PERIOD_TO, N_("period_to is before period_from")},
    {0, 0, NULL},
};
