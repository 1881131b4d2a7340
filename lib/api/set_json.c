/* Sets on their way in. A set is compared with what the record holds now, so that only what really
 * changes is written: another site's addition meanwhile is not taken back by someone who never saw
 * it. */
#include "lib/api/internal.h"

static const struct view_field *member_now(const struct record_view *before, uint16_t field,
                                           struct bytes member)
{
    for (uint32_t i = 0; before != NULL && i < before->field_count; i++)
        if (before->fields[i].field == field && bytes_equal(before->fields[i].member, member))
            return &before->fields[i];
    return NULL;
}

static const uint8_t PRESENT[] = {0xc3}, ABSENT[] = {0xc2};

/* The members of a JSON list, in `out` one after another with where each ends. */
struct members {
    struct mp_buf buf, descriptions;
    uint32_t count;
    struct {
        size_t at, len, value_at, value_len;
    } rows[OP_WRITES_MAX];
};

static struct bytes member_at(const struct members *members, uint32_t i)
{
    return bytes_of(members->buf.data + members->rows[i].at, members->rows[i].len);
}

static struct bytes description_at(const struct members *members, uint32_t i)
{
    if (members->rows[i].value_len == 0)
        return bytes_of(PRESENT, sizeof PRESENT);
    return bytes_of(members->descriptions.data + members->rows[i].value_at,
                    members->rows[i].value_len);
}

static bool has_member(const struct members *members, struct bytes member)
{
    for (uint32_t i = 0; i < members->count; i++)
        if (bytes_equal(member_at(members, i), member))
            return true;
    return false;
}

static enum err read_member(struct write_list *list, const struct field *field, const json_t *value,
                            struct members *members, struct err_info *info)
{
    if (members->count == OP_WRITES_MAX)
        return err_set(info, ERR_LIMIT, "%s: more than %d members in one change", field->name,
                       (int)OP_WRITES_MAX);
    size_t at = members->buf.len, value_at = members->descriptions.len;
    enum err err =
        field->type == FIELD_FILE
            ? file_from_json(list, field, value, &members->buf, &members->descriptions, info)
            : value_from_json(list, field, value, &members->buf, info);
    if (err != ERR_OK)
        return err;
    err = mp_buf_err(&members->buf);
    if (err == ERR_OK)
        err = mp_buf_err(&members->descriptions);
    if (err == ERR_TOO_BIG)
        return err_set(info, err, "%s: too many or too long members", field->name);
    if (err != ERR_OK)
        return err_set(info, err, "out of memory");
    struct bytes member = bytes_of(members->buf.data + at, members->buf.len - at);
    if (has_member(members, member))
        return ERR_OK; /* said twice: once is meant */
    uint32_t n = members->count++;
    members->rows[n].at = at;
    members->rows[n].len = member.len;
    members->rows[n].value_at = value_at;
    members->rows[n].value_len = members->descriptions.len - value_at;
    return ERR_OK;
}

static enum err read_members(struct write_list *list, const struct field *field,
                             const json_t *values, struct members *members, struct err_info *info)
{
    if (!json_is_array(values))
        return value_wrong_shape(field, "a list, or {\"add\":[…],\"remove\":[…]}", info);
    enum err err = ERR_OK;
    for (size_t i = 0; i < json_array_size(values) && err == ERR_OK; i++)
        err = read_member(list, field, json_array_get(values, i), members, info);
    return err;
}

static enum err add_members(struct write_list *list, const struct field *field,
                            const struct members *members, const struct record_view *before,
                            struct err_info *info)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < members->count && err == ERR_OK; i++) {
        const struct view_field *now = member_now(before, field->number, member_at(members, i));
        if (now == NULL || !bytes_equal(now->value, description_at(members, i)))
            err = write_list_add(list, field->number, member_at(members, i),
                                 description_at(members, i), info);
    }
    return err;
}

