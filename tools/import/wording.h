#pragma once

#include "proto/base/bytes.h"
#include "proto/record/kinds.h"

/* An organisation's own wording of the 57 elements, read out of a table that was flattened to text:
 * ids at the start of lines, sentences wrapped, headings, empty answer cells and page furniture
 * between them. */

enum { WORDING_NOTES_MAX = 16, WORDING_FILE_BYTES_MAX = 1024 * 1024, WORDING_NOTE_BYTES = 32 };

struct wording {
    char *texts[ELEMENTS];                /* by place - 1; owned */
    uint32_t repair_count, ignored_count; /* all; the first WORDING_NOTES_MAX are kept */
    struct {
        uint32_t line;
        char written[WORDING_NOTE_BYTES];
        uint8_t place;
    } repairs[WORDING_NOTES_MAX];
    uint32_t ignored[WORDING_NOTES_MAX]; /* lines that belong to no element and no heading */
};

/* Owns:    the caller ends *wording_out with wording_free.
 * Errors:  ERR_CORRUPT (not UTF-8: names the line), ERR_INVALID "NAME: 2 of 57 elements are
 * missing: 4.3.3 5.1.1", an id twice, an id the standard does not have; ERR_TOO_BIG (one text over
 * TEXT_BYTES_MAX), ERR_NO_MEMORY. */
NODISCARD enum err wording_parse(const char *name, struct bytes text, struct wording *wording_out,
                                 struct err_info *info);
void wording_free(struct wording *wording);
