/* Fields of the records a self-assessment is made of: assessments, evidence, actions, reviews. */
#include "proto/record/kinds_tables.h"

static const struct enum_value bands[] = {{1, "NC"}, {2, "PC"}, {3, "C"},
                                          {4, "CP"}, {5, "NA"}, {0, NULL}};
static const struct enum_value ranks[] = {
    {RANK_SELF, "self"}, {RANK_MODERATED, "moderated"}, {RANK_EXTERNAL, "external"}, {0, NULL}};
static const struct enum_value work_states[] = {
    {1, "not-started"}, {2, "in-progress"}, {3, "ready"}, {4, "reviewed"}, {0, NULL}};
static const struct enum_value evidence_types[] = {
    {1, "policy"}, {2, "report"}, {3, "survey"},   {4, "minutes"}, {5, "photo"},
    {6, "email"},  {7, "data"},   {8, "web-page"}, {9, "other"},   {0, NULL}};
static const struct enum_value marks[] = {
    {1, "public"}, {2, "internal"}, {3, "restricted"}, {0, NULL}};
static const struct enum_value action_states[] = {
    {ACTION_OPEN, "open"}, {ACTION_DONE, "done"}, {ACTION_DROPPED, "dropped"}, {0, NULL}};
static const struct enum_value verdicts[] = {
    {1, "accepted"}, {2, "more-needed"}, {3, "question"}, {0, NULL}};

const struct field assessment_fields[ASSESSMENT_FIELDS] = {
    PLAIN_FIELD_REQUIRED(ASSESSMENT_ELEMENT, "element", "Element", FIELD_ELEMENT),
    {.number = ASSESSMENT_BAND,
     .name = "band",
     .label = "Band",
     .type = FIELD_ENUM,
     .required = true,
     .values = bands},
    ENUM_FIELD(ASSESSMENT_RANK, "rank", "Who assessed", ranks),
    PLAIN_FIELD_REQUIRED(ASSESSMENT_ASSESSED_ON, "assessed_on", "Assessed on", FIELD_DATE),
    TEXT_FIELD(ASSESSMENT_REASON, "reason", "Reason", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(ASSESSMENT_STRENGTHS, "strengths", "Strengths", TEXT_PAGE_BYTES),
    TEXT_FIELD(ASSESSMENT_GAPS, "gaps", "Gaps", TEXT_PAGE_BYTES),
    TEXT_FIELD(ASSESSMENT_NOTES, "notes", "Notes", TEXT_PAGE_BYTES),
    INT_FIELD(ASSESSMENT_WEIGHT, "weight", "Customers served", 1, 1000000000000),
    TEXT_FIELD_PERSONAL(ASSESSMENT_ASSESSOR, "assessor", "Assessor", TEXT_NAME_BYTES),
    ENUM_FIELD(ASSESSMENT_WORK_STATUS, "work_status", "State of the work", work_states),
    TEXT_FIELD_PERSONAL(ASSESSMENT_ASSIGNEE, "assignee", "Assigned to", TEXT_NAME_BYTES),
    PLAIN_FIELD(ASSESSMENT_SITE, "site", "Site", FIELD_SITE),
};

const struct field evidence_fields[EVIDENCE_FIELDS] = {
    TEXT_FIELD_REQUIRED(EVIDENCE_TITLE, "title", "Title", TEXT_NAME_BYTES),
    ENUM_FIELD(EVIDENCE_TYPE, "type", "Type", evidence_types),
    SET_FIELD(EVIDENCE_ELEMENTS, "elements", "Elements", FIELD_ELEMENT),
    PLAIN_FIELD(EVIDENCE_DATE, "date", "Date of the evidence", FIELD_DATE),
    PLAIN_FIELD(EVIDENCE_PERIOD_FROM, "period_from", "Covers from", FIELD_DATE),
    PLAIN_FIELD(EVIDENCE_PERIOD_TO, "period_to", "Covers to", FIELD_DATE),
    PLAIN_FIELD(EVIDENCE_REVIEW_BY, "review_by", "Review by", FIELD_DATE),
    TEXT_FIELD(EVIDENCE_PROVES, "proves", "What it proves", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(EVIDENCE_REFERENCE, "reference", "Where it is kept", TEXT_PARAGRAPH_BYTES),
    SET_FIELD(EVIDENCE_FILES, "files", "Files", FIELD_FILE),
    SET_FIELD(EVIDENCE_STRONGEST_FOR, "strongest_for", "Strongest evidence for", FIELD_ELEMENT),
    TEXT_FIELD(EVIDENCE_GROUPS, "groups", "Customer groups", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(EVIDENCE_SERVICES, "services", "Services", TEXT_PARAGRAPH_BYTES),
    ENUM_FIELD(EVIDENCE_CONFIDENTIALITY, "confidentiality", "Confidentiality", marks),
    TEXT_FIELD_PERSONAL(EVIDENCE_OWNER, "owner", "Owner", TEXT_NAME_BYTES),
    PLAIN_FIELD(EVIDENCE_GENERATED, "generated", "Made by this program", FIELD_BOOL),
    PLAIN_FIELD(EVIDENCE_SITE, "site", "Site", FIELD_SITE),
};

const struct field action_fields[ACTION_FIELDS] = {
    TEXT_FIELD_REQUIRED(ACTION_TITLE, "title", "Action", TEXT_NAME_BYTES),
    SET_FIELD(ACTION_ELEMENTS, "elements", "Elements", FIELD_ELEMENT),
    TEXT_FIELD_PERSONAL(ACTION_OWNER, "owner", "Owner", TEXT_NAME_BYTES),
    PLAIN_FIELD_REQUIRED(ACTION_DUE_ON, "due_on", "Due on", FIELD_DATE),
    PLAIN_FIELD(ACTION_DONE_ON, "done_on", "Done on", FIELD_DATE),
    ENUM_FIELD(ACTION_STATUS, "status", "Status", action_states),
    TEXT_FIELD(ACTION_REASON, "reason", "Reason", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(ACTION_ABOUT, "about", "About the record", FIELD_REF),
    PLAIN_FIELD(ACTION_SITE, "site", "Site", FIELD_SITE),
};

const struct field review_fields[REVIEW_FIELDS] = {
    PLAIN_FIELD(REVIEW_ABOUT, "about", "About the record", FIELD_REF),
    PLAIN_FIELD(REVIEW_ELEMENT, "element", "Element", FIELD_ELEMENT),
    TEXT_FIELD_REQUIRED(REVIEW_TEXT, "text", "Remark", TEXT_PAGE_BYTES),
    ENUM_FIELD(REVIEW_VERDICT, "verdict", "Verdict", verdicts),
    PLAIN_FIELD(REVIEW_DUE_ON, "due_on", "Answer by", FIELD_DATE),
    TEXT_FIELD_PERSONAL(REVIEW_REVIEWER, "reviewer", "Reviewer", TEXT_NAME_BYTES),
    PLAIN_FIELD(REVIEW_SITE, "site", "Site", FIELD_SITE),
};
