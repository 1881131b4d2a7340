#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"

/* JSON from outside, read strictly: one value and nothing after it, no duplicate keys, valid UTF-8,
 * at most JSON_BYTES_MAX bytes, no NUL in texts. Owns:    the caller ends *json_out with
 * json_decref. Errors:  ERR_CORRUPT "line 3, column 7: …", ERR_TOO_BIG, ERR_NO_MEMORY. */
enum { JSON_BYTES_MAX = 1024 * 1024 };
NODISCARD enum err json_parse(struct bytes text, json_t **json_out, struct err_info *info);

/* The same without a bound and without words: on ERR_CORRUPT *error_out says what the library does.
 */
NODISCARD enum err json_load_text(struct bytes text, json_t **json_out, json_error_t *error_out);

/* For whoever builds JSON with the library: since json_watch, has this thread gone without memory
 * it asked for there? Then something may be missing of what was made since. */
void json_watch(void);
bool json_went_without(void);

/* json_parse, and the value must be an object. Errors: ERR_CORRUPT besides. */
NODISCARD enum err json_parse_object(struct bytes text, json_t **json_out, struct err_info *info);

/* Members of an object by type. A member that is absent (or null) leaves *value_out as it is when
 * it is not required. Errors: ERR_INVALID "field 'x': …". Texts are borrowed from the object. */
enum json_need { JSON_OPTIONAL, JSON_REQUIRED };
NODISCARD enum err json_get_text(const json_t *object, const char *key, enum json_need need,
                                 const char **value_out, struct err_info *info);
NODISCARD enum err json_get_int(const json_t *object, const char *key, enum json_need need,
                                int64_t *value_out, struct err_info *info);
NODISCARD enum err json_get_bool(const json_t *object, const char *key, enum json_need need,
                                 bool *value_out, struct err_info *info);
