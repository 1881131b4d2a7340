#pragma once

#include "tools/cmd/cmd.h"

/* The evidence matrix of a council's spreadsheet, in and out. */

/* One row for each element and piece of evidence, to a CSV (format "csv", to `to`) or an XLSX file
 * (format "xlsx", at `path`). --site as given. */
NODISCARD enum err matrix_export(struct cmd *cmd, const char *format, FILE *to, const char *path,
                                 struct err_info *info);

/* Read it, tell what is wrong, and bring it in: new pieces of evidence as one batch, those that are
 * here already (the same number, or the same title without one) changed where they differ. */
NODISCARD enum err matrix_import(struct cmd *cmd, const char *path, struct err_info *info);

/* ---- shared ---- */

/* All evidence of a site (NULL: all sites) as a JSON array of records; the caller ends it. */
NODISCARD enum err matrix_records(struct cmd *cmd, const char *site, json_t **records_out,
                                  struct err_info *info);
