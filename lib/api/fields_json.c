/* Fields on their way in: {"fields":{…}} as the writes of one operation. */
#include "lib/api/internal.h"

#include <stdio.h>

void write_list_init(struct write_list *list, struct api *api, struct store_txn *txn)
{
    list->api = api;
    list->txn = txn;
    list->before = NULL;
    list->count = 0;
    mp_buf_init(&list->buf, OP_BYTES_MAX);
}

void write_list_deinit(struct write_list *list)
{
    mp_buf_deinit(&list->buf);
}

enum err write_list_add(struct write_list *list, uint16_t field, struct bytes member,
                        struct bytes value, struct err_info *info)
{
    if (list->count == OP_WRITES_MAX)
        return err_set(info, ERR_LIMIT, "more than %d values in one change", (int)OP_WRITES_MAX);
    uint32_t n = list->count++;
    list->writes[n] = (struct change_write){.field = field};
    list->spans[n].member_at = list->buf.len;
    list->spans[n].member_len = member.len;
    if (member.len > 0)
        mp_put_raw(&list->buf, member);
    list->spans[n].value_at = list->buf.len;
    list->spans[n].value_len = value.len;
    mp_put_raw(&list->buf, value);
    enum err err = mp_buf_err(&list->buf);
    return err == ERR_OK ? ERR_OK
                         : err_set(info, err, "the values of one change: %s", err_text(err));
}

enum err write_list_add_made(struct write_list *list, uint16_t field, const struct mp_buf *member,
                             const struct mp_buf *value, struct err_info *info)
{
    enum err err = mp_buf_err(value);
    if (err == ERR_OK && member != NULL)
        err = mp_buf_err(member);
    if (err != ERR_OK)
        return err_set(info, err, "the values of one change: %s", err_text(err));
    return write_list_add(list, field, member != NULL ? mp_buf_bytes(member) : bytes_of(NULL, 0),
                          mp_buf_bytes(value), info);
}

enum err write_list_finish(struct write_list *list, struct err_info *info)
{
    enum err err = mp_buf_err(&list->buf);
    if (err != ERR_OK)
        return err_set(info, err, "the values of one change: %s", err_text(err));
    for (uint32_t i = 0; i < list->count; i++) {
        list->writes[i].member =
            bytes_of(list->buf.data + list->spans[i].member_at, list->spans[i].member_len);
        list->writes[i].value =
            bytes_of(list->buf.data + list->spans[i].value_at, list->spans[i].value_len);
    }
    return ERR_OK;
}

enum err value_wrong_shape(const struct field *field, const char *wanted, struct err_info *info)
{
    return err_set(info, ERR_INVALID, "%s: expects %s", field->name, wanted);
}

static enum err counts_from_json(const struct field *field, const json_t *value, struct mp_buf *out,
                                 struct err_info *info)
{
    if (!json_is_array(value) || json_array_size(value) > COUNTS_MAX)
        return value_wrong_shape(field, "a list of at most 16 whole numbers", info);
    mp_put_array(out, (uint32_t)json_array_size(value));
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *count = json_array_get(value, i);
        if (!json_is_integer(count))
            return value_wrong_shape(field, "a list of at most 16 whole numbers", info);
        mp_put_int(out, json_integer_value(count));
    }
    return ERR_OK;
}

static enum err text_from_json(struct write_list *list, const struct field *field,
                               const json_t *value, struct mp_buf *out, struct err_info *info)
{
    if (!json_is_string(value))
        return value_wrong_shape(field,
                                 field->type == FIELD_TEXT
                                     ? N_("a text")
                                     : N_("a text such as GET /api/v1/kinds describes"),
                                 info);
    const char *text = json_string_value(value);
    if (field->type == FIELD_SITE && text[0] != '\0') {
        uint64_t site;
        enum err err = site_by_name(list->txn, text, &site, info);
        if (err != ERR_OK)
            return err_wrap(info, err, "%s", field->name);
        mp_put_uint(out, site);
        return ERR_OK;
    }
    return field_from_text(field, text, out, info);
}

static enum err from_json(struct write_list *list, const struct field *field, const json_t *value,
                          struct mp_buf *out, struct err_info *info)
{
    if (json_is_null(value)) {
        mp_put_nil(out);
        return ERR_OK;
    }
    switch (field->type) {
    case FIELD_INT:
        if (json_is_string(value))
            return field_from_text(field, json_string_value(value), out, info);
        if (!json_is_integer(value))
            return value_wrong_shape(field, "a whole number", info);
        mp_put_int(out, json_integer_value(value));
        return ERR_OK;
    case FIELD_BOOL:
        if (json_is_string(value))
            return field_from_text(field, json_string_value(value), out, info);
        if (!json_is_boolean(value))
            return value_wrong_shape(field, "true or false", info);
        mp_put_bool(out, json_is_true(value));
        return ERR_OK;
    case FIELD_COUNTS:
        return counts_from_json(field, value, out, info);
    case FIELD_TEXT:
    case FIELD_DATE:
    case FIELD_TIME:
    case FIELD_ENUM:
    case FIELD_ELEMENT:
    case FIELD_REF:
    case FIELD_SITE:
    case FIELD_FILE:
        return text_from_json(list, field, value, out, info);
    }
    return ERR_OK;
}

