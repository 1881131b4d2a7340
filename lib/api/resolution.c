/* What was settled is a record of its own, written together with the settling change: which values
 * there were, which stands, who said so and why. */
#include "lib/api/resolution.h"

#include <stdio.h>

#include "lib/api/scan.h"
#include "proto/record/fields.h"

enum { VALUE_TEXT_BYTES = 400, ALL_BYTES = 1900 };

/* A value as people write it; of a personal field nothing, since this record is not erased with it.
 */
static void say_value(const struct resolution *resolution, struct bytes value, char *out,
                      size_t size)
{
    const struct field *field = resolution->field;
    struct mp_reader reader = mp_reader_of(value);
    out[0] = '\0';
    if (field != NULL && field->personal)
        return;
    if (value.len == 0)
        (void)snprintf(out, size, "(erased)");
    else if (field == NULL || field->set)
        (void)snprintf(out, size, "%s",
                       mp_peek(&reader) == MP_BOOL && mp_read_bool(&reader) ? "yes" : "no");
    else if (!field_to_text(field, value, out, size))
        (void)snprintf(out, size, "…"); /* longer than is worth repeating */
}

static enum err add_text(struct write_list *list, uint16_t field, const char *text,
                         struct err_info *info)
{
    struct mp_buf buf;
    if (text[0] == '\0')
        return ERR_OK;
    mp_buf_init(&buf, OP_BYTES_MAX);
    mp_put_str(&buf, bytes_of_text(text));
    enum err err = write_list_add_made(list, field, NULL, &buf, info);
    mp_buf_deinit(&buf);
    return err;
}

static enum err add_value(struct write_list *list, uint16_t field, struct mp_buf *buf,
                          struct err_info *info)
{
    enum err err = write_list_add_made(list, field, NULL, buf, info);
    mp_buf_reset(buf);
    return err;
}

static void say_rejected(const struct resolution *resolution, char out[ALL_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < resolution->count; i++) {
        char text[VALUE_TEXT_BYTES];
        if (bytes_equal(resolution->values[i].value, resolution->chosen))
            continue;
        say_value(resolution, resolution->values[i].value, text, sizeof text);
        int len = snprintf(out + used, ALL_BYTES - used, "%s%s", used > 0 ? "; " : "", text);
        if (len < 0 || (size_t)len >= ALL_BYTES - used) {
            out[used] = '\0'; /* whole values only */
            return;
        }
        used += (size_t)len;
    }
}

enum err resolution_writes(const struct resolution *resolution, struct write_list *list,
                           struct err_info *info)
{
    char chosen[VALUE_TEXT_BYTES], rejected[ALL_BYTES];
    struct mp_buf buf;
    const struct kind *kind = kind_by_number(resolution->kind);
    mp_buf_init(&buf, 64);
    say_value(resolution, resolution->chosen, chosen, sizeof chosen);
    say_rejected(resolution, rejected);
    mp_put_bin(&buf, bytes_of(resolution->rid, RID_BYTES));
    enum err err = add_value(list, CONFLICT_RESOLUTION_ABOUT, &buf, info);
    if (err == ERR_OK)
        err = add_text(list, CONFLICT_RESOLUTION_ABOUT_KIND, kind != NULL ? kind->name : "", info);
    if (err == ERR_OK)
        err = add_text(list, CONFLICT_RESOLUTION_FIELD,
                       resolution->field != NULL ? resolution->field->name : "deleted", info);
    if (err == ERR_OK)
        err = add_text(list, CONFLICT_RESOLUTION_CHOSEN, chosen, info);
    if (err == ERR_OK)
        err = add_text(list, CONFLICT_RESOLUTION_REJECTED, rejected, info);
    if (err == ERR_OK)
        err = add_text(list, CONFLICT_RESOLUTION_REASON, resolution->reason, info);
    mp_put_int(&buf, resolution->today);
    if (err == ERR_OK)
        err = add_value(list, CONFLICT_RESOLUTION_RESOLVED_ON, &buf, info);
    if (err == ERR_OK)
        err = add_text(list, CONFLICT_RESOLUTION_RESOLVED_BY, resolution->author, info);
    mp_buf_reset(&buf);
    mp_put_uint(&buf, resolution->site);
    if (err == ERR_OK && resolution->site != 0)
        err = add_value(list, CONFLICT_RESOLUTION_SITE, &buf, info);
    mp_buf_deinit(&buf);
    return err == ERR_OK ? write_list_finish(list, info) : err;
}
