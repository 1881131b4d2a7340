#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/sys/files.h"
#include "tools/import/csv.h"

/* FILE.rejected.csv: the rows that were refused, as they stood, and a last column `reason`. The
 * file appears when it is finished, readable by its owner only: rows may speak of people. */

struct rejects {
    char path[PATH_BYTES_MAX];
    char temporary[PATH_BYTES_MAX];
    void *file; /* FILE *; NULL until the first row */
    uint64_t rows;
};

/* "x.csv" gives "x.rejected.csv". Errors: ERR_TOO_BIG. */
NODISCARD enum err rejects_path(const char *csv_path, char path_out[PATH_BYTES_MAX],
                                struct err_info *info);

/* "x.rejected.csv" gives "x.unclear.csv", another name has it at its end. Errors: ERR_TOO_BIG. */
NODISCARD enum err rejects_unclear_path(const char *path, char path_out[PATH_BYTES_MAX],
                                        struct err_info *info);

void rejects_init(struct rejects *rejects, const char *path);
/* Rows beyond CSV_REJECTS_MAX are counted only. Errors: ERR_DENIED, ERR_FULL, ERR_IO. */
NODISCARD enum err rejects_add(struct rejects *rejects, const struct csv_reader *reader,
                               const struct csv_row *row, const char *reason,
                               struct err_info *info);
/* Put the file in its place. Without a row there is none. Errors: as rejects_add. */
NODISCARD enum err rejects_finish(struct rejects *rejects, struct err_info *info);
/* Nothing stays behind. */
void rejects_abandon(struct rejects *rejects);
