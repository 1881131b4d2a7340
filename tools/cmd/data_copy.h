#pragma once

#include <stddef.h>

#include "lib/store/store.h"

/* Copies of whole data directories, for cse backup and cse restore. */

struct data_copied {
    uint64_t store_bytes, files, file_bytes;
};

/* Copy keys, settings, the store as of its last commit, attachments and staged imports of the data
 * directory `from` into the directory `to`, which has none of them. A daemon may run in `from`: the
 * store is read first, so that every attachment it names is found after it. All is synced but the
 * directory `to` itself. Shows progress. Errors: ERR_NOT_FOUND (no data directory), ERR_MISMATCH
 * (an attachment does not have its hash), ERR_FULL, ERR_DENIED, ERR_IO … */
NODISCARD enum err data_copy(const char *from, const char *to, struct data_copied *copied_out,
                             struct err_info *info);

/* Open the store of a data directory for writing, whatever its size; no daemon runs there. Errors:
 * as store_open_lmdb. */
NODISCARD enum err data_store_open(const char *data, struct store **store_out,
                                   struct err_info *info);

/* Bring a copy to what this version keeps: another one may have derived its rows otherwise, and no
 * daemon may run in a copy to do it. Errors: ERR_VERSION (a newer one wrote it), those of
 * keys_load, data_store_open and ledger_open. */
NODISCARD enum err data_renew(const char *data, struct err_info *info);

/* "12.3 MiB", "4 KiB" into `text_out`. */
void data_size_text(uint64_t bytes, char *text_out, size_t size);
