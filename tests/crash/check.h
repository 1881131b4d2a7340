#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Does a data directory hold what was acknowledged? */

struct check;

struct check *check_new(void);
void check_free(struct check *check);
/* What somebody was told before the cut: "made", "record ID", "file HASH". */
void check_note(struct check *check, const char *text, size_t len);
/* Open DIR/data as a daemon that starts does, look for everything noted, prove the rest. False:
 * `why` says what is missing or wrong. */
bool check_image(struct check *check, const char *dir, char *why, size_t size);
/* Was there a directory to open? Before its creation ended there need not be. */
bool check_opened(const struct check *check);
