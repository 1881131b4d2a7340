#pragma once

#include "lib/http/client.h"
#include "lib/http/wire.h"

/* Read a whole answer; `head_only` after a HEAD. Errors: as http_client_call; answer_out then has
 * the status alone, 0 when none came. */
NODISCARD enum err answer_read(struct wire *wire, const struct http_sink *sink, bool head_only,
                               struct http_answer *answer_out, struct err_info *info);
