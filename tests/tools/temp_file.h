#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct temp_file {
    char path[64];
};

/* A file with this content; the caller unlinks it. */
static inline struct temp_file temp_file_with(const void *data, size_t len)
{
    struct temp_file file = {"/tmp/cse-test-XXXXXX"};
    int fd = mkstemp(file.path);
    if (fd < 0 || write(fd, data, len) != (ssize_t)len) {
        perror(file.path);
        abort();
    }
    (void)close(fd);
    return file;
}
