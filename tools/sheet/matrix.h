#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/record/kinds.h"
#include "tools/sheet/evidence_cell.h"
#include "tools/sheet/sheet.h"

/* The evidence matrix of a council's spreadsheet: columns Ref, Element, Evidence, Owner, Notes. A
 * row is an element, or one of its pieces of evidence; the same number in several rows is the same
 * piece. */

enum {
    MATRIX_TITLE_BYTES = 200,
    MATRIX_OWNER_BYTES = 200,
    MATRIX_LONG_BYTES = 2000,
    MATRIX_NOTES_BYTES = 12000,
    MATRIX_ITEMS_MAX = 5000,
    MATRIX_REMARKS_MAX = 200,
    MATRIX_REMARK_BYTES = 200,
};

struct matrix_item {
    char number[EVIDENCE_NUMBER_BYTES]; /* "": none */
    char title[MATRIX_TITLE_BYTES + 1]; /* "": named by its number alone */
    char *whole;                        /* the text when it is longer than a title; or NULL */
    uint64_t elements, strongest;       /* bit place - 1 */
    char owner[MATRIX_OWNER_BYTES + 1];
    char *notes;   /* or NULL */
    uint64_t line; /* where it first stands */
};

struct matrix_remark {
    uint64_t line;
    char text[MATRIX_REMARK_BYTES];
};

struct matrix_remarks {
    uint32_t count; /* also those that are not kept */
    struct matrix_remark list[MATRIX_REMARKS_MAX];
};

struct matrix {
    uint32_t item_count;
    struct matrix_item *items;    /* in the order of their first row */
    uint32_t rows;                /* below the header */
    struct matrix_remarks faults; /* rows that cannot be taken as they stand */
    struct matrix_remarks hints;  /* what was read otherwise than one might expect */
};

/* Faults are no failure; they are in *matrix_out.
 * Owns:    the caller ends *matrix_out with matrix_free.
 * Errors:  ERR_INVALID (no header with the columns), ERR_TOO_BIG, ERR_NO_MEMORY. */
NODISCARD enum err matrix_read(const struct sheet *sheet, struct matrix **matrix_out,
                               struct err_info *info);
void matrix_free(struct matrix *matrix); /* NULL is fine */

/* One more fault of a row; the text is said in the language of this process. */
PRINTF_LIKE(3, 4)
void matrix_remark(struct matrix_remarks *remarks, uint64_t line, const char *format, ...);

/* Natural order of evidence numbers: E2 before E10; none last. */
int matrix_number_order(const char *a, const char *b);
