#include "tools/cmd/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http/json.h"
#include "lib/sys/cli.h"
#include "proto/record/op.h"

enum err fields_kind(const char *name, const struct kind **kind_out, struct err_info *info)
{
    enum { KINDS_MAX = 128 };
    const struct kind *kind = kind_by_name(name);
    if (kind != NULL) {
        *kind_out = kind;
        return ERR_OK;
    }
    const char *names[KINDS_MAX];
    uint32_t count;
    const struct kind *kinds = kinds_all(&count);
    count = count < KINDS_MAX ? count : KINDS_MAX;
    for (uint32_t i = 0; i < count; i++)
        names[i] = kinds[i].name;
    const char *near = cli_nearest(name, names, count);
    if (near != NULL)
        return err_set(info, ERR_USAGE, "there is no kind '%s'; did you mean '%s'?", name, near);
    return err_set(info, ERR_USAGE, "there is no kind '%s'; 'cse kinds' lists them", name);
}

static json_t *counts_json(struct bytes value)
{
    struct mp_reader reader = mp_reader_of(value);
    uint32_t count = mp_read_array(&reader);
    json_t *list = json_array();
    for (uint32_t i = 0; i < count && list != NULL; i++)
        (void)json_array_append_new(list, json_integer(mp_read_int(&reader)));
    return list;
}

/* The value as the daemon writes it itself: one form for one value. */
static json_t *canonical(const struct field *field, struct bytes value)
{
    struct mp_reader reader = mp_reader_of(value);
    if (mp_peek(&reader) == MP_NIL)
        return json_null();
    if (field->type == FIELD_INT)
        return json_integer(mp_read_int(&reader));
    if (field->type == FIELD_BOOL)
        return json_boolean(mp_read_bool(&reader));
    if (field->type == FIELD_COUNTS)
        return counts_json(value);
    static char text[TEXT_BYTES_MAX + 1];
    return field_to_text(field, value, text, sizeof(text)) ? json_string(text) : NULL;
}

enum err fields_value(const struct field *field, const char *text, json_t **value_out,
                      struct err_info *info)
{
    json_t *json;
    if (field->type == FIELD_SITE && text[0] != '\0') {
        json = json_string(text); /* the daemon knows the short names */
    } else {
        struct mp_buf value;
        mp_buf_init(&value, OP_BYTES_MAX);
        enum err err = field_from_text(field, text, &value, info);
        if (err == ERR_OK && mp_buf_err(&value) == ERR_TOO_BIG)
            err = err_set(info, ERR_TOO_BIG, "%s: the value is too long", field->name);
        else if (err == ERR_OK && mp_buf_err(&value) != ERR_OK)
            err = err_set(info, ERR_NO_MEMORY, "out of memory");
        json = err == ERR_OK ? canonical(field, mp_buf_bytes(&value)) : NULL;
        mp_buf_deinit(&value);
        if (err != ERR_OK)
            return err;
    }
    if (json == NULL && (json_went_without()))
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    if (json == NULL)
        return err_set(info, ERR_INVALID, "%s: not a valid text", field->name);
    *value_out = json;
    return ERR_OK;
}

/* A comma list; blanks around members do not count. */
static enum err members_json(const struct field *field, const char *text, json_t *list,
                             struct err_info *info)
{
    while (text != NULL) {
        const char *comma = strchr(text, ',');
        size_t len = comma != NULL ? (size_t)(comma - text) : strlen(text);
        for (; len > 0 && text[0] == ' '; len--)
            text++;
        while (len > 0 && text[len - 1] == ' ')
            len--;
        char *member = strndup(text, len);
        if (member == NULL)
            return err_set(info, ERR_NO_MEMORY, "out of memory");
        json_t *value = NULL;
        enum err err = len == 0 ? ERR_OK : fields_value(field, member, &value, info);
        free(member);
        if (err != ERR_OK)
            return err;
        if (value != NULL)
            (void)json_array_append_new(list, value);
        text = comma != NULL ? comma + 1 : NULL;
    }
    return ERR_OK;
}

static enum err add_set(json_t *fields, const struct field *field, char operation, const char *text,
                        struct err_info *info)
{
    json_t *list = json_array();
    enum err err = members_json(field, text, list, info);
    if (err != ERR_OK) {
        json_decref(list);
        return err;
    }
    if (operation == '=') {
        (void)json_object_set_new(fields, field->name, list);
        return ERR_OK;
    }
    json_t *change = json_object_get(fields, field->name);
    if (!json_is_object(change)) {
        change = json_object();
        (void)json_object_set_new(fields, field->name, change);
    }
    const char *key = operation == '+' ? "add" : "remove";
    json_t *before = json_object_get(change, key);
    if (before == NULL)
        return json_object_set_new(change, key, list) == 0
                   ? ERR_OK
                   : err_set(info, ERR_NO_MEMORY, "out of memory");
    (void)json_array_extend(before, list);
    json_decref(list);
    return ERR_OK;
}

enum err fields_unknown(const struct kind *kind, const char *name, struct err_info *info)
{
    const char *names[FIELD_MAX];
    size_t count = 0;
    for (; count < kind->field_count && count < FIELD_MAX; count++)
        names[count] = kind->fields[count].name;
    const char *near = cli_nearest(name, names, count);
    if (near != NULL)
        return err_set(info, ERR_USAGE, "%s has no field '%s'; did you mean '%s'?", kind->name,
                       name, near);
    return err_set(info, ERR_USAGE, "%s has no field '%s'; 'cse kinds %s' lists them", kind->name,
                   name, kind->name);
}

enum err fields_add(json_t *fields, const struct kind *kind, const char *word,
                    enum fields_mode mode, struct err_info *info)
{
    char name[64];
    const char *equals = strchr(word, '=');
    if (equals == NULL || equals == word)
        return err_set(info, ERR_USAGE, "'%s' is not FIELD=VALUE", word);
    char operation = equals[-1] == '+' || equals[-1] == '-' ? equals[-1] : '=';
    size_t len = (size_t)(equals - word) - (operation != '=' ? 1 : 0);
    if (len == 0 || len >= sizeof(name))
        return err_set(info, ERR_USAGE, "'%s' is not FIELD=VALUE", word);
    memcpy(name, word, len);
    name[len] = '\0';
    const struct field *field = field_by_name(kind, name);
    if (field == NULL)
        return fields_unknown(kind, name, info);
    if (field->type == FIELD_FILE)
        return err_set(info, ERR_USAGE, "%s: a file is added with --attach FILE", name);
    if (operation != '=' && (!field->set || mode == FIELDS_NEW))
        return err_set(info, ERR_USAGE, "%s%c= %s", name, operation,
                       field->set ? N_("is for 'cse edit'") : N_("needs a field that is a set"));
    if (field->set)
        return add_set(fields, field, operation, equals + 1, info);
    json_t *value = NULL;
    enum err err = fields_value(field, equals + 1, &value, info);
    if (err != ERR_OK)
        return err;
    if (mode == FIELDS_NEW && json_is_null(value))
        return ERR_OK;
    (void)json_object_set_new(fields, field->name, value);
    return ERR_OK;
}

const char *fields_required(const struct kind *kind, struct fields_text *buffer)
{
    size_t len = 0;
    buffer->text[0] = '\0';
    for (uint32_t i = 0; i < kind->field_count; i++) {
        if (!kind->fields[i].required || len >= sizeof(buffer->text))
            continue;
        len += (size_t)snprintf(buffer->text + len, sizeof(buffer->text) - len, "%s%s",
                                len > 0 ? ", " : "", kind->fields[i].name);
    }
    return buffer->text;
}
