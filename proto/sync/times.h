#pragma once

#include <stdint.h>

/* What time it is, handed into every call: nothing in the engines reads a clock. */
struct times {
    uint64_t mono_ms; /* steady; any start */
    uint64_t unix_ms; /* may jump */
};

/* A wake-up that never comes. */
#define WAKE_NEVER UINT64_MAX
