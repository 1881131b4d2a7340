#include "lib/http/json.h"

#include <stdlib.h>
#include <sys/mman.h>

/* While the library reads a text and gets no memory, it loses characters, passes the end of its own
 * buffer, and at best calls the text malformed. So what it asks for then comes out of address space
 * set aside before: it reads to the end, and what it has read is thrown away. */

enum {
    RESERVE_TIMES = 96, /* "[{},{},…]" takes some 70 bytes for each of the text */
    RESERVE_BYTES_MIN = 4 * 1024,
    RESERVE_HEAP_BYTES = 128 * 1024, /* up to this it is malloc's: no address space may be left */
};

static _Thread_local bool went_without;
static _Thread_local struct reserve {
    uint8_t *from; /* NULL: nothing is being read */
    size_t size, used;
} reserve;

static void *take_reserve(size_t size)
{
    size_t room = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (reserve.from == NULL || room > reserve.size - reserve.used)
        return NULL;
    reserve.used += room;
    return reserve.from + reserve.used - room;
}

static void *take(size_t size)
{
    void *memory = malloc(size);
    if (memory != NULL)
        return memory;
    went_without = true;
    return take_reserve(size);
}

static void give(void *memory)
{
    const uint8_t *at = memory;
    if (reserve.from == NULL || at < reserve.from || at >= reserve.from + reserve.size)
        free(memory);
}

void json_watch(void)
{
    json_set_alloc_funcs(take, give);
    went_without = false;
}

bool json_went_without(void)
{
    return went_without;
}

static bool reserve_make(struct reserve *made, size_t text_len)
{
    made->size = RESERVE_BYTES_MIN + RESERVE_TIMES * text_len;
    made->used = 0;
    made->from = NULL;
    if (made->size <= RESERVE_HEAP_BYTES) {
        made->from = malloc(made->size);
        return made->from != NULL;
    }
    void *space = mmap(NULL, made->size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space != MAP_FAILED)
        made->from = space;
    return made->from != NULL;
}

static void reserve_drop(const struct reserve *made)
{
    if (made->size <= RESERVE_HEAP_BYTES)
        free(made->from);
    else
        (void)munmap(made->from, made->size);
}

enum err json_load_text(struct bytes text, json_t **json_out, json_error_t *error_out)
{
    const char *from = text.len == 0 ? "" : (const char *)text.data;
    bool before = went_without;
    struct reserve set_aside;
    if (!reserve_make(&set_aside, text.len))
        return ERR_NO_MEMORY;
    json_watch();
    reserve = set_aside;
    json_t *json = json_loadb(from, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error_out);
    enum err err = went_without ? ERR_NO_MEMORY : json == NULL ? ERR_CORRUPT : ERR_OK;
    if (err == ERR_OK)
        *json_out = json;
    else
        json_decref(json);
    reserve = (struct reserve){.from = NULL};
    went_without = went_without || before;
    reserve_drop(&set_aside);
    return err;
}

enum err json_parse(struct bytes text, json_t **json_out, struct err_info *info)
{
    json_error_t error;
    if (text.len > JSON_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "JSON: over %d bytes", JSON_BYTES_MAX);
    enum err err = json_load_text(text, json_out, &error);
    if (err == ERR_NO_MEMORY)
        return err_set(info, err, "out of memory");
    return err == ERR_OK ? err
                         : err_set(info, err, "JSON: line %d, column %d: %s", error.line,
                                   error.column, error.text);
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
