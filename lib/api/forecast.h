#pragma once

#include "lib/api/checks.h"
#include "proto/cse/forecast.h"

/* The member "forecast" of a picture: would it pass that day, and the shortest list of changes with
 * site and owner. `assume_actions`: open actions due by that day count as done. Errors:
 * ERR_NO_MEMORY, ERR_LIMIT (more actions and ratings than are looked at), store errors. */
NODISCARD enum err api_forecast(struct store_txn *txn, const struct rules *rules,
                                struct picture_made *made, bool assume_actions, struct jsonw *json);
