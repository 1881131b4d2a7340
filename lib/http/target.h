#pragma once

#include "lib/http/http.h"

/* The request line's target, decoded strictly. */

/* Decode the path part of `target` (up to '?') into `path_out` of HTTP_PATH_BYTES_MAX.
 * Errors:  ERR_TOO_BIG; ERR_CORRUPT for anything but an absolute path of plain segments: a bad
 * escape, an escaped slash or control character, bytes that are not UTF-8, an empty, "." or ".."
 * segment. */
NODISCARD enum err target_path(const char *target, char *path_out, struct err_info *info);

/* Split "a=1&b=2" (escapes and '+' decoded in place, so `text` is overwritten) into at most
 * HTTP_PAIRS_MAX pairs that point into `text`. Errors: ERR_CORRUPT, ERR_LIMIT. */
NODISCARD enum err target_query(char *text, struct http_pair *pairs_out, size_t *count_out,
                                struct err_info *info);
