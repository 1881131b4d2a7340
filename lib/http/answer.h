#pragma once

#include "lib/http/client.h"
#include "lib/http/wire.h"

/* Read a whole answer; `head_only` after a HEAD. Errors: as http_client_call. */
NODISCARD enum err answer_read(struct wire *wire, const struct http_sink *sink, bool head_only,
                               struct http_answer *answer_out, struct err_info *info);
