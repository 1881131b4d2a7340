#pragma once

#include <stdbool.h>
#include <stddef.h>

/* One request in bytes. With a body its Content-Length is added; "@Nc" stands for N times c. */
struct http_row {
    const char *name;
    const char *head;
    size_t head_len;
    const char *body;
    size_t body_len;
    int status;        /* 0: hung up without an answer */
    int unix_status;   /* on the Unix socket, when it differs */
    bool from_library; /* libmicrohttpd answers itself, in its own words */
};

extern const struct http_row http_rows[];
extern const size_t http_row_count;
