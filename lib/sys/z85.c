#include "lib/sys/keys.h"

#include <string.h>

/* Four bytes are one big-endian number written as five digits of base 85. */

static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               ".-:+=^!/*?&<>()[]{}@%$#";

void z85_encode_key(const uint8_t key[32], char *text_out)
{
    for (size_t group = 0; group < 8; group++) {
        uint32_t value = get_u32(key + group * 4);
        for (size_t digit = 5; digit > 0; digit--) {
            text_out[group * 5 + digit - 1] = alphabet[value % 85];
            value /= 85;
        }
    }
    text_out[40] = '\0';
}

bool z85_decode_key(const char *text, uint8_t key_out[32])
{
    uint8_t key[32];
    if (strnlen(text, 41) != 40)
        return false;
    for (size_t group = 0; group < 8; group++) {
        uint64_t value = 0;
        for (size_t digit = 0; digit < 5; digit++) {
            const char *at = strchr(alphabet, text[group * 5 + digit]);
            if (at == NULL)
                return false;
            value = value * 85 + (uint64_t)(at - alphabet);
        }
        if (value > UINT32_MAX)
            return false;
        put_u32(key + group * 4, (uint32_t)value);
    }
    memcpy(key_out, key, sizeof(key));
    return true;
}
