/* Fields of the records a self-assessment is made of: assessments, evidence, actions, reviews. */
#include "proto/record/kinds_tables.h"

static const struct enum_value bands[] = {
    ENUM_VALUE(1, "NC", "Non-compliant"),  ENUM_VALUE(2, "PC", "Partly compliant"),
    ENUM_VALUE(3, "C", "Compliant"),       ENUM_VALUE(4, "CP", "Better than asked"),
    ENUM_VALUE(5, "NA", "Does not apply"), ENUM_END,
};
static const struct enum_value ranks[] = {
    ENUM_VALUE(RANK_SELF, "self", "The site itself"),
    ENUM_VALUE(RANK_MODERATED, "moderated", "Moderated by the quality team"),
    ENUM_VALUE(RANK_EXTERNAL, "external", "An external assessor"),
    ENUM_END,
};
static const struct enum_value work_states[] = {
    ENUM_VALUE(1, "not-started", "Not started"),
    ENUM_VALUE(2, "in-progress", "In progress"),
    ENUM_VALUE(3, "ready", "Ready"),
    ENUM_VALUE(4, "reviewed", "Reviewed"),
    ENUM_END,
};
static const struct enum_value evidence_types[] = {
    ENUM_VALUE(1, "policy", "Policy"), ENUM_VALUE(2, "report", "Report"),
    ENUM_VALUE(3, "survey", "Survey"), ENUM_VALUE(4, "minutes", "Minutes"),
    ENUM_VALUE(5, "photo", "Photo"),   ENUM_VALUE(6, "email", "E-mail"),
    ENUM_VALUE(7, "data", "Data"),     ENUM_VALUE(8, "web-page", "Web page"),
    ENUM_VALUE(9, "other", "Other"),   ENUM_END,
};
static const struct enum_value marks[] = {
    ENUM_VALUE(1, "public", "Public"),
    ENUM_VALUE(2, "internal", "Internal"),
    ENUM_VALUE(3, "restricted", "Restricted"),
    ENUM_END,
};
static const struct enum_value action_states[] = {
    ENUM_VALUE(ACTION_OPEN, "open", "Open"),
    ENUM_VALUE(ACTION_DONE, "done", "Done"),
    ENUM_VALUE(ACTION_DROPPED, "dropped", "Dropped"),
    ENUM_END,
};
static const struct enum_value action_types[] = {
    ENUM_VALUE(ACTION_CORRECTIVE, "corrective", "Puts something right"),
    ENUM_VALUE(ACTION_PREVENTIVE, "preventive", "Keeps it from happening again"),
    ENUM_VALUE(ACTION_IMPROVEMENT, "improvement", "Makes something better"),
    ENUM_VALUE(ACTION_DELETION, "deletion", "Deletes data that was shared"),
    ENUM_VALUE(ACTION_OTHER, "other", "Other"),
    ENUM_END,
};
static const struct enum_value verdicts[] = {
    ENUM_VALUE(1, "accepted", "Accepted"),
    ENUM_VALUE(2, "more-needed", "More is needed"),
    ENUM_VALUE(3, "question", "Question"),
    ENUM_END,
};

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
    TEXT_FIELD(ASSESSMENT_STANDARD_VERSION, "standard_version", "Version of the standard",
               TEXT_CODE_BYTES),
    PLAIN_FIELD(ASSESSMENT_VISIT, "visit", "Assessment visit", FIELD_REF),
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
    TEXT_FIELD(EVIDENCE_NUMBER, "number", "Evidence number", TEXT_CODE_BYTES),
    TEXT_FIELD(EVIDENCE_NOTES, "notes", "Notes", TEXT_PAGE_BYTES),
    PLAIN_FIELD(EVIDENCE_ACCEPTED_ON, "accepted_on", "Accepted on", FIELD_DATE),
    TEXT_FIELD_PERSONAL(EVIDENCE_ACCEPTED_BY, "accepted_by", "Accepted by", TEXT_NAME_BYTES),
    TEXT_FIELD(EVIDENCE_PERIOD, "period", "Period it was made for", TEXT_CODE_BYTES),
    INT_FIELD(EVIDENCE_COUNTED, "counted", "Cases counted", 0, 1000000000000),
    TEXT_FIELD(EVIDENCE_FORMULA, "formula", "How it was computed", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(EVIDENCE_SOURCE_RANGE, "source_range", "Records it was made from",
               TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(EVIDENCE_SOURCE_HASH, "source_hash", "Hash of what it was made from",
               TEXT_CODE_BYTES),
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
    ENUM_FIELD(ACTION_TYPE, "type", "Type", action_types),
    TEXT_FIELD(ACTION_PRIORITY_REASON, "priority_reason", "Why it has priority",
               TEXT_PARAGRAPH_BYTES),
    SET_FIELD(ACTION_CITES, "cites", "Customer insight it follows from", FIELD_REF),
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
