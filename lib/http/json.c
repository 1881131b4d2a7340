#include "lib/http/json.h"

#include <stdlib.h>

/* The library tells a want of memory as a fault of the text, so it is watched while it asks. */
static _Thread_local bool went_without;

static void *take(size_t size)
{
    void *memory = malloc(size);
    went_without = went_without || memory == NULL;
    return memory;
}

enum err json_parse(struct bytes text, json_t **json_out, struct err_info *info)
{
    json_error_t error;
    if (text.len > JSON_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "JSON: over %d bytes", JSON_BYTES_MAX);
    const char *from = text.len == 0 ? "" : (const char *)text.data;
    json_set_alloc_funcs(take, free);
    went_without = false;
    json_t *json = json_loadb(from, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (went_without) {
        json_decref(json);
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    }
    if (json == NULL)
        return err_set(info, ERR_CORRUPT, "JSON: line %d, column %d: %s", error.line, error.column,
                       error.text);
    *json_out = json;
    return ERR_OK;
}

enum err json_parse_object(struct bytes text, json_t **json_out, struct err_info *info)
{
    json_t *json = NULL;
    enum err err = json_parse(text, &json, info);
    if (err != ERR_OK)
        return err;
    if (!json_is_object(json)) {
        json_decref(json);
        return err_set(info, ERR_CORRUPT, "JSON: must be an object");
    }
    *json_out = json;
    return ERR_OK;
}

/* The member, or NULL with *err_out ERR_OK (optional and absent) or ERR_INVALID. */
static const json_t *member(const json_t *object, const char *key, enum json_need need,
                            enum err *err_out, struct err_info *info)
{
    const json_t *value = json_object_get(object, key);
    *err_out = ERR_OK;
    if (value != NULL && !json_is_null(value))
        return value;
    if (need == JSON_REQUIRED)
        *err_out = err_set(info, ERR_INVALID, "field '%s': is missing", key);
    return NULL;
}

enum err json_get_text(const json_t *object, const char *key, enum json_need need,
                       const char **value_out, struct err_info *info)
{
    enum err err;
    const json_t *value = member(object, key, need, &err, info);
    if (value == NULL)
        return err;
    if (!json_is_string(value))
        return err_set(info, ERR_INVALID, "field '%s': must be a text", key);
    *value_out = json_string_value(value);
    return ERR_OK;
}

enum err json_get_int(const json_t *object, const char *key, enum json_need need,
                      int64_t *value_out, struct err_info *info)
{
    enum err err;
    const json_t *value = member(object, key, need, &err, info);
    if (value == NULL)
        return err;
    if (!json_is_integer(value))
        return err_set(info, ERR_INVALID, "field '%s': must be a whole number", key);
    *value_out = (int64_t)json_integer_value(value);
    return ERR_OK;
}

enum err json_get_bool(const json_t *object, const char *key, enum json_need need, bool *value_out,
                       struct err_info *info)
{
    enum err err;
    const json_t *value = member(object, key, need, &err, info);
    if (value == NULL)
        return err;
    if (!json_is_boolean(value))
        return err_set(info, ERR_INVALID, "field '%s': must be true or false", key);
    *value_out = json_is_true(value);
    return ERR_OK;
}
