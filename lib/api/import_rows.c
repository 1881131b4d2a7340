/* One row of application/vnd.cse.rows: [line, {field number: value, …}], a set as an array of its
 * members. Read with the same care whether it comes from the network or from the staged file. */
#include "lib/api/jobs.h"

#include <inttypes.h>

enum { ROW_HEAD = 0x92 /* an array of two */ };

enum err row_take(struct bytes *input, struct bytes *row_out)
{
    if (input->len == 0)
        return ERR_BUSY;
    if (input->data[0] != ROW_HEAD) /* the reader cannot tell a strange value from one cut short */
        return ERR_CORRUPT;
    struct mp_reader reader = mp_reader_of(*input);
    struct bytes row = mp_read_any(&reader);
    if (reader.err != ERR_OK)
        return input->len >= API_ROW_BYTES_MAX ? ERR_TOO_BIG : ERR_BUSY;
    if (row.len > API_ROW_BYTES_MAX)
        return ERR_TOO_BIG;
    input->data += row.len;
    input->len -= row.len;
    *row_out = row;
    return ERR_OK;
}

static const uint8_t PRESENT[] = {0xc3};

/* [hash, name, media, size], or the hash of a file that is here. */
static enum err file_member(struct write_list *list, const struct field *field, struct bytes value,
                            struct err_info *info)
{
    struct mp_buf member, description;
    mp_buf_init(&member, MEMBER_BYTES_MAX);
    mp_buf_init(&description, 1024);
    char name[2 * HASH_BYTES + 1];
    struct mp_reader reader = mp_reader_of(value);
    struct bytes title = {0}, media = bytes_of_text("application/octet-stream");
    uint8_t hash[HASH_BYTES];
    uint64_t size = 0;
    bool described = mp_peek(&reader) == MP_ARRAY && mp_read_array(&reader) == 4;
    mp_read_bin_exact(&reader, hash, sizeof hash);
    if (described) {
        title = mp_read_str(&reader);
        media = mp_read_str(&reader);
        (void)mp_read_uint(&reader); /* the file itself says how long it is */
    }
    enum err err = ERR_OK;
    if (reader.err != ERR_OK || !mp_at_end(&reader) || title.len > NAME_BYTES_MAX ||
        media.len > NAME_BYTES_MAX)
        err = err_set(info, ERR_INVALID,
                      "%s: a file is a hash of 32 bytes, or [hash, name, media type, size]",
                      field->name);
    hex_encode(bytes_of(hash, sizeof hash), name);
    if (err == ERR_OK && !blobs_have(list->api->config.blobs, hash, &size))
        err = err_set(info, ERR_INVALID,
                      "%s: the file %.16s… is not here; POST its bytes to /api/v1/blobs first",
                      field->name, name);
    mp_put_bin(&member, bytes_of(hash, sizeof hash));
    mp_put_array(&description, 3);
    mp_put_str(&description, title.len > 0 ? title : bytes_of_text(name));
    mp_put_str(&description, media);
    mp_put_uint(&description, size);
    if (err == ERR_OK && (mp_buf_err(&member) != ERR_OK || mp_buf_err(&description) != ERR_OK))
        err = err_set(info, ERR_NO_MEMORY, "out of memory");
    if (err == ERR_OK)
        err = write_list_add(list, field->number, mp_buf_bytes(&member), mp_buf_bytes(&description),
                             info);
    mp_buf_deinit(&member);
    mp_buf_deinit(&description);
    return err;
}

static bool in_set_already(const struct write_list *list, uint32_t first, struct bytes member)
{
    for (uint32_t i = first; i < list->count; i++)
        if (bytes_equal(
                bytes_of(list->buf.data + list->spans[i].member_at, list->spans[i].member_len),
                member))
            return true;
    return false;
}

