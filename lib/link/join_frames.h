#pragma once

#include "lib/link/join.h"
#include "proto/record/mp.h"

/* The two frames of the join exchange, without its sockets. */

/* The JOIN frame of `site`, proved with the public key of its invitation, appended to `frame`.
 * Errors: ERR_NO_MEMORY, ERR_TOO_BIG (for `frame`). */
NODISCARD enum err join_request(const struct join_site *site,
                                const uint8_t invite_public[KEYS_PUBLIC_BYTES],
                                struct mp_buf *frame);

/* What a frame from the broker says to a site that asked to join with `token`. Errors: ERR_BUSY
 * with `info` untouched: no answer to this question, wait on; with `info` set: ask again later.
 * What the broker says, ERR_CORRUPT (the frame). */
NODISCARD enum err join_answer(struct bytes frame, const struct token *token,
                               struct membership *membership_out, struct takeover *takeover_out,
                               struct err_info *info);
