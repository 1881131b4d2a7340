/* The table of routes as the server wants it. Each handler is entered through a wrapper that knows
 * its role and counts answers. */
#include "lib/api/routes.h"

#include "lib/api/internal.h"

#include <assert.h>
#include <string.h>

#include "lib/sys/cli.h"

enum role { ROLE_B = LEDGER_NODE | LEDGER_BROKER, ROLE_N = LEDGER_NODE, ROLE_C = LEDGER_BROKER };

enum { QUERY_NAMES_MAX = 8 };

/* Is there a parameter that this address does not know? A mistyped one must not be passed over: the
 * answer would be to another question. */
static bool query_fault(const struct http_request *request, const char *known,
                        struct err_info *info)
{
    char names[128];
    const char *list[QUERY_NAMES_MAX];
    size_t count = 0;
    assert(strlen(known) < sizeof names);
    memcpy(names, known, strlen(known) + 1);
    for (char *at = names; *at != '\0' && count < QUERY_NAMES_MAX;) {
        list[count++] = at;
        at += strcspn(at, " ");
        if (*at != '\0')
            *at++ = '\0';
    }
    for (size_t i = 0; i < request->query_count; i++) {
        const char *name = request->query[i].name;
        bool found = strcmp(name, "language") == 0;
        for (size_t k = 0; k < count && !found; k++)
            found = strcmp(list[k], name) == 0;
        if (found)
            continue;
        const char *near = cli_nearest(name, list, count);
        (void)err_set(info, ERR_INVALID, "there is no parameter '%.64s' here%s%s%s", name,
                      near != NULL ? N_("; did you mean '")
                      : count > 0  ? N_("; there are: ")
                                   : "",
                      near != NULL ? near : known, near != NULL ? "'?" : "");
        return true;
    }
    return false;
}

struct duty {
    enum role role;
    const char *query;
    void (*handler)(struct api_call call);
};

/* language= of an address that does not mean something else by it, as a link may have it. */
static bool language_fault(struct api_call *call, const char *known, struct err_info *info)
{
    enum language language;
    const char *wanted = http_query(call->request, "language");
    if (wanted == NULL || strstr(known, "language") != NULL)
        return false;
    if (!language_from_tag(wanted, &language)) {
        (void)err_set(info, ERR_INVALID, "language: '%.32s' is none of en, ro, ru, lt, pl", wanted);
        return true;
    }
    http_use_language(call->response, language);
    call->language = language;
    return false;
}

static void serve(struct api_call call, struct duty duty)
{
    struct err_info info = {0};
    if (((unsigned)duty.role & (unsigned)call.api->config.role) == 0)
        http_problem(call.response, ERR_UNSUPPORTED, "%s",
                     duty.role == ROLE_C ? N_("this is done at the broker, not at a node")
                                         : N_("this is done at a node, not at the broker"));
    else if (strncmp(call.request->path, "/api/", 5) == 0 &&
             (query_fault(call.request, duty.query, &info) ||
              language_fault(&call, duty.query, &info)))
        http_problem_info(call.response, &info);
    else if (call.api->stopped)
        http_problem(call.response, ERR_UNKNOWN_OUTCOME,
                     "the outcome of a change is unknown; the program is stopping");
    else
        duty.handler(call);
    int class = http_response_status(call.response) / 100;
    if (class > 0 && class < API_STATUS_CLASSES)
        call.api->requests[class]++;
}

#define WRAPPER_NAME(method, handler) serve_##method##_##handler
#define X(method, path, handler, upload, body_max, role, query_names, summary) \
    static void WRAPPER_NAME(method, handler)(void *context, const struct http_request *request, \
                                              struct http_response *response) \
    { \
        serve((struct api_call){.api = context, \
                                .request = request, \
                                .response = response, \
                                .language = http_language(response)}, \
              (struct duty){ROLE_##role, query_names, handler}); \
    }
API_ROUTES(X)
#undef X

const struct http_route *api_routes(size_t *count_out)
{
    static const struct http_route routes[] = {
#define X(method_name, path, handler, upload_table, body_max, role, query, summary) \
    {.method = HTTP_##method_name, \
     .pattern = (path), \
     .handle = WRAPPER_NAME(method_name, handler), \
     .upload = (upload_table), \
     .body_bytes_max = (body_max)},
        API_ROUTES(X)
#undef X
    };
    *count_out = sizeof routes / sizeof routes[0];
    return routes;
}
