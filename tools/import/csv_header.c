/* A file whose first row names its columns. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/import/csv.h"

static int compare_names(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

static enum err check_names(const char *path, const struct csv_row *header, struct err_info *info)
{
    const char *sorted[CSV_COLUMNS_MAX];
    memcpy(sorted, header->fields, header->count * sizeof(sorted[0]));
    qsort(sorted, header->count, sizeof(sorted[0]), compare_names);
    for (uint32_t i = 1; i < header->count; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            return err_set(info, ERR_CORRUPT, "%s: line %" PRIu64 ": two columns are called '%s'",
                           path, header->line, sorted[i]);
    }
    return ERR_OK;
}

enum err csv_open(const char *path, struct csv_reader **reader_out, struct err_info *info)
{
    struct csv_reader *reader = NULL;
    enum err err = csv_open_rows(path, &reader, info);
    if (err != ERR_OK)
        return err;
    err = check_names(path, csv_header(reader), info);
    if (err == ERR_OK)
        *reader_out = reader;
    else
        csv_close(reader);
    return err;
}
