#pragma once

#include "lib/ledger/takeover.h"
#include "lib/link/token.h"

/* Enrol at the broker: connect with the single-use key of the invitation, show the site's own keys,
 * learn where one belongs. */

struct join_site {
    uint64_t site;
    uint32_t epoch; /* it writes under */
    const struct keys *keys;
    const char *software;
};

/* Waits at most `wait_ms`. membership_out is ready to be stored; takeover_out says under which
 * epoch, in the place of another machine (epoch 0: of none). Safe to repeat with the same
 * invitation: the broker answers the same. Errors: ERR_UNREACHABLE, ERR_TIMEOUT, ERR_DENIED (used,
 * expired or withdrawn: the broker does not admit its key), what the broker says (ERR_EXPIRED,
 * ERR_EXISTS …), ERR_CORRUPT (its answer). */
NODISCARD enum err join_exchange(const struct token *token, const struct join_site *site,
                                 uint32_t wait_ms, struct membership *membership_out,
                                 struct takeover *takeover_out, struct err_info *info);
