/* The scan walks the bytes once with a stack of SCAN_DEPTH_MAX counters and allocates nothing: what
 * a value declares is believed only as far as the bytes that are there. Keys in ascending order are
 * checked against the greatest so far; a key out of order is looked for among the earlier ones, and
 * those steps count against the same bound as the objects, so that no input makes the scan
 * quadratic. */
#include "proto/base/limits.h"
#include "proto/record/mp_token.h"

struct level {
    uint64_t left; /* items still to come; a map's pair is two */
    bool map;
    const uint8_t *first;  /* the first item */
    struct bytes greatest; /* a map's greatest key so far */
};

struct scan {
    const uint8_t *at;
    const uint8_t *end;
    uint32_t steps;
    uint32_t depth;
    struct level levels[SCAN_DEPTH_MAX];
};

static bool is_container(enum mp_type type)
{
    return type == MP_ARRAY || type == MP_MAP;
}

static enum err key_is_new(struct scan *scan, const struct level *level, struct bytes key)
{
    const uint8_t *at = level->first;
    while (at < key.data) {
        struct mp_token token = mp_token_at(at, scan->end);
        if (bytes_equal(bytes_of(at, (size_t)(token.next - at)), key))
            return ERR_CORRUPT;
        struct mp_reader value =
            mp_reader_of(bytes_of(token.next, (size_t)(scan->end - token.next)));
        uint64_t pending = 1;
        while (pending > 0) {
            struct mp_token item = mp_token_at(value.at, scan->end);
            pending += item.type == MP_MAP     ? 2 * item.number
                       : item.type == MP_ARRAY ? item.number
                                               : 0;
            pending--;
            value.at = item.next;
            if (++scan->steps > SCAN_OBJECTS_MAX)
                return ERR_TOO_BIG;
        }
        at = value.at;
    }
    return ERR_OK;
}

static enum err check_key(struct scan *scan, struct level *level, const struct mp_token *token)
{
    if (is_container(token->type))
        return ERR_CORRUPT;
    struct bytes key = bytes_of(scan->at, (size_t)(token->next - scan->at));
    int order = level->greatest.data == NULL ? 1 : bytes_compare(key, level->greatest);
    if (order == 0)
        return ERR_CORRUPT;
    if (order < 0)
        return key_is_new(scan, level, key);
    level->greatest = key;
    return ERR_OK;
}

static enum err step(struct scan *scan)
{
    struct mp_token token = mp_token_at(scan->at, scan->end);
    if (token.type == MP_BAD || token.type == MP_END)
        return ERR_CORRUPT;
    if (++scan->steps > SCAN_OBJECTS_MAX)
        return ERR_TOO_BIG;
    if (token.type == MP_STR && !utf8_valid(bytes_of(token.body, (size_t)token.number)))
        return ERR_CORRUPT;
    if (scan->depth > 0) {
        struct level *level = &scan->levels[scan->depth - 1];
        enum err err = level->map && level->left % 2 == 0 ? check_key(scan, level, &token) : ERR_OK;
        if (err != ERR_OK)
            return err;
        level->left--;
    }
    scan->at = token.next;
    if (is_container(token.type)) {
        if (scan->depth == SCAN_DEPTH_MAX)
            return ERR_TOO_BIG;
        bool map = token.type == MP_MAP;
        scan->levels[scan->depth++] = (struct level){
            .left = map ? 2 * token.number : token.number, .map = map, .first = token.next};
    }
    while (scan->depth > 0 && scan->levels[scan->depth - 1].left == 0)
        scan->depth--;
    return ERR_OK;
}

enum err mp_scan(struct bytes input)
{
    struct scan scan;
    scan.at = input.data;
    scan.end = input.len == 0 ? input.data : input.data + input.len;
    scan.steps = 0;
    scan.depth = 0;
    do {
        enum err err = step(&scan);
        if (err != ERR_OK)
            return err;
    } while (scan.depth > 0);
    return scan.at == scan.end ? ERR_OK : ERR_CORRUPT;
}