static enum err read_set(struct write_list *list, const struct field *field,
                         struct mp_reader *reader, struct err_info *info)
{
    if (mp_peek(reader) != MP_ARRAY)
        return err_set(info, ERR_INVALID, "%s: a set is an array of its members", field->name);
    uint32_t count = mp_read_array(reader), first = list->count;
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        struct bytes member = mp_read_any(reader);
        if (reader->err != ERR_OK)
            return err_set(info, ERR_CORRUPT, "%s: the set is cut short", field->name);
        if (field->type == FIELD_FILE) {
            err = file_member(list, field, member, info);
            continue;
        }
        err = field_check(field, member, info);
        if (err == ERR_OK && !in_set_already(list, first, member))
            err = write_list_add(list, field->number, member, bytes_of(PRESENT, sizeof PRESENT),
                                 info);
    }
    return err;
}

static enum err read_field(struct write_list *list, const struct kind *kind,
                           struct mp_reader *reader, struct err_info *info)
{
    if (mp_peek(reader) != MP_UINT)
        return err_set(info, ERR_CORRUPT, "a field is named by its number");
    uint64_t number = mp_read_uint(reader);
    const struct field *field =
        number <= FIELD_MAX ? field_by_number(kind, (uint16_t)number) : NULL;
    if (field == NULL)
        return err_set(info, ERR_INVALID, "%s has no field with number %" PRIu64, kind->name,
                       number);
    if (field->set)
        return read_set(list, field, reader, info);
    struct bytes value = mp_read_any(reader);
    if (reader->err != ERR_OK)
        return err_set(info, ERR_CORRUPT, "%s: the value is cut short", field->name);
    enum err err = field_check(field, value, info);
    bool nil = value.len == 1 && value.data[0] == 0xc0;
    if (err == ERR_OK && !nil)
        err = write_list_add(list, field->number, bytes_of(NULL, 0), value, info);
    return err;
}

static struct bytes value_of(const void *context, uint16_t field)
{
    const struct write_list *list = context;
    for (uint32_t i = 0; i < list->count; i++)
        if (list->writes[i].field == field && list->writes[i].member.len == 0)
            return list->writes[i].value;
    return bytes_of(NULL, 0);
}

static enum err check_whole(const struct write_list *list, const struct kind *kind,
                            struct err_info *info)
{
    for (uint32_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        bool there = false;
        for (uint32_t n = 0; field->required && n < list->count && !there; n++)
            there = list->writes[n].field == field->number;
        if (field->required && !there)
            return err_set(info, ERR_INVALID, "%s: must not be empty", field->name);
    }
    const char *breach = kind_fault(kind, (struct kind_view){.context = list, .get = value_of});
    return breach == NULL ? ERR_OK : err_set(info, ERR_INVALID, "%s", breach);
}

enum err row_read(struct bytes row, const struct kind *kind, struct write_list *list,
                  uint64_t *line_out, struct err_info *info)
{
    enum err err = mp_scan(row);
    if (err != ERR_OK)
        return err_set(info, err, "the row is not MessagePack as docs/wire.md admits it");
    struct mp_reader reader = mp_reader_of(row);
    if (mp_read_array(&reader) != 2 || mp_peek(&reader) != MP_UINT)
        return err_set(info, ERR_CORRUPT, "a row is [line, {field number: value, …}]");
    *line_out = mp_read_uint(&reader);
    if (mp_peek(&reader) != MP_MAP)
        return err_set(info, ERR_CORRUPT, "a row is [line, {field number: value, …}]");
    uint32_t count = mp_read_map(&reader);
    list->count = 0;
    mp_buf_reset(&list->buf);
    for (uint32_t i = 0; i < count && err == ERR_OK; i++)
        err = read_field(list, kind, &reader, info);
    if (err == ERR_OK)
        err = write_list_finish(list, info);
    if (err == ERR_OK && list->count == 0)
        err = err_set(info, ERR_INVALID, "the row is empty");
    return err == ERR_OK ? check_whole(list, kind, info) : err;
}
