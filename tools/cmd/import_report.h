#pragma once

#include "tools/cmd/cmd.h"
#include "tools/import/import.h"

/* What the check of a file found, for people and for programs. */
void import_tell(const struct import_summary *summary, const char *rejects_path, FILE *to);
json_t *import_json(const struct import_summary *summary, const char *rejects_path);
