#include "lib/sys/random.h"

#include <assert.h>
#include <sodium.h>

enum err sys_init(struct err_info *info)
{
    if (sodium_init() < 0)
        return err_set(info, ERR_INTERNAL, "the system gives no randomness");
    return ERR_OK;
}

void random_bytes(void *out, size_t len)
{
    randombytes_buf(out, len);
}

uint64_t random_u64(void)
{
    uint64_t value;
    randombytes_buf(&value, sizeof(value));
    return value;
}

uint32_t random_below(uint32_t below)
{
    assert(below >= 1);
    return randombytes_uniform(below);
}
