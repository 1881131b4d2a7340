#pragma once

#include "lib/api/internal.h"

/* The record that says how a conflict was settled. */

struct resolution {
    uint16_t kind; /* of the record with the conflict */
    const uint8_t *rid;
    const struct field *field; /* NULL: the deletion mark */
    const struct conflict_value *values;
    uint32_t count;
    struct bytes chosen; /* MessagePack */
    const char *reason, *author;
    int32_t today;
    uint64_t site; /* whose record it is, when not our own; else 0 */
};

/* Its fields as writes of a new record of kind conflict-resolution; `list` is fresh. Errors: those
 * of write_list_add and write_list_finish. */
NODISCARD enum err resolution_writes(const struct resolution *resolution, struct write_list *list,
                                     struct err_info *info);
