/* A request's path and query: what a handler sees has no second reading, and asked for again by our
 * own client it is the same. */
#include "tests/fuzz/fuzz.h"

#include "lib/http/client.h"
#include "lib/http/target.h"

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

/* Each segment through the client's encoder and back. */
static void check_path_again(const char *path)
{
    struct http_url url;
    struct err_info info;
    const char *target = NULL;
    char segment[HTTP_PATH_BYTES_MAX], again[HTTP_PATH_BYTES_MAX];
    http_url_init(&url, "");
    for (const char *at = path; *at == '/';) {
        size_t len = strcspn(at + 1, "/");
        memcpy(segment, at + 1, len);
        segment[len] = '\0';
        http_url_segment(&url, segment);
        at += 1 + len;
    }
    if (http_url_finish(&url, &target, &info) != ERR_OK)
        return;
    assert(target_path(target, again, &info) == ERR_OK);
    assert(strcmp(again, path) == 0);
}

static void check_query_again(const struct http_pair *pairs, size_t count)
{
    struct http_url url;
    struct err_info info;
    const char *target = NULL;
    struct http_pair again[HTTP_PAIRS_MAX];
    size_t again_count = 0;
    http_url_init(&url, "");
    for (size_t i = 0; i < count; i++)
        http_url_query(&url, pairs[i].name, pairs[i].value);
    if (count == 0 || http_url_finish(&url, &target, &info) != ERR_OK)
        return;
    char *text = text_of((const uint8_t *)target + 1, strlen(target) - 1);
    assert(target_query(text, again, &again_count, &info) == ERR_OK && again_count == count);
    for (size_t i = 0; i < count; i++)
        assert(strcmp(again[i].name, pairs[i].name) == 0 &&
               strcmp(again[i].value, pairs[i].value) == 0);
    free(text);
}

static void read_query(const char *input, size_t size)
{
    struct http_pair pairs[HTTP_PAIRS_MAX];
    struct err_info info;
    size_t count = 0;
    char *text = text_of((const uint8_t *)input, size);
    if (target_query(text, pairs, &count, &info) == ERR_OK) {
        assert(count <= HTTP_PAIRS_MAX);
        for (size_t i = 0; i < count; i++)
            assert(utf8_valid(bytes_of_text(pairs[i].name)) &&
                   utf8_valid(bytes_of_text(pairs[i].value)));
        check_query_again(pairs, count);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[HTTP_PATH_BYTES_MAX];
    struct err_info info;
    char *text = text_of(data, size);
    if (target_path(text, path, &info) == ERR_OK) {
        assert(path[0] == '/' && strstr(path, "//") == NULL && strstr(path, "/../") == NULL);
        assert(!has_control(path) && utf8_valid(bytes_of_text(path)));
        check_path_again(path);
    }
    const char *query = strchr(text, '?');
    if (query != NULL)
        query++;
    else
        query = text;
    read_query(query, strlen(query));
    free(text);
    return 0;
}
