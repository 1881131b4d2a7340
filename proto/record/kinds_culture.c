/* Fields of what leaders and staff do: policies, promises, leadership, training, feedback,
 * equality, privacy. */
#include "proto/record/kinds_tables.h"

static const struct enum_value policy_type[] = {
    ENUM_VALUE(POLICY_TYPE_ENGAGEMENT, "engagement", "Engaging customers"),
    ENUM_VALUE(POLICY_TYPE_COMPLAINTS, "complaints", "Complaints procedure"),
    ENUM_VALUE(POLICY_TYPE_CUSTOMER_SERVICE, "customer-service", "Customer service"),
    ENUM_VALUE(POLICY_TYPE_PRIVACY, "privacy", "Privacy"),
    ENUM_VALUE(POLICY_TYPE_STAFF, "staff", "Recruitment and training"),
    ENUM_VALUE(POLICY_TYPE_VISION, "vision", "Vision and values"),
    ENUM_VALUE(POLICY_TYPE_STRATEGY, "strategy", "Strategy or plan"),
    ENUM_VALUE(POLICY_TYPE_OTHER, "other", "Other"),
    ENUM_END,
};
static const struct enum_value leadership_type[] = {
    ENUM_VALUE(LEADERSHIP_TYPE_FRONT_LINE, "front-line", "Visit to the front line"),
    ENUM_VALUE(LEADERSHIP_TYPE_CUSTOMERS, "customers", "Meeting with customers"),
    ENUM_VALUE(LEADERSHIP_TYPE_BRIEFING, "briefing", "Briefing of staff"),
    ENUM_VALUE(LEADERSHIP_TYPE_RECOGNITION, "recognition", "Recognition of staff"),
    ENUM_VALUE(LEADERSHIP_TYPE_BOARD, "board", "Board review of customer matters"),
    ENUM_VALUE(LEADERSHIP_TYPE_OTHER, "other", "Other"),
    ENUM_END,
};
static const struct enum_value training_type[] = {
    ENUM_VALUE(TRAINING_TYPE_CUSTOMER_CARE, "customer-care", "Customer care"),
    ENUM_VALUE(TRAINING_TYPE_COMPLAINT_HANDLING, "complaint-handling", "Complaint handling"),
    ENUM_VALUE(TRAINING_TYPE_DATA_PROTECTION, "data-protection", "Data protection"),
    ENUM_VALUE(TRAINING_TYPE_EQUALITY, "equality", "Equality"),
    ENUM_VALUE(TRAINING_TYPE_OTHER, "other", "Other"),
    ENUM_END,
};
static const struct enum_value staff_feedback_type[] = {
    ENUM_VALUE(STAFF_FEEDBACK_TYPE_SUGGESTION, "suggestion", "Suggestions"),
    ENUM_VALUE(STAFF_FEEDBACK_TYPE_RECOGNITION, "recognition", "Recognition or award"),
    ENUM_VALUE(STAFF_FEEDBACK_TYPE_SURVEY, "survey", "Staff survey"),
    ENUM_VALUE(STAFF_FEEDBACK_TYPE_PLANNING, "planning", "Staff took part in planning"),
    ENUM_VALUE(STAFF_FEEDBACK_TYPE_OTHER, "other", "Other"),
    ENUM_END,
};
static const struct enum_value privacy_type[] = {
    ENUM_VALUE(PRIVACY_TYPE_NOTICE, "notice", "Privacy notice"),
    ENUM_VALUE(PRIVACY_TYPE_BREACH, "breach", "Breach"),
    ENUM_VALUE(PRIVACY_TYPE_ACCESS_REQUEST, "access-request", "Access request"),
    ENUM_VALUE(PRIVACY_TYPE_ERASURE_REQUEST, "erasure-request", "Erasure request"),
    ENUM_VALUE(PRIVACY_TYPE_COMPLAINT, "complaint", "Data-protection complaint"),
    ENUM_VALUE(PRIVACY_TYPE_PROCESSING, "processing", "Record of processing"),
    ENUM_VALUE(PRIVACY_TYPE_IMPACT, "impact", "Impact assessment"),
    ENUM_VALUE(PRIVACY_TYPE_OTHER, "other", "Other"),
    ENUM_END,
};

