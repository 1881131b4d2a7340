#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"

/* A client's connection: bytes with a time limit and a small read buffer. */

enum { WIRE_BUFFER_BYTES = 16 * 1024 };

struct wire {
    int fd;
    uint32_t timeout_ms;
    size_t start, end; /* unread bytes of buffer */
    uint8_t buffer[WIRE_BUFFER_BYTES];
};

/* Errors: ERR_TIMEOUT, ERR_UNREACHABLE (the other end hung up), ERR_IO. */
NODISCARD enum err wire_send(struct wire *wire, struct bytes bytes, struct err_info *info);

/* Read more into the buffer; *ended_out when the other end sends no more. Errors: ERR_TIMEOUT,
 * ERR_IO. */
NODISCARD enum err wire_fill(struct wire *wire, bool *ended_out, struct err_info *info);

/* One line without its CR LF, NUL-terminated into `line`. Errors: ERR_CORRUPT (ends early, bare LF,
 * NUL), ERR_TOO_BIG. */
NODISCARD enum err wire_line(struct wire *wire, char *line, size_t size, struct err_info *info);

/* Some bytes, at most `max`, borrowed until the next call; never none. Errors: ERR_CORRUPT when it
 * ends here. */
NODISCARD enum err wire_some(struct wire *wire, size_t max, struct bytes *bytes_out,
                             struct err_info *info);
