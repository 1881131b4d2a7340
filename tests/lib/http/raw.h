#pragma once

#include <stddef.h>
#include <stdint.h>

/* Send bytes as they are to the fixture's TCP port, read until the end. The status of the first
 * answer, 0 for none; what came is in `text` (NUL-terminated, cut at `size`). */
int raw_exchange(uint16_t port, const char *bytes, size_t len, char *text, size_t size);