const struct field policy_fields[POLICY_FIELDS] = {
    TEXT_FIELD_REQUIRED(POLICY_TITLE, "title", "Title", TEXT_NAME_BYTES),
    {.number = POLICY_TYPE,
     .name = "type",
     .label = N_("Type"),
     .type = FIELD_ENUM,
     .required = true,
     .values = policy_type},
    TEXT_FIELD(POLICY_VERSION, "version", "Version", TEXT_CODE_BYTES),
    PLAIN_FIELD_REQUIRED(POLICY_ADOPTED_ON, "adopted_on", "Adopted on", FIELD_DATE),
    PLAIN_FIELD(POLICY_REVIEWED_ON, "reviewed_on", "Last reviewed on", FIELD_DATE),
    PLAIN_FIELD(POLICY_REVIEW_BY, "review_by", "Review by", FIELD_DATE),
    PLAIN_FIELD(POLICY_ENDS_ON, "ends_on", "In force until", FIELD_DATE),
    PLAIN_FIELD(POLICY_SIGNED_BY_LEADER, "signed_by_leader", "Signed by a leader", FIELD_BOOL),
    TEXT_FIELD_PERSONAL(POLICY_SIGNED_BY, "signed_by", "Signed by", TEXT_NAME_BYTES),
    SET_FIELD(POLICY_CITES, "cites", "Customer insight it cites", FIELD_REF),
    PLAIN_FIELD(POLICY_JOB_PROFILES, "job_profiles", "Competency model stands in job profiles",
                FIELD_BOOL),
    PLAIN_FIELD(POLICY_PUBLICATION, "publication", "Publication", FIELD_REF),
    SET_FIELD(POLICY_FILES, "files", "Files", FIELD_FILE),
    PLAIN_FIELD(POLICY_SITE, "site", "Site", FIELD_SITE),
};

