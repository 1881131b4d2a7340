#pragma once

#include "lib/sys/table.h"
#include "tools/cmd/cmd.h"

/* Commands that ask the daemon for one answer and show it as lines and tables: what each shows is a
 * table of keys. */

enum report_how {
    REPORT_TEXT,    /* as it is */
    REPORT_COUNTED, /* {"hits","counted"} as "82.1 % (82 of 100)" */
    REPORT_MEAN,    /* `key` over `per`, one decimal */
};

struct report_column {
    const char *key; /* "name", or "period.from" inside an object */
    const char *title;
    enum report_how how;
    const char *per;
};

struct report_section {
    const char *list;  /* the array it shows as a table; NULL: lines of the answer itself */
    const char *title; /* above it; NULL: none */
    const char *none;  /* said when the list is empty; NULL: nothing */
    const struct report_column *columns;
    size_t column_count;
};

struct report {
    const struct cli_command *command;
    const char *path[3]; /* below /api/v1 */
    /* option -> parameter; ends with NULL */
    const char *const (*parameters)[2];
    const struct report_section *sections;
    size_t section_count;
};

#define REPORT_COLUMNS(table) .columns = (table), .column_count = sizeof(table) / sizeof((table)[0])

NODISCARD enum err report_run(const struct report *report, int argc, char **argv,
                              struct err_info *info);
/* The sections of an answer that is here already. */
NODISCARD enum err report_print(const struct report_section *sections, size_t count,
                                const json_t *answer, struct err_info *info);
