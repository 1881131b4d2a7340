#include "proto/record/mp.h"

#include <msgpack/pack.h>
#include <stdlib.h>

enum { BUF_BYTES_MIN = 64 };

void mp_buf_init(struct mp_buf *buf, size_t max_bytes)
{
    *buf = (struct mp_buf){.max = max_bytes};
}

void mp_buf_reset(struct mp_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    buf->over_max = false;
}

void mp_buf_deinit(struct mp_buf *buf)
{
    free(buf->data);
    *buf = (struct mp_buf){.max = buf->max};
}

struct bytes mp_buf_bytes(const struct mp_buf *buf)
{
    return bytes_of(buf->data, buf->len);
}

enum err mp_buf_err(const struct mp_buf *buf)
{
    if (!buf->failed)
        return ERR_OK;
    return buf->over_max ? ERR_TOO_BIG : ERR_NO_MEMORY;
}

static bool reserve(struct mp_buf *buf, size_t more)
{
    if (buf->failed)
        return false;
    if (more <= buf->cap - buf->len)
        return true;
    if (more > buf->max - buf->len) {
        buf->failed = true;
        buf->over_max = true;
        return false;
    }
    size_t cap = buf->cap < BUF_BYTES_MIN ? BUF_BYTES_MIN : buf->cap;
    while (cap < buf->len + more)
        cap = cap > SIZE_MAX / 2 ? buf->len + more : 2 * cap;
    if (cap > buf->max)
        cap = buf->max;
    uint8_t *data = realloc(buf->data, cap);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

static int append(void *to, const char *data, size_t len)
{
    struct mp_buf *buf = to;
    if (!reserve(buf, len))
        return -1;
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    return 0;
}

static msgpack_packer packer_of(struct mp_buf *buf)
{
    return (msgpack_packer){.data = buf, .callback = append};
}

void mp_put_nil(struct mp_buf *buf)
{
    msgpack_packer packer = packer_of(buf);
    (void)msgpack_pack_nil(&packer);
}

void mp_put_bool(struct mp_buf *buf, bool value)
{
    msgpack_packer packer = packer_of(buf);
    (void)(value ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer));
}

void mp_put_uint(struct mp_buf *buf, uint64_t value)
{
    msgpack_packer packer = packer_of(buf);
    (void)msgpack_pack_uint64(&packer, value);
}

void mp_put_int(struct mp_buf *buf, int64_t value)
{
    if (value >= 0) {
        mp_put_uint(buf, (uint64_t)value);
        return;
    }
    msgpack_packer packer = packer_of(buf);
    (void)msgpack_pack_int64(&packer, value);
}

/* A length that 32 bits cannot say would come out as another one. */
static bool admits(struct mp_buf *buf, size_t len)
{
    if (len > UINT32_MAX || len > buf->max) {
        buf->failed = true;
        buf->over_max = true;
    }
    return !buf->failed;
}

void mp_put_str(struct mp_buf *buf, struct bytes text)
{
    if (!admits(buf, text.len))
        return;
    msgpack_packer packer = packer_of(buf);
    (void)msgpack_pack_str(&packer, text.len);
    (void)msgpack_pack_str_body(&packer, text.data, text.len);
}

void mp_put_bin(struct mp_buf *buf, struct bytes data)
{
    if (!admits(buf, data.len))
        return;
    msgpack_packer packer = packer_of(buf);
    (void)msgpack_pack_bin(&packer, data.len);
    (void)msgpack_pack_bin_body(&packer, data.data, data.len);
}

void mp_put_array(struct mp_buf *buf, uint32_t count)
{
    msgpack_packer packer = packer_of(buf);
    (void)msgpack_pack_array(&packer, count);
}

void mp_put_map(struct mp_buf *buf, uint32_t count)
{
    msgpack_packer packer = packer_of(buf);
    (void)msgpack_pack_map(&packer, count);
}

void mp_put_raw(struct mp_buf *buf, struct bytes encoded)
{
    (void)append(buf, (const char *)encoded.data, encoded.len);
}
