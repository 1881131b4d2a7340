#pragma once

#include "proto/base/err.h"
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
    const char *name; /* in the interface: "partly-upheld" */
};

struct field {
    uint16_t number;   /* 1..FIELD_MAX */
    const char *name;  /* in the interface: "received_on" */
    const char *label; /* for people */
    enum field_type type;
    bool set; /* an observed-remove set of members of `type` (TEXT, ELEMENT, REF, FILE) */
    bool required;
    bool personal; /* goes to the erasable part of an operation; never logged; never in a picture */
    int64_t min, max;                /* bounds of `type`; both 0 = the type's own */
    const struct enum_value *values; /* ENUM: ends with name NULL */
};

/* A rule over several fields of one record: NULL, or what is wrong in words (static text). `get`
 * gives the plain field's displayed value as MessagePack, or empty bytes. */
struct kind_view {
    const void *context;
    struct bytes (*get)(const void *context, uint16_t field);
};

struct kind {
    uint16_t number;
    const char *name; /* in the interface: "complaint" */
    const char *label;
    const struct field *fields;
    uint32_t field_count;
    const char *elements; /* ids of the elements it informs, separated by blanks; "" = any */
    const char *(*check)(struct kind_view view); /* or NULL */
};

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
