#pragma once

#include "lib/ledger/ledger.h"

/* What `cse verify` proves, for the commands that prove it too. */

struct verified {
    struct verify_report report;
    uint64_t files, bad_files;
};

/* Check the chains, seals, derived rows and files of a data directory; shows progress, names each
 * bad file on standard error. A daemon may run there. Findings are in verified_out. Errors: those
 * of keys_load, store_open_lmdb_read, ledger_open and ledger_verify. */
NODISCARD enum err verify_directory(const char *data, struct verified *verified_out,
                                    struct err_info *info);
uint64_t verified_faults(const struct verified *verified);

/* Compare a data directory with another one, of the same broker or site or of the other end; prints
 * what it found. Errors: ERR_MISMATCH (they are not equal), ERR_INVALID (they have nothing in
 * common), those of store_open_lmdb_read. */
NODISCARD enum err verify_against(const char *data, const char *other, bool json,
                                  struct err_info *info);
