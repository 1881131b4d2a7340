#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/msgargs.h"
#include "proto/base/msgid.h"

/* Every failure in this program is one of these. A number is also a wire code (REJECT, ACK
 * findings), the exit status of a command and the `code` of an HTTP problem, so it is never changed
 * or used again.
 *
 * X(name, number, HTTP status, text) */
#define ERR_TABLE(X) \
    X(ERR_OK, 0, 200, "ok") \
    X(ERR_INTERNAL, 1, 500, "internal error") \
    X(ERR_USAGE, 2, 400, "wrong usage") \
    X(ERR_INVALID, 3, 422, "breaks a rule") \
    X(ERR_CORRUPT, 4, 400, "malformed data") \
    X(ERR_TOO_BIG, 5, 413, "over a size limit") \
    X(ERR_NOT_FOUND, 6, 404, "not found") \
    X(ERR_CONFLICT, 7, 409, "changed by someone else meanwhile") \
    X(ERR_NO_MEMORY, 8, 503, "out of memory") \
    X(ERR_IO, 9, 500, "input or output failed") \
    X(ERR_FULL, 10, 507, "storage is full") \
    X(ERR_BUSY, 11, 503, "busy, try again") \
    X(ERR_DENIED, 12, 403, "not allowed") \
    X(ERR_REVOKED, 13, 403, "access was revoked") \
    X(ERR_EXPIRED, 14, 403, "expired") \
    X(ERR_UNREACHABLE, 15, 503, "cannot be reached") \
    X(ERR_TIMEOUT, 16, 504, "no answer in time") \
    X(ERR_FORK, 17, 409, "history differs from the one known") \
    X(ERR_UNKNOWN_KEY, 18, 403, "unknown key") \
    X(ERR_BAD_SEAL, 19, 400, "seal does not match") \
    X(ERR_GAP, 20, 409, "not the next in sequence") \
    X(ERR_VERSION, 21, 400, "of a version that does not go with this one") \
    X(ERR_EXISTS, 22, 409, "exists already") \
    X(ERR_UNKNOWN_OUTCOME, 23, 500, "outcome unknown") \
    X(ERR_MISMATCH, 24, 500, "does not match its recomputation") \
    X(ERR_SET_ASIDE, 25, 422, "set aside") \
    X(ERR_NOT_YOURS, 26, 403, "belongs to another site") \
    X(ERR_LIMIT, 27, 429, "a limit is reached") \
    X(ERR_UNSUPPORTED, 28, 501, "not supported") \
    X(ERR_SUSPECT, 29, 403, "held until an administrator decides")

enum err {
#define X(name, number, http, text) name = (number),
    ERR_TABLE(X)
#undef X
};

enum { ERR_TEXT_BYTES = 512, ERR_PARTS_MAX = 4 };

/* What happened, outermost first: "open store '/var/lib/x': permission denied". `text` is English,
 * for logs and the wire; the parts say the same in another language (proto/text/text.h). */
struct err_info {
    enum err code;
    char text[ERR_TEXT_BYTES];
    uint8_t part_count;
    struct {
        const char *format;   /* static */
        uint8_t first, count; /* of its arguments */
    } parts[ERR_PARTS_MAX];   /* innermost first */
    struct msg_args args;
};

#define NODISCARD                __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((__format__(__printf__, text, first)))

/* Name of `code` for people; never NULL, also for a number that is no code. */
const char *err_text(enum err code);

/* The code's name in a URL or log: "not-found". Never NULL. */
const char *err_slug(enum err code);

/* The HTTP status an answer with `code` carries. */
int err_http_status(enum err code);

/* A number from outside as a code; ERR_INTERNAL when it is none of ours. */
enum err err_from_number(uint64_t number);

/* Does `code` say that what the other side sent is wrong? Then one bad thing of it is left out and
 * the rest goes on; any other failure is our own and stops the work at hand. */
bool err_of_sender(enum err code);

/* Record a failure at its source; `info` may be NULL. Returns `code`. */
PRINTF_LIKE(3, 4)
enum err err_set(struct err_info *info, enum err code, const char *format, ...);
enum err err_vset(struct err_info *info, enum err code, const char *format, va_list values);

/* Put what the caller was doing in front of a recorded failure; `info` may be NULL. Returns `code`.
 */
PRINTF_LIKE(3, 4)
enum err err_wrap(struct err_info *info, enum err code, const char *format, ...);
