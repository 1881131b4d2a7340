#pragma once

#include "lib/ledger/ledger.h"

/* Two stores side by side: the same broker's or site's, or a site's and its broker's. */

struct ledger_comparison {
    enum ledger_role here, there;
    uint64_t site; /* what is compared: this site's part; 0: everything */
    /* logs of origins that either has from their start */
    uint64_t logs_same, logs_ahead_here, logs_ahead_there, forks;
    uint64_t operations, operations_only_here, operations_only_there;
    uint64_t records_same, records_differ, records_only_here, records_only_there;
};

/* Logs are compared by length and by the head of what both have, records byte by byte. Of a site
 * and a broker the site's logs and records are compared. Errors: ERR_INVALID (stores of two sites),
 * store errors; differences are in comparison_out. */
NODISCARD enum err ledger_compare(struct store_txn *here, struct store_txn *there,
                                  struct ledger_comparison *comparison_out, struct err_info *info);
bool ledger_compare_equal(const struct ledger_comparison *comparison);
