/* A body that was admitted means the same after it was written and read again, and holds no text
 * that C would cut. */
#include "tests/fuzz/fuzz.h"

#include "lib/http/json.h"

static void walk(json_t *value)
{
    size_t index;
    const char *key;
    json_t *item;
    if (json_is_string(value))
        assert(strlen(json_string_value(value)) == json_string_length(value));
    json_array_foreach(value, index, item) walk(item);
    json_object_foreach(value, key, item)
    {
        const char *text = NULL;
        int64_t number = 0;
        bool on = false;
        struct err_info info;
        assert(utf8_valid(bytes_of_text(key)));
        enum err err = json_get_text(value, key, JSON_REQUIRED, &text, &info);
        assert((err == ERR_OK) == json_is_string(item));
        err = json_get_int(value, key, JSON_REQUIRED, &number, &info);
        assert((err == ERR_OK) == json_is_integer(item));
        err = json_get_bool(value, key, JSON_REQUIRED, &on, &info);
        assert((err == ERR_OK) == json_is_boolean(item));
        walk(item);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value = NULL, *again = NULL;
    struct err_info info;
    enum err err = json_parse(bytes_of(data, size), &value, &info);
    if (err != ERR_OK) {
        assert(err == ERR_CORRUPT || err == ERR_TOO_BIG);
        return 0;
    }
    walk(value);
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    assert(text != NULL);
    assert(json_parse(bytes_of_text(text), &again, &info) == ERR_OK);
    assert(json_equal(value, again));
    json_decref(again);
    again = NULL;
    err = json_parse_object(bytes_of_text(text), &again, &info);
    assert(err == (json_is_object(value) ? ERR_OK : ERR_CORRUPT));
    json_decref(again);
    json_decref(value);
    free(text);
    return 0;
}
