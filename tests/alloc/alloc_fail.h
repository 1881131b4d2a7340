#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Memory that runs out at a chosen call. Linked with alloc_options (CMakeLists.txt), so that every
 * malloc, calloc, realloc, strdup, strndup and open_memstream out of our own objects comes through
 * here; those out of the libraries that others wrote do not.
 *
 * A process without a harness around it is told by its environment: CSE_ALLOC_FAIL=N fails call N,
 * N+ fails it and all after it, and CSE_ALLOC_TOLD names a file that is made when that happens. */

/* From now on count, and fail `count` calls from call `number` on (1 is the next one). */
void alloc_fail_at(uint64_t number, uint64_t count);

/* Count no more; true when the call to fail was reached. */
bool alloc_stop(void);

/* How many calls since alloc_fail_at. */
uint64_t alloc_calls(void);

/* While paused, calls neither count nor fail: the harness looks at what it tests. Nests. */
void alloc_pause(void);
void alloc_resume(void);
