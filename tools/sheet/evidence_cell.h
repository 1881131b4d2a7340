#pragma once

#include <stdbool.h>
#include <stddef.h>

/* One line of an evidence matrix's Evidence cell: "E12 Customer profile (Strongest)".
 *
 * A number is an optional word of up to 3 letters and 1 to 6 digits ("12", "E12", "Ev12") with one
 * of . ) : ] after it, or before it # or [, or standing alone, or with the letters; so "2025
 * survey" is a title. Several numbers alone, with commas between, name several pieces of evidence.
 */

enum { EVIDENCE_NUMBER_BYTES = 16 };

struct evidence_line {
    char number[EVIDENCE_NUMBER_BYTES]; /* "" when there is none */
    const char *title;                  /* within the line; may be empty when there is a number */
    size_t title_len;
    bool strongest;
};

/* Read one piece of evidence off the front of `text`; *text_inout moves on, to the end when there
 * is no more. False at the end. A line's end separates pieces, and so does a comma between bare
 * numbers. */
bool evidence_line_next(const char **text_inout, struct evidence_line *line_out);

/* The same written back: "12. Customer profile (Strongest)"; an item without a number its title
 * alone. Returns the length it needs, as snprintf does. `mark`: "Strongest" in the reader's
 * language. */
size_t evidence_line_write(const char *number, const char *title, const char *mark, char *out,
                           size_t size);
