#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"
#include "proto/text/text.h"

/* JSON written straight into one growing, bounded buffer. Commas and escapes are its business; a
 * call in the wrong place (a value without its key, an end without its begin) is our bug and
 * asserts. Failures are sticky: write on, ask jsonw_finish once.
 *
 *   jsonw_object_begin(&json);
 *   jsonw_put_string(&json, "id", "housing");
 *   jsonw_key(&json, "sites"); jsonw_array_begin(&json); … jsonw_array_end(&json);
 *   jsonw_object_end(&json); */

enum { JSONW_DEPTH_MAX = 32 };

struct jsonw {
    uint8_t *data;
    size_t len, capacity, bytes_max;
    uint32_t depth;
    uint8_t open[JSONW_DEPTH_MAX]; /* '{' or '[' */
    bool need_comma;
    bool after_key;
    enum err failed;
    enum language language; /* of jsonw_put_said */
};

void jsonw_init(struct jsonw *json, size_t bytes_max);
void jsonw_deinit(struct jsonw *json);
/* Empty again, keeps the memory. */
void jsonw_reset(struct jsonw *json);
/* Memory for `bytes` more now, before something is done that has to be told. False: there is none.
 */
bool jsonw_reserve(struct jsonw *json, size_t bytes);

void jsonw_object_begin(struct jsonw *json);
void jsonw_object_end(struct jsonw *json);
void jsonw_array_begin(struct jsonw *json);
void jsonw_array_end(struct jsonw *json);
void jsonw_key(struct jsonw *json, const char *key);

/* Bytes that are not UTF-8 become U+FFFD, so that the output always is. */
void jsonw_text(struct jsonw *json, struct bytes text);
void jsonw_string(struct jsonw *json, const char *text); /* NULL writes null */
void jsonw_int(struct jsonw *json, int64_t value);
void jsonw_uint(struct jsonw *json, uint64_t value);
void jsonw_bool(struct jsonw *json, bool value);
void jsonw_null(struct jsonw *json);
/* value / 10^decimals: jsonw_fixed(json, 67, 2) writes 0.67; decimals 0 … 18. */
void jsonw_fixed(struct jsonw *json, int64_t value, unsigned decimals);
/* Bytes that are one JSON value already. */
void jsonw_raw(struct jsonw *json, struct bytes value);
/* A line end between top-level values (JSON lines). */
void jsonw_newline(struct jsonw *json);

/* Key and value in one call. */
void jsonw_put_string(struct jsonw *json, const char *key, const char *text);
/* A text of ours in the writer's language; NULL writes null. */
void jsonw_put_said(struct jsonw *json, const char *key, const char *text);
void jsonw_put_text(struct jsonw *json, const char *key, struct bytes text);
void jsonw_put_int(struct jsonw *json, const char *key, int64_t value);
void jsonw_put_uint(struct jsonw *json, const char *key, uint64_t value);
void jsonw_put_bool(struct jsonw *json, const char *key, bool value);
void jsonw_put_null(struct jsonw *json, const char *key);

/* The finished text, borrowed until the writer changes. Errors: ERR_TOO_BIG (over bytes_max),
 * ERR_NO_MEMORY. */
NODISCARD enum err jsonw_finish(struct jsonw *json, struct bytes *text_out);
