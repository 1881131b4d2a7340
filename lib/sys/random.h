#pragma once

#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"

/* Make libsodium ready; every program calls this first, calling it again does nothing. Errors:
 * ERR_INTERNAL. */
NODISCARD enum err sys_init(struct err_info *info);

/* Unpredictable bytes, good for keys. */
void random_bytes(void *out, size_t len);
uint64_t random_u64(void);
/* 0 … below-1, each as likely as any other; below >= 1. */
uint32_t random_below(uint32_t below);
