#include "lib/http/response.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* A pattern is walked beside the path, segment by segment; there are few routes, so the first fit
 * is found by trying. */

struct walk {
    const char *pattern, *path;
    struct http_match *match;
    size_t used; /* bytes of match->texts */
};

static void keep_param(struct walk *walk, const char *name, size_t name_len, size_t value_len)
{
    struct http_params *params = &walk->match->params;
    char *texts = walk->match->texts;
    assert(params->count < HTTP_PARAMS_MAX);
    assert(walk->used + value_len + 1 <= sizeof(walk->match->texts));
    memcpy(texts + walk->used, walk->path, value_len);
    texts[walk->used + value_len] = '\0';
    /* The name stays in the pattern, where '}' ends it: http_param compares up to there. */
    assert(name[name_len] == '}' || name[name_len] == '*');
    params->pairs[params->count++] = (struct http_pair){.name = name, .value = texts + walk->used};
    walk->used += value_len + 1;
    walk->path += value_len;
}

/* A {name} or {name*} of the pattern against the path here. */
static bool walk_param(struct walk *walk)
{
    const char *name = walk->pattern + 1;
    size_t name_len = strcspn(name, "*}");
    bool rest = name[name_len] == '*';
    size_t value_len = rest ? strlen(walk->path) : strcspn(walk->path, "/");
    if (value_len == 0 && !rest)
        return false;
    keep_param(walk, name, name_len, value_len);
    walk->pattern = name + name_len + (rest ? 2 : 1);
    return true;
}

static bool fits(const char *pattern, const char *path, struct http_match *match)
{
    struct walk walk = {.pattern = pattern, .path = path, .match = match};
    match->params.count = 0;
    while (*walk.pattern != '\0') {
        if (*walk.pattern == '{') {
            if (!walk_param(&walk))
                return false;
        } else if (*walk.pattern++ != *walk.path++) {
            return false;
        }
    }
    return *walk.path == '\0';
}

static const char *const method_names[] = {
    [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};

static void list_methods(const bool *allowed, char *text, size_t size)
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof(method_names) / sizeof(method_names[0]); i++) {
        if (!allowed[i])
            continue;
        int more = snprintf(text + len, size - len, "%s%s", len > 0 ? ", " : "", method_names[i]);
        assert(more > 0 && (size_t)more < size - len);
        len += (size_t)more;
    }
}

enum err http_route_find(const struct http_app *app, enum http_method method, const char *path,
                         struct http_match *match_out)
{
    bool allowed[sizeof(method_names) / sizeof(method_names[0])] = {false};
    bool any = false;
    enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;

    assert(app->route_count <= HTTP_ROUTES_MAX);
    assert(strlen(path) < HTTP_PATH_BYTES_MAX);
    for (size_t i = 0; i < app->route_count; i++) {
        const struct http_route *route = &app->routes[i];
        if (!fits(route->pattern, path, match_out))
            continue;
        if (route->method == wanted) {
            match_out->route = route;
            return ERR_OK;
        }
        /* A catch-all says nothing about this path: it must not turn a 404 into a 405. */
        if (strchr(route->pattern, '*') != NULL)
            continue;
        any = allowed[route->method] = true;
    }
    match_out->params.count = 0;
    if (!any)
        return ERR_NOT_FOUND;
    allowed[HTTP_HEAD] = allowed[HTTP_GET];
    list_methods(allowed, match_out->allow, sizeof(match_out->allow));
    return ERR_UNSUPPORTED;
}

void http_route_problem(enum err err, const struct http_match *match,
                        struct http_response *response)
{
    if (err == ERR_UNSUPPORTED) {
        http_set_header(response, "Allow", match->allow);
        http_problem_status(response, 405, ERR_UNSUPPORTED, "this address only takes %s",
                            match->allow);
    } else {
        http_problem(response, ERR_NOT_FOUND, "there is nothing at this address");
    }
}

void http_call_handler(const struct http_app *app, const struct http_route *route,
                       const struct http_request *request, struct http_response *response)
{
    response->state = HTTP_UNANSWERED;
    route->handle(app->context, request, response);
    assert(response->state != HTTP_UNANSWERED);
}

static enum err feed_upload(const struct http_app *app, const struct http_upload *upload,
                            struct http_request *request, struct err_info *info)
{
    enum err err = upload->begin(app->context, request, &request->upload, info);
    if (err == ERR_OK && request->body.len > 0)
        err = upload->chunk(request->upload, request->body, info);
    return err;
}

void http_dispatch(const struct http_app *app, struct http_request *request,
                   struct http_response *response)
{
    struct http_match match;
    struct err_info info = {0};
    http_choose_language(app, request, response);
    enum err err = http_route_find(app, request->method, request->path, &match);
    if (err != ERR_OK) {
        http_route_problem(err, &match, response);
        return;
    }
    const struct http_upload *upload = match.route->upload;
    request->params = match.params;
    request->upload = NULL;
    if (upload != NULL)
        err = feed_upload(app, upload, request, &info);
    if (err == ERR_OK)
        http_call_handler(app, match.route, request, response);
    else
        http_problem_info(response, &info);
    if (upload != NULL && request->upload != NULL)
        upload->close(request->upload);
    request->upload = NULL;
    request->params.count = 0; /* their texts end with this call */
}
