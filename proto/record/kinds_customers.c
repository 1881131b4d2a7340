/* Fields of what is known of customers and how they are heard: segments, consultations, journeys,
 * improvements, comments. */
#include "proto/record/kinds_tables.h"

static const struct enum_value consultation_method[] = {
    ENUM_VALUE(CONSULTATION_METHOD_SURVEY, "survey", "Survey"),
    ENUM_VALUE(CONSULTATION_METHOD_FOCUS_GROUP, "focus-group", "Focus group"),
    ENUM_VALUE(CONSULTATION_METHOD_PANEL, "panel", "Customer panel"),
    ENUM_VALUE(CONSULTATION_METHOD_MEETING, "meeting", "Public meeting"),
    ENUM_VALUE(CONSULTATION_METHOD_ONLINE, "online", "Online forum"),
    ENUM_VALUE(CONSULTATION_METHOD_INTERVIEW, "interview", "Interviews"),
    ENUM_VALUE(CONSULTATION_METHOD_OTHER, "other", "Other"),
    ENUM_END,
};
static const struct enum_value improvement_source[] = {
    ENUM_VALUE(IMPROVEMENT_SOURCE_SURVEY, "survey", "Satisfaction survey"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_COMPLAINT, "complaint", "Complaint"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_COMMENT, "comment", "Comment or compliment"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_CONSULTATION, "consultation", "Consultation"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_JOURNEY, "journey", "Customer journey"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_STAFF, "staff", "Front-line staff"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_BENCHMARK, "benchmark", "Benchmark"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_GOOD_PRACTICE, "good-practice", "Good practice of others"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_CHANNEL_REVIEW, "channel-review", "Review of channels"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_INFORMATION_REVIEW, "information-review",
               "Review of information"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_EQUALITY, "equality", "Equality analysis"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_SEGMENT, "segment", "Customer insight"),
    ENUM_VALUE(IMPROVEMENT_SOURCE_OTHER, "other", "Other"),
    ENUM_END,
};
static const struct enum_value improvement_status[] = {
    ENUM_VALUE(IMPROVEMENT_STATUS_PLANNED, "planned", "Planned"),
    ENUM_VALUE(IMPROVEMENT_STATUS_IN_PROGRESS, "in-progress", "In progress"),
    ENUM_VALUE(IMPROVEMENT_STATUS_DONE, "done", "Done"),
    ENUM_VALUE(IMPROVEMENT_STATUS_DROPPED, "dropped", "Dropped"),
    ENUM_END,
};
static const struct enum_value comment_nature[] = {
    ENUM_VALUE(COMMENT_NATURE_COMPLIMENT, "compliment", "Compliment"),
    ENUM_VALUE(COMMENT_NATURE_COMMENT, "comment", "Comment"),
    ENUM_VALUE(COMMENT_NATURE_SUGGESTION, "suggestion", "Suggestion"),
    ENUM_END,
};

