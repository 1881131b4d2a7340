#pragma once

#include "proto/record/kinds.h"

enum { SUB_CRITERIA = 15 };

struct sub_criterion {
    const char *id; /* "4.3" */
    uint8_t first;  /* place of its first element */
    uint8_t count;
    const char *title;
};

/* English titles of at most 60 characters; NULL when there is no such part. */
const char *element_title(uint8_t place);
const char *criterion_title(uint8_t criterion); /* 1..5 */
/* The sub-criterion an element belongs to, or NULL. */
const struct sub_criterion *sub_criterion_of(uint8_t place);