/* Members that are there now and, unless `all_but` says otherwise, are in (or not in) `members`. */
static enum err remove_members(struct write_list *list, const struct field *field,
                               const struct members *members, bool all_but,
                               const struct record_view *before, struct err_info *info)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; before != NULL && i < before->field_count && err == ERR_OK; i++) {
        const struct view_field *now = &before->fields[i];
        if (now->field == field->number && now->member.len > 0 &&
            has_member(members, now->member) != all_but)
            err = write_list_add(list, field->number, now->member, bytes_of(ABSENT, sizeof ABSENT),
                                 info);
    }
    return err;
}

static void members_init(struct members *members)
{
    mp_buf_init(&members->buf, OP_BYTES_MAX);
    mp_buf_init(&members->descriptions, OP_BYTES_MAX);
    members->count = 0;
}

static void members_deinit(struct members *members)
{
    mp_buf_deinit(&members->buf);
    mp_buf_deinit(&members->descriptions);
}

/* A hash, or an object that holds one, is enough to take a file away. */
static enum err read_removed(struct write_list *list, const struct field *field,
                             const json_t *values, struct members *members, struct err_info *info)
{
    if (field->type != FIELD_FILE)
        return read_members(list, field, values, members, info);
    if (!json_is_array(values))
        return value_wrong_shape(field, "\"remove\" with a list", info);
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *value = json_array_get(values, i);
        const json_t *hash_json = json_is_object(value) ? json_object_get(value, "hash") : value;
        uint8_t hash[HASH_BYTES];
        if (!json_is_string(hash_json) ||
            !hex_decode(json_string_value(hash_json), hash, sizeof hash))
            return value_wrong_shape(field, "hashes of 64 hex digits to remove", info);
        if (members->count == OP_WRITES_MAX)
            return err_set(info, ERR_LIMIT, "%s: more than %d members in one change", field->name,
                           (int)OP_WRITES_MAX);
        uint32_t n = members->count++;
        members->rows[n].at = members->buf.len;
        mp_put_bin(&members->buf, bytes_of(hash, sizeof hash));
        members->rows[n].len = members->buf.len - members->rows[n].at;
        members->rows[n].value_len = 0;
    }
    return ERR_OK;
}

static enum err set_difference(struct write_list *list, const struct field *field,
                               const json_t *value, const struct record_view *before,
                               struct err_info *info)
{
    const char *key;
    json_t *part;
    json_object_foreach((json_t *)(uintptr_t)value, key, part)
    {
        if (strcmp(key, "add") != 0 && strcmp(key, "remove") != 0)
            return value_wrong_shape(field, "a list, or {\"add\":[…],\"remove\":[…]}", info);
    }
    static const char *const parts[] = {"add", "remove"};
    enum err err = ERR_OK;
    for (int i = 0; i < 2 && err == ERR_OK; i++) {
        const json_t *values = json_object_get(value, parts[i]);
        if (values == NULL)
            continue;
        struct members members;
        members_init(&members);
        err = i == 0 ? read_members(list, field, values, &members, info)
                     : read_removed(list, field, values, &members, info);
        if (err == ERR_OK)
            err = i == 0 ? add_members(list, field, &members, before, info)
                         : remove_members(list, field, &members, false, before, info);
        members_deinit(&members);
    }
    return err;
}

static enum err set_whole(struct write_list *list, const struct field *field, const json_t *value,
                          const struct record_view *before, struct err_info *info)
{
    struct members members;
    members_init(&members);
    enum err err = json_is_null(value) ? ERR_OK : read_members(list, field, value, &members, info);
    if (err == ERR_OK)
        err = add_members(list, field, &members, before, info);
    if (err == ERR_OK)
        err = remove_members(list, field, &members, true, before, info);
    members_deinit(&members);
    return err;
}

enum err set_from_json(struct write_list *list, const struct field *field, const json_t *value,
                       const struct record_view *before, struct err_info *info)
{
    if (json_is_object(value))
        return set_difference(list, field, value, before, info);
    return set_whole(list, field, value, before, info);
}
