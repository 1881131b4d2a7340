#include "lib/http/guard.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A browser will send requests on behalf of any page it shows. Three things tell such a page from
 * ours: the Host it must use, the Origin it cannot forge, and body types that a form cannot
 * produce. */

static size_t header_count(const struct http_request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        count += strcasecmp(request->headers[i].name, name) == 0 ? 1 : 0;
    return count;
}

static const char *framing_fault(const struct http_request *request)
{
    size_t lengths = header_count(request, "Content-Length");
    size_t codings = header_count(request, "Transfer-Encoding");
    const char *coding = http_header(request, "Transfer-Encoding");
    if (header_count(request, "Host") != 1)
        return "a request needs exactly one Host";
    if (lengths > 0 && codings > 0)
        return "Content-Length and Transfer-Encoding exclude each other";
    if (lengths > 1 || codings > 1)
        return "the length of the body is given twice";
    if (coding != NULL && strcasecmp(coding, "chunked") != 0)
        return "the only transfer coding is chunked";
    return NULL;
}

struct name {
    const char *text;
    size_t len;
};

/* The host of "name:port" or "[::1]:port", without brackets. */
static struct name host_name(const char *host)
{
    if (host[0] == '[')
        return (struct name){.text = host + 1, .len = strcspn(host + 1, "]")};
    return (struct name){.text = host, .len = strcspn(host, ":")};
}

static bool name_is(struct name name, const char *text)
{
    return strlen(text) == name.len && strncasecmp(name.text, text, name.len) == 0;
}

/* 127.a.b.c and nothing else: "127.evil.example" is a name. */
static bool is_loopback_v4(struct name name)
{
    unsigned dots = 0;
    if (name.len < 9 || strncmp(name.text, "127.", 4) != 0)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (name.text[i] == '.')
            dots++;
        else if (name.text[i] < '0' || name.text[i] > '9')
            return false;
    }
    return dots == 3;
}

static bool is_our_host(const struct guard *guard, const char *host)
{
    struct name name = host_name(host);
    if (name_is(name, "localhost") || name_is(name, "::1") || is_loopback_v4(name))
        return true;
    if (guard->listen_host != NULL && name_is(name, guard->listen_host))
        return true;
    for (size_t i = 0; i < guard->host_count; i++) {
        if (name_is(name, guard->hosts[i]))
            return true;
    }
    return false;
}

static bool is_change(enum http_method method)
{
    return method != HTTP_GET && method != HTTP_HEAD;
}

static bool is_same_origin(const struct http_request *request, const char *host)
{
    const char *origin = http_header(request, "Origin");
    const char *site = http_header(request, "Sec-Fetch-Site");
    if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return false;
    if (origin == NULL)
        return true; /* a program, not a page */
    if (strncmp(origin, "http://", 7) == 0)
        return strcasecmp(origin + 7, host) == 0;
    return strncmp(origin, "https://", 8) == 0 && strcasecmp(origin + 8, host) == 0;
}

static bool has_program_type(const struct http_request *request)
{
    static const char *const types[] = {"application/json", "application/merge-patch+json",
                                        "text/csv", "application/octet-stream", "application/yaml"};
    static const char vendor[] = "application/vnd.cse.";
    const char *type = http_header(request, "Content-Type");
    if (type == NULL)
        return false;
    size_t len = strcspn(type, "; \t");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strlen(types[i]) == len && strncasecmp(type, types[i], len) == 0)
            return true;
    }
    return len > strlen(vendor) && strncasecmp(type, vendor, strlen(vendor)) == 0;
}

bool guard_has_body(const struct http_request *request)
{
    const char *length = http_header(request, "Content-Length");
    if (http_header(request, "Transfer-Encoding") != NULL)
        return true;
    return length != NULL && strtoull(length, NULL, 10) > 0;
}

bool guard_admit(const struct guard *guard, const struct http_request *request,
                 struct http_response *response)
{
    const char *fault = framing_fault(request);
    if (fault != NULL) {
        http_problem(response, ERR_CORRUPT, "%s", fault);
        return false;
    }
    if (request->over_unix)
        return true;
    const char *host = http_header(request, "Host");
    if (!is_our_host(guard, host)) {
        http_problem_status(
            response, 421, ERR_DENIED,
            "this server does not answer for that host; add it to the key 'http_hosts'");
        return false;
    }
    if (!is_change(request->method))
        return true;
    if (!is_same_origin(request, host)) {
        http_problem(response, ERR_DENIED, "a page of another site may not change anything here");
        return false;
    }
    if (guard_has_body(request) && !has_program_type(request)) {
        http_problem_status(response, 415, ERR_UNSUPPORTED,
                            "send the body as application/json, application/merge-patch+json, "
                            "text/csv or application/octet-stream");
        return false;
    }
    return true;
}
