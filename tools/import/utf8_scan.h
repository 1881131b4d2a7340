#pragma once

#include <stdbool.h>
#include <stdint.h>

/* UTF-8 checked byte by byte, so that the first wrong byte is known. Start with zeroes. */
struct utf8_scan {
    uint8_t need;      /* bytes of the character still to come */
    uint8_t low, high; /* bounds of the next of them */
};

/* False: this byte cannot stand here (stray, overlong, surrogate, NUL). */
bool utf8_scan_take(struct utf8_scan *scan, uint8_t byte);
/* No character is unfinished. */
bool utf8_scan_done(const struct utf8_scan *scan);
