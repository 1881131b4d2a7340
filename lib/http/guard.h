#pragma once

#include "lib/http/http.h"

/* What a request must satisfy before it reaches a route; independent of sockets. */

struct guard {
    const char *const *hosts; /* names of ours besides loopback's */
    size_t host_count;
    const char *listen_host; /* the address we listen on, without brackets; may be NULL */
};

/* Check headers, method and origin; on refusal fill in the problem and return false.
 *
 * Always: exactly one Host, not both Content-Length and Transfer-Encoding, no coding but chunked
 * (400). On TCP: Host is ours (421); a change comes from our own pages or from no page (403); its
 * body's type is one that only a script of ours or a program sends (415). */
bool guard_admit(const struct guard *guard, const struct http_request *request,
                 struct http_response *response);

/* Has the request a body, by its headers? */
bool guard_has_body(const struct http_request *request);