enum err value_from_json(struct write_list *list, const struct field *field, const json_t *value,
                         struct mp_buf *out, struct err_info *info)
{
    size_t start = out->len;
    enum err err = from_json(list, field, value, out, info);
    if (err == ERR_OK && mp_buf_err(out) != ERR_OK)
        err = err_set(info, mp_buf_err(out), "%s: %s", field->name, err_text(mp_buf_err(out)));
    if (err == ERR_OK)
        err = field_check(field, bytes_of(out->data + start, out->len - start), info);
    return err;
}

/* Does the record have this file already? */
static bool names_file(const struct record_view *before, uint16_t field,
                       const uint8_t hash[HASH_BYTES])
{
    for (uint32_t i = 0; before != NULL && i < before->field_count; i++) {
        struct mp_reader reader = mp_reader_of(before->fields[i].member);
        if (before->fields[i].field != field || mp_peek(&reader) != MP_BIN)
            continue;
        if (bytes_equal(mp_read_bin(&reader), bytes_of(hash, HASH_BYTES)))
            return true;
    }
    return false;
}

enum err file_from_json(struct write_list *list, const struct field *field, const json_t *value,
                        struct mp_buf *member, struct mp_buf *description, struct err_info *info)
{
    const char *hash_text = json_string_value(value), *name = NULL,
               *media = "application/octet-stream";
    enum err err = ERR_OK;
    int64_t said = -1;
    if (json_is_object(value)) {
        err = json_get_text(value, "hash", JSON_REQUIRED, &hash_text, info);
        if (err == ERR_OK)
            err = json_get_text(value, "name", JSON_OPTIONAL, &name, info);
        if (err == ERR_OK)
            err = json_get_text(value, "media", JSON_OPTIONAL, &media, info);
        if (err == ERR_OK)
            err = json_get_int(value, "size", JSON_OPTIONAL, &said, info);
    } else if (hash_text == NULL) {
        return value_wrong_shape(field, "{\"hash\",\"name\",\"media\"} or a hash", info);
    }
    if (err != ERR_OK)
        return err_wrap(info, err, "%s", field->name);
    uint8_t hash[HASH_BYTES];
    if (!hex_decode(hash_text, hash, sizeof hash))
        return value_wrong_shape(field, "a hash of 64 hex digits", info);
    uint64_t size = 0;
    if (!blobs_have(list->api->config.blobs, hash, &size)) {
        if (said < 0 || !names_file(list->before, field->number, hash))
            return err_set(info, ERR_INVALID,
                           "%s: the file %.16s… is not here; POST its bytes to /api/v1/blobs first",
                           field->name, hash_text);
        size = (uint64_t)said; /* said of the record again; its bytes may still be on their way */
    }
    if (name == NULL || name[0] == '\0')
        name = hash_text;
    if (strlen(name) > NAME_BYTES_MAX || strlen(media) > NAME_BYTES_MAX)
        return err_set(info, ERR_INVALID, "%s: a file's name and media type have at most %d bytes",
                       field->name, (int)NAME_BYTES_MAX);
    mp_put_bin(member, bytes_of(hash, sizeof hash));
    mp_put_array(description, 3);
    mp_put_str(description, bytes_of_text(name));
    mp_put_str(description, bytes_of_text(media));
    mp_put_uint(description, size);
    return ERR_OK;
}

static enum err plain_field(struct write_list *list, const struct field *field, const json_t *value,
                            const struct record_view *before, struct err_info *info)
{
    struct mp_buf buf;
    mp_buf_init(&buf, OP_BYTES_MAX);
    enum err err = value_from_json(list, field, value, &buf, info);
    bool nil_of_nothing = before == NULL && buf.len == 1 && buf.data != NULL && buf.data[0] == 0xc0;
    if (err == ERR_OK && !nil_of_nothing)
        err = write_list_add(list, field->number, bytes_of(NULL, 0), mp_buf_bytes(&buf), info);
    mp_buf_deinit(&buf);
    return err;
}

enum err write_list_fields(struct write_list *list, const struct kind *kind, const json_t *fields,
                           const struct record_view *before, struct err_info *info)
{
    const char *name;
    json_t *value;
    list->before = before;
    json_object_foreach((json_t *)(uintptr_t)fields, name, value)
    {
        const struct field *field = field_by_name(kind, name);
        if (field == NULL)
            return field_unknown(kind, name, info);
        enum err err = field->set ? set_from_json(list, field, value, before, info)
                                  : plain_field(list, field, value, before, info);
        if (err != ERR_OK)
            return err;
    }
    return write_list_finish(list, info);
}