const struct field promise_fields[PROMISE_FIELDS] = {
    TEXT_FIELD_REQUIRED(PROMISE_TEXT, "text", "Promise", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(PROMISE_SERVICE, "service", "Service", TEXT_NAME_BYTES),
    TEXT_FIELD(PROMISE_MADE_TO, "made_to", "Made to", TEXT_NAME_BYTES),
    TEXT_FIELD(PROMISE_LIMITS, "limits", "Limits and conditions", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD_REQUIRED(PROMISE_STARTS_ON, "starts_on", "In force from", FIELD_DATE),
    PLAIN_FIELD(PROMISE_REVIEW_BY, "review_by", "Review by", FIELD_DATE),
    PLAIN_FIELD(PROMISE_ENDS_ON, "ends_on", "In force until", FIELD_DATE),
    ENUM_FIELD(PROMISE_ASPECT, "aspect", "Quality aspect", values_aspects),
    PLAIN_FIELD(PROMISE_STANDARD, "standard", "Standard that measures it", FIELD_REF),
    INT_FIELD(PROMISE_TARGET_PERCENT, "target_percent", "Target, in per cent", 0, 100),
    TEXT_FIELD(PROMISE_REDRESS, "redress", "Redress when it is broken", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(PROMISE_CONTACT, "contact", "Where to turn", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(PROMISE_PUBLISHED_ON, "published_on", "Published on", FIELD_DATE),
    TEXT_FIELD(PROMISE_PUBLISHED_WHERE, "published_where", "Published where", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD_PERSONAL(PROMISE_APPROVED_BY, "approved_by", "Approved by", TEXT_NAME_BYTES),
    PLAIN_FIELD(PROMISE_SITE, "site", "Site", FIELD_SITE),
};

const struct field leadership_fields[LEADERSHIP_FIELDS] = {
    TEXT_FIELD_REQUIRED(LEADERSHIP_TITLE, "title", "Title", TEXT_NAME_BYTES),
    ENUM_FIELD(LEADERSHIP_TYPE, "type", "Type", leadership_type),
    PLAIN_FIELD_REQUIRED(LEADERSHIP_HELD_ON, "held_on", "Held on", FIELD_DATE),
    TEXT_FIELD_PERSONAL(LEADERSHIP_LEADER, "leader", "Leader", TEXT_NAME_BYTES),
    INT_FIELD(LEADERSHIP_PEOPLE, "people", "People reached", 0, 1000000000),
    TEXT_FIELD(LEADERSHIP_RESULT, "result", "Result", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(LEADERSHIP_SITE, "site", "Site", FIELD_SITE),
};

const struct field training_fields[TRAINING_FIELDS] = {
    TEXT_FIELD_REQUIRED(TRAINING_TITLE, "title", "Title", TEXT_NAME_BYTES),
    {.number = TRAINING_TYPE,
     .name = "type",
     .label = N_("Type"),
     .type = FIELD_ENUM,
     .required = true,
     .values = training_type},
    PLAIN_FIELD_REQUIRED(TRAINING_HELD_ON, "held_on", "As of", FIELD_DATE),
    INT_FIELD_REQUIRED(TRAINING_STAFF, "staff", "Staff who should have it", 0, 1000000000),
    INT_FIELD_REQUIRED(TRAINING_TRAINED, "trained", "Staff who have it", 0, 1000000000),
    PLAIN_FIELD(TRAINING_SITE, "site", "Site", FIELD_SITE),
};

const struct field staff_feedback_fields[STAFF_FEEDBACK_FIELDS] = {
    {.number = STAFF_FEEDBACK_TYPE,
     .name = "type",
     .label = N_("Type"),
     .type = FIELD_ENUM,
     .required = true,
     .values = staff_feedback_type},
    PLAIN_FIELD_REQUIRED(STAFF_FEEDBACK_HELD_ON, "held_on", "Date", FIELD_DATE),
    INT_FIELD(STAFF_FEEDBACK_RECEIVED, "received", "Suggestions or awards", 0, 1000000000),
    INT_FIELD(STAFF_FEEDBACK_IMPLEMENTED, "implemented", "Suggestions implemented", 0, 1000000000),
    INT_FIELD(STAFF_FEEDBACK_EMPOWERED, "empowered", "Feel empowered to serve customers", 0,
              1000000000),
    INT_FIELD(STAFF_FEEDBACK_EMPOWERED_OF, "empowered_of", "Answered whether they feel empowered",
              0, 1000000000),
    INT_FIELD(STAFF_FEEDBACK_VALUED, "valued", "Feel their contribution is valued", 0, 1000000000),
    INT_FIELD(STAFF_FEEDBACK_VALUED_OF, "valued_of", "Answered whether they feel valued", 0,
              1000000000),
    TEXT_FIELD(STAFF_FEEDBACK_SUMMARY, "summary", "Summary", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(STAFF_FEEDBACK_SITE, "site", "Site", FIELD_SITE),
};

const struct field equality_analysis_fields[EQUALITY_ANALYSIS_FIELDS] = {
    TEXT_FIELD_REQUIRED(EQUALITY_ANALYSIS_TITLE, "title", "Title", TEXT_NAME_BYTES),
    TEXT_FIELD(EQUALITY_ANALYSIS_SERVICE, "service", "Service", TEXT_NAME_BYTES),
    PLAIN_FIELD_REQUIRED(EQUALITY_ANALYSIS_DONE_ON, "done_on", "Done on", FIELD_DATE),
    PLAIN_FIELD(EQUALITY_ANALYSIS_REVIEW_BY, "review_by", "Review by", FIELD_DATE),
    TEXT_FIELD(EQUALITY_ANALYSIS_GROUPS, "groups", "Groups considered", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(EQUALITY_ANALYSIS_FINDINGS, "findings", "Findings", TEXT_PAGE_BYTES),
    TEXT_FIELD(EQUALITY_ANALYSIS_CHANGES, "changes", "Changes made", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(EQUALITY_ANALYSIS_SITE, "site", "Site", FIELD_SITE),
};

const struct field privacy_record_fields[PRIVACY_RECORD_FIELDS] = {
    {.number = PRIVACY_RECORD_TYPE,
     .name = "type",
     .label = N_("Type"),
     .type = FIELD_ENUM,
     .required = true,
     .values = privacy_type},
    TEXT_FIELD_REQUIRED(PRIVACY_RECORD_TITLE, "title", "Title", TEXT_NAME_BYTES),
    PLAIN_FIELD_REQUIRED(PRIVACY_RECORD_RECEIVED_ON, "received_on", "Date or day received",
                         FIELD_DATE),
    PLAIN_FIELD(PRIVACY_RECORD_REVIEW_BY, "review_by", "Review by", FIELD_DATE),
    PLAIN_FIELD(PRIVACY_RECORD_EXTENDED, "extended", "Extended, with the person told why",
                FIELD_BOOL),
    PLAIN_FIELD(PRIVACY_RECORD_ANSWERED_ON, "answered_on", "Answered on", FIELD_DATE),
    PLAIN_FIELD(PRIVACY_RECORD_REPORTED_ON, "reported_on",
                "Reported to the supervisory authority on", FIELD_DATE),
    TEXT_FIELD(PRIVACY_RECORD_OUTCOME, "outcome", "Outcome", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD_PERSONAL(PRIVACY_RECORD_PERSON, "person", "Person concerned", TEXT_NAME_BYTES),
    TEXT_FIELD_PERSONAL(PRIVACY_RECORD_DETAILS, "details", "Details", TEXT_PAGE_BYTES),
    PLAIN_FIELD(PRIVACY_RECORD_SITE, "site", "Site", FIELD_SITE),
};
