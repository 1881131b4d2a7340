#pragma once

#include <stdint.h>

/* What the recorder writes and the replayer reads: events in the order their system calls returned.
 * A record is this head, then `path_len` bytes of path, then `len` bytes of data. Paths are
 * relative to the watched directory; "" is the directory itself. */

enum trace_type {
    TRACE_CREATE = 1, /* a file; path, inode */
    TRACE_MKDIR,
    TRACE_WRITE,    /* inode, offset, data; flag: durable by itself (O_DSYNC) */
    TRACE_TRUNCATE, /* inode, offset = size */
    TRACE_SYNC,     /* inode of a file or directory */
    TRACE_RENAME,   /* path, data = new path */
    TRACE_LINK,     /* path, data = new path */
    TRACE_REMOVE,   /* path */
    TRACE_MARK,     /* data: what somebody was told */
};

struct trace_head {
    uint8_t type, durable;
    uint16_t path_len;
    uint32_t len;
    uint64_t inode, offset;
};
