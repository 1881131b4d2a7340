#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"

/* What the fuzzers share. An assert that fails is the finding; libFuzzer keeps the input. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Does `part` lie in `whole`? Empty bytes lie anywhere. */
static inline bool bytes_inside(struct bytes part, struct bytes whole)
{
    return part.len == 0 || (part.data >= whole.data && part.len <= whole.len &&
                             part.data - whole.data <= (ptrdiff_t)(whole.len - part.len));
}

/* The input as a text that ends in a NUL; the caller frees it. */
static inline char *text_of(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    assert(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* A file in memory, for readers that want a path. */
struct memory_file {
    int fd;
    char path[32];
};

static inline struct memory_file memory_file_of(const void *data, size_t size)
{
    struct memory_file file = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};
    assert(file.fd >= 0);
    ssize_t put = write(file.fd, data, size);
    assert(put == (ssize_t)size);
    (void)snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
    return file;
}

static inline void memory_file_close(struct memory_file file)
{
    (void)close(file.fd);
}
