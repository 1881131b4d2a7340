#pragma once

#include <jansson.h>

#include "proto/record/kinds.h"

/* FIELD=VALUE words as the JSON the daemon takes. */

enum fields_mode { FIELDS_NEW, FIELDS_CHANGE };

/* The kind by its name. Errors: ERR_USAGE with the nearest. */
NODISCARD enum err fields_kind(const char *name, const struct kind **kind_out,
                               struct err_info *info);

/* Add one word to `fields`. Sets take a comma list (the whole set); when changing also FIELD+=a,b
 * and FIELD-=a. An empty value clears the field. Errors: ERR_USAGE (no '=', unknown field with the
 * nearest, set operation on a plain field), ERR_INVALID (value). */
NODISCARD enum err fields_add(json_t *fields, const struct kind *kind, const char *word,
                              enum fields_mode mode, struct err_info *info);

/* ERR_USAGE: the kind has no such field, with the nearest. */
NODISCARD enum err fields_unknown(const struct kind *kind, const char *name, struct err_info *info);

/* Names of the fields that a new record must have, "title, type"; "" when there is none. */
struct fields_text {
    char text[256];
};
const char *fields_required(const struct kind *kind, struct fields_text *buffer);

/* One value by its text form. Errors: ERR_INVALID. */
NODISCARD enum err fields_value(const struct field *field, const char *text, json_t **value_out,
                                struct err_info *info);
