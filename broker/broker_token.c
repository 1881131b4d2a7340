#include "broker/broker_private.h"

#include <sodium.h>

/* A token is a counter, four random bytes and a short MAC by a key only the broker has: a broker
 * that comes back from an old copy can tell a token it gave after that copy (authentic, counter
 * ahead) from one it took back (counter behind). */

enum { TOKEN_COUNT_BYTES = 4, TOKEN_SALTED_BYTES = 8 };

static void token_mac(const struct broker *broker, struct origin origin,
                      const uint8_t token[TOKEN_BYTES],
                      uint8_t mac_out[TOKEN_BYTES - TOKEN_SALTED_BYTES])
{
    uint8_t text[12 + TOKEN_SALTED_BYTES], hash[HASH_BYTES];
    put_u64(text, origin.site);
    put_u32(text + 8, origin.epoch);
    memcpy(text + 12, token, TOKEN_SALTED_BYTES);
    (void)crypto_generichash(hash, sizeof(hash), text, sizeof(text), broker->token_key,
                             sizeof(broker->token_key));
    memcpy(mac_out, hash, TOKEN_BYTES - TOKEN_SALTED_BYTES);
}

void broker_make_token(struct broker *broker, struct origin origin, uint32_t count,
                       uint8_t token_out[TOKEN_BYTES])
{
    put_u32(token_out, count);
    broker->hooks.random(broker->hooks.context, token_out + TOKEN_COUNT_BYTES,
                         TOKEN_SALTED_BYTES - TOKEN_COUNT_BYTES);
    token_mac(broker, origin, token_out, token_out + TOKEN_SALTED_BYTES);
}

enum token_fact broker_judge_token(const struct broker *broker, struct origin origin,
                                   const struct origin_row *row, const uint8_t token[TOKEN_BYTES])
{
    uint8_t mac[TOKEN_BYTES - TOKEN_SALTED_BYTES];
    if (memcmp(token, row->token, TOKEN_BYTES) == 0)
        return TOKEN_CURRENT;
    if (row->previous_valid && memcmp(token, row->token_previous, TOKEN_BYTES) == 0)
        return TOKEN_PREVIOUS;
    token_mac(broker, origin, token, mac);
    bool authentic = sodium_memcmp(mac, token + TOKEN_SALTED_BYTES, sizeof(mac)) == 0;
    return authentic && get_u32(token) > get_u32(row->token) ? TOKEN_AHEAD : TOKEN_STALE;
}
