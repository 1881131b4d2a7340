/* Fields of what customers bring: complaints and comments, and contacts kept apart from them. */
#include "proto/record/kinds_tables.h"

static const struct enum_value natures[] = {
    {NATURE_COMPLAINT, "complaint"}, {NATURE_COMMENT, "comment"}, {0, NULL}};
static const struct enum_value outcomes[] = {
    {OUTCOME_UPHELD, "upheld"},
    {OUTCOME_PARTLY_UPHELD, "partly-upheld"},
    {OUTCOME_NOT_UPHELD, "not-upheld"},
    {OUTCOME_RESOLVED, "resolved"},
    {OUTCOME_WITHDRAWN, "withdrawn"},
    {OUTCOME_OUT_OF_SCOPE, "out-of-scope"},
    {0, NULL},
};
static const struct enum_value states[] = {
    {COMPLAINT_OPEN, "open"}, {COMPLAINT_CLOSED, "closed"}, {0, NULL}};

const struct field complaint_fields[COMPLAINT_FIELDS] = {
    TEXT_FIELD(COMPLAINT_REFERENCE, "reference", "Reference", TEXT_CODE_BYTES),
    ENUM_FIELD(COMPLAINT_NATURE, "nature", "Nature", natures),
    PLAIN_FIELD_REQUIRED(COMPLAINT_RECEIVED_ON, "received_on", "Received on", FIELD_DATE),
    PLAIN_FIELD(COMPLAINT_ACKNOWLEDGED_ON, "acknowledged_on", "Acknowledged on", FIELD_DATE),
    PLAIN_FIELD(COMPLAINT_RESPONDED_ON, "responded_on", "Answered on", FIELD_DATE),
    PLAIN_FIELD(COMPLAINT_CLOSED_ON, "closed_on", "Closed on", FIELD_DATE),
    PLAIN_FIELD(COMPLAINT_ACTIONS_COMPLETED_ON, "actions_completed_on", "Remedy completed on",
                FIELD_DATE),
    PLAIN_FIELD(COMPLAINT_DUE_ON, "due_on", "Answer due on", FIELD_DATE),
    PLAIN_FIELD(COMPLAINT_ANSWERED_IN_TIME, "answered_in_time", "Answered in time", FIELD_BOOL),
    PLAIN_FIELD(COMPLAINT_REFERRED_ON, "referred_on", "Passed on on", FIELD_DATE),
    TEXT_FIELD(COMPLAINT_CHANNEL, "channel", "Channel", TEXT_NAME_BYTES),
    TEXT_FIELD(COMPLAINT_SERVICE, "service", "Service", TEXT_NAME_BYTES),
    TEXT_FIELD(COMPLAINT_CATEGORY, "category", "Category", TEXT_NAME_BYTES),
    TEXT_FIELD(COMPLAINT_SUBCATEGORY, "subcategory", "Sub-category", TEXT_NAME_BYTES),
    TEXT_FIELD(COMPLAINT_ISSUE, "issue", "Issue", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(COMPLAINT_ORGANISATION, "organisation", "Organisation concerned", TEXT_NAME_BYTES),
    TEXT_FIELD(COMPLAINT_AREA, "area", "Area", TEXT_NAME_BYTES),
    ENUM_FIELD(COMPLAINT_OUTCOME, "outcome", "Outcome", outcomes),
    ENUM_FIELD(COMPLAINT_STATUS, "status", "Status", states),
    TEXT_FIELD(COMPLAINT_RESOLUTION, "resolution", "Resolution", TEXT_PARAGRAPH_BYTES),
    INT_FIELD(COMPLAINT_STAGE, "stage", "Stage", 1, 2),
    INT_FIELD(COMPLAINT_SEVERITY, "severity", "Severity", 1, 5),
    INT_FIELD(COMPLAINT_LIKELIHOOD, "likelihood", "Likelihood", 1, 5),
    PLAIN_FIELD(COMPLAINT_AT_RISK, "at_risk", "Person at risk", FIELD_BOOL),
    TEXT_FIELD(COMPLAINT_CONSENT, "consent", "Consent", TEXT_NAME_BYTES),
    PLAIN_FIELD(COMPLAINT_DISPUTED, "disputed", "Answer disputed", FIELD_BOOL),
    TEXT_FIELD(COMPLAINT_ROOT_CAUSE, "root_cause", "Root cause", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(COMPLAINT_LEARNING, "learning", "Learning", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD_PERSONAL(COMPLAINT_NAME, "name", "Complainant", TEXT_NAME_BYTES),
    TEXT_FIELD_PERSONAL(COMPLAINT_CONTACT, "contact", "How to reach them", TEXT_NAME_BYTES),
    TEXT_FIELD_PERSONAL(COMPLAINT_DESCRIPTION, "description", "What happened", TEXT_PAGE_BYTES),
    TEXT_FIELD_PERSONAL(COMPLAINT_HANDLER, "handler", "Handled by", TEXT_NAME_BYTES),
    SET_FIELD(COMPLAINT_FILES, "files", "Files", FIELD_FILE),
    PLAIN_FIELD(COMPLAINT_SITE, "site", "Site", FIELD_SITE),
};

const struct field contact_fields[CONTACT_FIELDS] = {
    TEXT_FIELD(CONTACT_REFERENCE, "reference", "Reference", TEXT_CODE_BYTES),
    PLAIN_FIELD_REQUIRED(CONTACT_OPENED_AT, "opened_at", "Opened at", FIELD_TIME),
    PLAIN_FIELD(CONTACT_DUE_AT, "due_at", "Due at", FIELD_TIME),
    PLAIN_FIELD(CONTACT_CLOSED_AT, "closed_at", "Closed at", FIELD_TIME),
    TEXT_FIELD(CONTACT_CHANNEL, "channel", "Channel", TEXT_NAME_BYTES),
    TEXT_FIELD(CONTACT_SERVICE, "service", "Service", TEXT_NAME_BYTES),
    TEXT_FIELD(CONTACT_CATEGORY, "category", "Category", TEXT_NAME_BYTES),
    TEXT_FIELD(CONTACT_AREA, "area", "Area", TEXT_NAME_BYTES),
    TEXT_FIELD(CONTACT_STATUS, "status", "Status", TEXT_NAME_BYTES),
    PLAIN_FIELD(CONTACT_FIRST_CONTACT_RESOLVED, "first_contact_resolved",
                "Resolved at first contact", FIELD_BOOL),
    PLAIN_FIELD(CONTACT_AVOIDABLE, "avoidable", "Avoidable", FIELD_BOOL),
    INT_FIELD(CONTACT_TRANSFERS, "transfers", "Transfers", 0, 1000),
    TEXT_FIELD(CONTACT_NEXT_STEP, "next_step", "Next step", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(CONTACT_NEXT_STEP_ON, "next_step_on", "Next step on", FIELD_DATE),
    TEXT_FIELD_PERSONAL(CONTACT_NAME, "name", "Customer", TEXT_NAME_BYTES),
    TEXT_FIELD_PERSONAL(CONTACT_DETAILS, "details", "Details", TEXT_PAGE_BYTES),
    PLAIN_FIELD(CONTACT_SITE, "site", "Site", FIELD_SITE),
};
