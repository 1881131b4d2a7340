#pragma once

#include <stdlib.h>

/* Included before everything else in files that are part of a harness and not of the programs:
 * their own memory does not run out. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);

#define malloc  __real_malloc
#define calloc  __real_calloc
#define realloc __real_realloc
