#pragma once

#include "proto/record/kinds.h"
#include "proto/record/op.h"

/* One value of a field, between its text and its MessagePack form. */
struct field_value {
    int64_t number;             /* INT, BOOL, DATE, TIME, ENUM, ELEMENT */
    uint64_t site;              /* SITE */
    struct bytes text;          /* TEXT; borrowed */
    uint8_t hash[HASH_BYTES];   /* FILE */
    uint8_t rid[RID_BYTES];     /* REF */
    int64_t counts[COUNTS_MAX]; /* COUNTS */
    uint32_t count;
};

/* Read `value` by the field's type alone. Errors: ERR_INVALID with a sentence. */
NODISCARD enum err field_value_read(const struct field *field, struct bytes value,
                                    struct field_value *value_out, struct err_info *info);
/* Append it as MessagePack. */
void field_value_put(const struct field *field, const struct field_value *value,
                     struct mp_buf *buf);
/* Is it within the field's bounds? Errors: ERR_INVALID with a sentence. */
NODISCARD enum err field_value_check(const struct field *field, const struct field_value *value,
                                     struct err_info *info);

/* The name of one of the field's enum values, or NULL. */
const char *field_enum_name(const struct field *field, int64_t number);
