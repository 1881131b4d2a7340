#pragma once

#include "proto/base/err.h"
#include "proto/base/msgid.h"
#include "proto/record/mp.h"

/* The kinds table: what a record may hold. Adding a kind is a row here, its texts and its test
 * (proto/record/kinds_*.c). Numbers of kinds, fields and enum values are on disk and on the wire:
 * never changed, never used again. */

enum kind_number {
    KIND_ASSESSMENT = 1,
    KIND_EVIDENCE = 2,
    KIND_COMPLAINT = 3,
    KIND_SURVEY = 4,
    KIND_RESPONSE = 5,
    KIND_STANDARD = 6,
    KIND_MEASUREMENT = 7,
    KIND_ACTION = 8,
    KIND_REVIEW = 9,
    KIND_CONTACT = 10,
    KIND_AGREEMENT = 11,
    KIND_COMPETENCY = 12,
    KIND_CONFLICT_RESOLUTION = 13,
    KIND_VISIT = 14,
    KIND_CERTIFICATE = 15,
    KIND_CSM_RATING = 16,
    KIND_SEGMENT = 17,
    KIND_CONSULTATION = 18,
    KIND_JOURNEY = 19,
    KIND_IMPROVEMENT = 20,
    KIND_POLICY = 21,
    KIND_PROMISE = 22,
    KIND_LEADERSHIP = 23,
    KIND_TRAINING = 24,
    KIND_STAFF_FEEDBACK = 25,
    KIND_EQUALITY_ANALYSIS = 26,
    KIND_PRIVACY_RECORD = 27,
    KIND_INFORMATION = 28,
    KIND_CHANNEL = 29,
    KIND_PREMISES = 30,
    KIND_COMMUNITY = 31,
    KIND_PUBLICATION = 32,
    KIND_OUTCOME = 33,
    KIND_BENCHMARK = 34,
    KIND_GOOD_PRACTICE = 35,
    KIND_COMMENT = 36,
    KIND_PROCEDURE_REVIEW = 37,
    KIND_COMPETENCY_SUMMARY = 38,
    KIND_FINDING = 39,
    KIND_SETTINGS = 40,
    KIND_DEADLINE_PROFILE = 41,
    KIND_HOLIDAY = 42,
    KIND_CYCLE = 43,
    KIND_QUESTION = 44,
    KIND_SURVEY_RESULT = 45,
    KIND_CSM_QUESTION = 46,
};

enum field_type {
    FIELD_TEXT, /* UTF-8 string; min..max bytes */
    FIELD_INT,  /* min..max */
    FIELD_BOOL,
    FIELD_DATE,    /* civil day (proto/base/civil.h) as integer */
    FIELD_TIME,    /* civil seconds as integer */
    FIELD_ENUM,    /* number of one of `values` */
    FIELD_ELEMENT, /* 1..57, the element's place in the standard; text form "4.3.2" */
    FIELD_REF,     /* bin16 record id */
    FIELD_SITE,   /* site id as integer; text form is the site's short name, resolved by the caller,
                     or 16 hex digits */
    FIELD_FILE,   /* bin32 content hash; as a set member its value is [name, media type, size in
                     bytes] */
    FIELD_COUNTS, /* array of 1..COUNTS_MAX non-negative integers */
};

struct enum_value {
    uint16_t number;
    const char *name;  /* in the interface: "partly-upheld" */
    const char *label; /* for people */
};

struct field {
    uint16_t number;   /* 1..FIELD_MAX */
    const char *name;  /* in the interface: "received_on" */
    const char *label; /* for people */
    enum field_type type;
    bool set; /* an observed-remove set of members of `type` (TEXT, ELEMENT, REF, FILE) */
    bool required;
    bool personal; /* goes to the erasable part of an operation; never logged; never in a picture */
    bool special;  /* special-category data: health, ethnicity, belief … (R23) */
    int64_t min, max;                /* bounds of `type`; both 0 = the type's own */
    const struct enum_value *values; /* ENUM: ends with name NULL */
};

/* A rule over several fields of one record: NULL, or what is wrong in words (static text). `get`
 * gives the plain field's displayed value as MessagePack, or empty bytes. */
struct kind_view {
    const void *context;
    struct bytes (*get)(const void *context, uint16_t field);
};

/* Two plain fields of which the second must not be smaller than the first: dates in their order, a
 * part and its whole. */
struct field_order {
    uint16_t first, second;
    const char *fault; /* in words: "ended_on is before started_on" */
};

struct kind {
    uint16_t number;
    const char *name; /* in the interface: "complaint" */
    const char *label;
    const struct field *fields;
    uint32_t field_count;
    const char *elements; /* ids of the elements it informs, separated by blanks; "" = any */
    bool central;         /* written at the centre only, received by every site */
    bool local;           /* its values never leave the site that wrote them; all fields personal */
    const struct field_order *orders; /* ends with fault NULL; or NULL */
    const char *(*check)(
        struct kind_view view); /* what no order can say; or NULL; see kind_fault */
};

/* NULL, or what is wrong with a record of this kind in words (static text). */
const char *kind_fault(const struct kind *kind, struct kind_view view);

/* All kinds, sorted by number. */
const struct kind *kinds_all(uint32_t *count_out);
const struct kind *kind_by_number(uint16_t number); /* NULL when unknown */
const struct kind *kind_by_name(const char *name);
const struct field *field_by_number(const struct kind *kind, uint16_t number);
const struct field *field_by_name(const struct kind *kind, const char *name);

/* Does one value (one member of a set) fit the field?  Errors: ERR_INVALID with a sentence in
 * `info` that names the field, the value's fault and the bound. nil is allowed for plain fields
 * that are not required (it clears them). */
NODISCARD enum err field_check(const struct field *field, struct bytes value,
                               struct err_info *info);

/* A value from its text form (command line, CSV), checked; the empty text gives nil.
 * FIELD_SITE takes 16 hex digits only; the caller resolves names. Errors: ERR_INVALID. */
NODISCARD enum err field_from_text(const struct field *field, const char *text,
                                   struct mp_buf *value_out, struct err_info *info);
/* The text form, which field_from_text takes back. nil gives the empty text. Returns false when it
 * does not fit `size` or the value is not of the field's type. COUNTS: numbers separated by blanks.
 * FILE: 64 hex digits. */
bool field_to_text(const struct field *field, struct bytes value, char *text_out, size_t size);

/* The 57 elements by place: id "4.3.2" <-> 1..57; 0 / NULL when there is none. Source: docs of the
 * standard's structure, 11 + 11 + 12 + 13 + 10 in 15 sub-criteria. */
uint8_t element_from_id(const char *id);
const char *element_id(uint8_t place);
enum { ELEMENTS = 57, CRITERIA = 5 };
/* 1..5 */
uint8_t element_criterion(uint8_t place);