const struct field segment_fields[SEGMENT_FIELDS] = {
    TEXT_FIELD_REQUIRED(SEGMENT_NAME, "name", "Name", TEXT_NAME_BYTES),
    TEXT_FIELD(SEGMENT_SERVICE, "service", "Service", TEXT_NAME_BYTES),
    TEXT_FIELD(SEGMENT_DESCRIPTION, "description", "Description", TEXT_PARAGRAPH_BYTES),
    INT_FIELD(SEGMENT_CUSTOMERS, "customers", "Customers in the segment", 0, 1000000000000),
    INT_FIELD(SEGMENT_CUSTOMER_BASE, "customer_base", "All customers of the service", 0,
              1000000000000),
    TEXT_FIELD(SEGMENT_NEEDS, "needs", "Needs", TEXT_PARAGRAPH_BYTES),
    TEXT_FIELD(SEGMENT_PREFERRED_CHANNEL, "preferred_channel", "Preferred channel",
               TEXT_NAME_BYTES),
    TEXT_FIELD(SEGMENT_PREFERRED_FORMATS, "preferred_formats", "Preferred formats and languages",
               TEXT_NAME_BYTES),
    TEXT_FIELD(SEGMENT_SOURCE, "source", "Source of the profile", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD_REQUIRED(SEGMENT_PROFILED_ON, "profiled_on", "Profiled on", FIELD_DATE),
    PLAIN_FIELD(SEGMENT_DISADVANTAGED, "disadvantaged", "Disadvantaged group", FIELD_BOOL),
    PLAIN_FIELD(SEGMENT_HARD_TO_REACH, "hard_to_reach", "Hard to reach", FIELD_BOOL),
    PLAIN_FIELD(SEGMENT_SITE, "site", "Site", FIELD_SITE),
};

const struct field consultation_fields[CONSULTATION_FIELDS] = {
    TEXT_FIELD_REQUIRED(CONSULTATION_TITLE, "title", "Title", TEXT_NAME_BYTES),
    ENUM_FIELD(CONSULTATION_METHOD, "method", "Method", consultation_method),
    SET_FIELD(CONSULTATION_SEGMENTS, "segments", "Segments reached", FIELD_REF),
    PLAIN_FIELD_REQUIRED(CONSULTATION_STARTED_ON, "started_on", "Started on", FIELD_DATE),
    PLAIN_FIELD(CONSULTATION_ENDED_ON, "ended_on", "Ended on", FIELD_DATE),
    INT_FIELD(CONSULTATION_INVITED, "invited", "People invited", 0, 1000000000000),
    INT_FIELD(CONSULTATION_ANSWERED, "answered", "People who took part", 0, 1000000000000),
    PLAIN_FIELD(CONSULTATION_REPRESENTATIVE, "representative", "Representative of the group",
                FIELD_BOOL),
    PLAIN_FIELD(CONSULTATION_WITH_CUSTOMERS, "with_customers", "Customers took part", FIELD_BOOL),
    PLAIN_FIELD(CONSULTATION_WITH_COMPLAINANTS, "with_complainants",
                "People who had complained took part", FIELD_BOOL),
    PLAIN_FIELD(CONSULTATION_WITH_PARTNERS, "with_partners", "Partners took part", FIELD_BOOL),
    PLAIN_FIELD(CONSULTATION_WITH_STAFF, "with_staff", "Staff took part", FIELD_BOOL),
    TEXT_FIELD(CONSULTATION_FINDINGS, "findings", "Findings", TEXT_PAGE_BYTES),
    PLAIN_FIELD(CONSULTATION_FEEDBACK_ON, "feedback_on", "Results fed back on", FIELD_DATE),
    PLAIN_FIELD(CONSULTATION_REVIEWED_ON, "reviewed_on", "Method reviewed on", FIELD_DATE),
    PLAIN_FIELD(CONSULTATION_PUBLICATION, "publication", "Publication of the results", FIELD_REF),
    PLAIN_FIELD(CONSULTATION_SITE, "site", "Site", FIELD_SITE),
};

const struct field journey_fields[JOURNEY_FIELDS] = {
    TEXT_FIELD_REQUIRED(JOURNEY_TITLE, "title", "Title", TEXT_NAME_BYTES),
    PLAIN_FIELD(JOURNEY_SEGMENT, "segment", "Segment", FIELD_REF),
    PLAIN_FIELD_REQUIRED(JOURNEY_MAPPED_ON, "mapped_on", "Mapped on", FIELD_DATE),
    TEXT_FIELD(JOURNEY_STEPS, "steps", "Steps, in their order", TEXT_PAGE_BYTES),
    INT_FIELD(JOURNEY_MOMENTS_OF_TRUTH, "moments_of_truth", "Moments of truth", 0, 1000),
    TEXT_FIELD(JOURNEY_PAIN_POINTS, "pain_points", "Pain points", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(JOURNEY_IMPROVEMENT, "improvement", "Improvement that followed", FIELD_REF),
    PLAIN_FIELD(JOURNEY_SITE, "site", "Site", FIELD_SITE),
};

const struct field improvement_fields[IMPROVEMENT_FIELDS] = {
    TEXT_FIELD_REQUIRED(IMPROVEMENT_TITLE, "title", "Title", TEXT_NAME_BYTES),
    ENUM_FIELD(IMPROVEMENT_SOURCE, "source", "What led to it", improvement_source),
    SET_FIELD(IMPROVEMENT_SOURCE_RECORDS, "source_records", "Records that led to it", FIELD_REF),
    PLAIN_FIELD(IMPROVEMENT_SEGMENT, "segment", "Segment it serves", FIELD_REF),
    ENUM_FIELD(IMPROVEMENT_STATUS, "status", "Status", improvement_status),
    PLAIN_FIELD(IMPROVEMENT_STARTED_ON, "started_on", "Started on", FIELD_DATE),
    PLAIN_FIELD(IMPROVEMENT_MADE_ON, "made_on", "Made on", FIELD_DATE),
    TEXT_FIELD(IMPROVEMENT_RESULT, "result", "Result for customers", TEXT_PARAGRAPH_BYTES),
    SET_FIELD(IMPROVEMENT_ELEMENTS, "elements", "Elements", FIELD_ELEMENT),
    TEXT_FIELD_PERSONAL(IMPROVEMENT_OWNER, "owner", "Owner", TEXT_NAME_BYTES),
    PLAIN_FIELD(IMPROVEMENT_SITE, "site", "Site", FIELD_SITE),
};

const struct field comment_fields[COMMENT_FIELDS] = {
    ENUM_FIELD(COMMENT_NATURE, "nature", "Nature", comment_nature),
    PLAIN_FIELD_REQUIRED(COMMENT_RECEIVED_ON, "received_on", "Received on", FIELD_DATE),
    TEXT_FIELD(COMMENT_CHANNEL, "channel", "Channel", TEXT_NAME_BYTES),
    TEXT_FIELD(COMMENT_SERVICE, "service", "Service", TEXT_NAME_BYTES),
    ENUM_FIELD(COMMENT_TOPIC, "topic", "About", values_topics),
    TEXT_FIELD(COMMENT_CATEGORY, "category", "Category", TEXT_NAME_BYTES),
    TEXT_FIELD_PERSONAL(COMMENT_TEXT, "text", "What was said", TEXT_PAGE_BYTES),
    TEXT_FIELD_PERSONAL(COMMENT_NAME, "name", "From", TEXT_NAME_BYTES),
    TEXT_FIELD_PERSONAL(COMMENT_CONTACT, "contact", "How to reach them", TEXT_NAME_BYTES),
    PLAIN_FIELD(COMMENT_ANSWERED_ON, "answered_on", "Answered on", FIELD_DATE),
    TEXT_FIELD(COMMENT_LEARNING, "learning", "Learning", TEXT_PARAGRAPH_BYTES),
    PLAIN_FIELD(COMMENT_SITE, "site", "Site", FIELD_SITE),
};
