/* A context on the wire: flat numbers, the writer's own origin shortened to a 0, because nearly
 * every context is nothing or the writer's own last write. One form only: sorted, unique, nil for
 * empty. */
#include "proto/record/vv.h"

#include <assert.h>

static enum err ctx_read_dot(struct mp_reader *reader, struct origin self, uint32_t *numbers_left,
                             struct dot *dot_out)
{
    uint64_t site = mp_read_uint(reader);
    uint32_t numbers = site == 0 ? 2 : 3;
    if (reader->err != ERR_OK || *numbers_left < numbers)
        return ERR_CORRUPT;
    *numbers_left -= numbers;
    struct dot dot = {.origin = self};
    if (site != 0) {
        uint64_t epoch = mp_read_uint(reader);
        if (epoch > UINT32_MAX)
            return ERR_CORRUPT;
        dot.origin = (struct origin){.site = site, .epoch = (uint32_t)epoch};
        if (!origin_valid(dot.origin) || origin_equal(dot.origin, self))
            return ERR_CORRUPT;
    }
    dot.seq = mp_read_uint(reader);
    if (reader->err != ERR_OK || dot.seq == 0)
        return ERR_CORRUPT;
    *dot_out = dot;
    return ERR_OK;
}

enum err ctx_decode(struct bytes ctx, struct origin self, struct dot *dots_out, uint32_t *count_out)
{
    struct mp_reader reader = mp_reader_of(ctx);
    if (mp_peek(&reader) == MP_NIL) {
        if (ctx.len != 1)
            return ERR_CORRUPT;
        *count_out = 0;
        return ERR_OK;
    }
    uint32_t left = mp_read_array(&reader);
    if (reader.err != ERR_OK || left == 0)
        return ERR_CORRUPT;
    struct dot dots[VV_ENTRIES_MAX];
    uint32_t count = 0;
    while (left > 0) {
        if (count == VV_ENTRIES_MAX)
            return ERR_LIMIT;
        enum err err = ctx_read_dot(&reader, self, &left, &dots[count]);
        if (err != ERR_OK)
            return err;
        if (count > 0 && origin_compare(dots[count - 1].origin, dots[count].origin) >= 0)
            return ERR_CORRUPT;
        count++;
    }
    if (!mp_at_end(&reader))
        return ERR_CORRUPT;
    memcpy(dots_out, dots, count * sizeof(*dots));
    *count_out = count;
    return ERR_OK;
}

void ctx_encode(struct mp_buf *buf, struct origin self, const struct dot *dots, uint32_t count)
{
    assert(count <= VV_ENTRIES_MAX);
    if (count == 0) {
        mp_put_nil(buf);
        return;
    }
    uint32_t numbers = 3 * count;
    for (uint32_t i = 0; i < count; i++) {
        if (origin_equal(dots[i].origin, self))
            numbers--;
    }
    mp_put_array(buf, numbers);
    for (uint32_t i = 0; i < count; i++) {
        assert(i == 0 || origin_compare(dots[i - 1].origin, dots[i].origin) < 0);
        if (origin_equal(dots[i].origin, self)) {
            mp_put_uint(buf, 0);
        } else {
            mp_put_uint(buf, dots[i].origin.site);
            mp_put_uint(buf, dots[i].origin.epoch);
        }
        mp_put_uint(buf, dots[i].seq);
    }
}
