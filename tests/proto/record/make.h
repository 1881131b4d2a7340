#pragma once

#include "proto/record/op.h"

/* Entries and operations for the tests of the record layer. */

enum { SITE_LOW = 7, MAKE_WRITES_MAX = 8 };

static inline struct origin make_origin(uint64_t number, uint32_t epoch)
{
    return (struct origin){.site = (UINT64_C(2) << 62) | number, .epoch = epoch};
}

static inline void make_rid(uint8_t rid_out[RID_BYTES])
{
    rid_make(UINT64_C(1790000000000), 5, make_origin(SITE_LOW, 1).site, rid_out);
}

/* Text of a string literal that holds NULs. */
#define RAW(literal) bytes_of((literal), sizeof(literal) - 1)
