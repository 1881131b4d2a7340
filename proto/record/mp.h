#pragma once

#include "proto/base/bytes.h"
#include "proto/base/err.h"

/* MessagePack: msgpack-c packs, a bounded scan admits, a cursor reads.
 *
 * msgpack-c's own unpacker believes declared lengths: five bytes make it reserve gigabytes. So
 * bytes from outside first pass mp_scan, and are then read in place by a cursor that allocates
 * nothing. */

/* ---- writing ---- */

/* A growing buffer. After a failed allocation, or past `max`, `failed` is set and further puts do
 * nothing: check once. */
struct mp_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
    bool over_max; /* failed because of `max`, not of memory */
};

void mp_buf_init(struct mp_buf *buf, size_t max_bytes);
void mp_buf_reset(struct mp_buf *buf); /* empties, keeps the memory */
void mp_buf_deinit(struct mp_buf *buf);
struct bytes mp_buf_bytes(const struct mp_buf *buf);
/* ERR_OK, ERR_TOO_BIG (past `max`) or ERR_NO_MEMORY. */
NODISCARD enum err mp_buf_err(const struct mp_buf *buf);

void mp_put_nil(struct mp_buf *buf);
void mp_put_bool(struct mp_buf *buf, bool value);
void mp_put_uint(struct mp_buf *buf, uint64_t value);
void mp_put_int(struct mp_buf *buf, int64_t value);
void mp_put_str(struct mp_buf *buf, struct bytes text);
void mp_put_bin(struct mp_buf *buf, struct bytes data);
void mp_put_array(struct mp_buf *buf, uint32_t count);
void mp_put_map(struct mp_buf *buf, uint32_t count);
void mp_put_raw(struct mp_buf *buf, struct bytes encoded); /* already MessagePack */

/* ---- admitting ---- */

/* Is `input` exactly one value (trailing bytes are an error) that a reader may trust?
 *
 * Checks:  depth <= SCAN_DEPTH_MAX; objects in all <= SCAN_OBJECTS_MAX; every declared length and
 * count fits in what remains; integers, lengths and counts in their shortest form; strings valid
 * UTF-8; map keys unique; no floats, no extension types. Errors:  ERR_CORRUPT; ERR_TOO_BIG for
 * depth or object count. Source:  docs/wire.md, "MessagePack as we use it".
 */
NODISCARD enum err mp_scan(struct bytes input);

/* ---- reading ---- */

enum mp_type {
    MP_NIL,
    MP_BOOL,
    MP_UINT,
    MP_INT /* negative */,
    MP_STR,
    MP_BIN,
    MP_ARRAY,
    MP_MAP,
    MP_END,
    MP_BAD
};

/* A cursor with a sticky error: after the first failure every read fails and outputs are zero.
 * Never reads past `end`, so it is safe on unscanned bytes too. */
struct mp_reader {
    const uint8_t *at;
    const uint8_t *end;
    enum err err; /* ERR_OK or ERR_CORRUPT */
};

struct mp_reader mp_reader_of(struct bytes input);
enum mp_type mp_peek(const struct mp_reader *reader);
bool mp_at_end(const struct mp_reader *reader);
void mp_read_nil(struct mp_reader *reader);
bool mp_read_bool(struct mp_reader *reader);
uint64_t mp_read_uint(struct mp_reader *reader);
int64_t mp_read_int(struct mp_reader *reader); /* either sign, fits int64 */
struct bytes mp_read_str(struct mp_reader *reader);
struct bytes mp_read_bin(struct mp_reader *reader);
uint32_t
mp_read_array(struct mp_reader *reader); /* count; the items follow; count <= remaining bytes */
uint32_t mp_read_map(struct mp_reader *reader); /* pairs */
/* A bin of exactly `len` bytes copied to `out` (zeroed on failure). */
void mp_read_bin_exact(struct mp_reader *reader, uint8_t *out, size_t len);
/* Step over one value of any type; the bytes it took. */
struct bytes mp_read_any(struct mp_reader *reader);
