/* The table of routes as the server wants it. Each handler is entered through a wrapper that knows
 * its role and counts answers. */
#include "lib/api/routes.h"

#include "lib/api/internal.h"

enum role { ROLE_B = LEDGER_NODE | LEDGER_BROKER, ROLE_N = LEDGER_NODE, ROLE_C = LEDGER_BROKER };

static void serve(struct api_call call, enum role role, void (*handler)(struct api_call call))
{
    if (((unsigned)role & (unsigned)call.api->config.role) == 0)
        http_problem(call.response, ERR_UNSUPPORTED,
                     role == ROLE_C ? "only the broker does this" : "only a node does this");
    else if (call.api->stopped)
        http_problem(call.response, ERR_UNKNOWN_OUTCOME,
                     "the outcome of a change is unknown; the program is stopping");
    else
        handler(call);
    int class = http_response_status(call.response) / 100;
    if (class > 0 && class < API_STATUS_CLASSES)
        call.api->requests[class]++;
}

#define WRAPPER_NAME(method, handler) serve_##method##_##handler
#define X(method, path, handler, upload, body_max, role, query, summary) \
    static void WRAPPER_NAME(method, handler)(void *context, const struct http_request *request, \
                                              struct http_response *response) \
    { \
        serve((struct api_call){.api = context, .request = request, .response = response}, \
              ROLE_##role, handler); \
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
