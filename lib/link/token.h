#pragma once

#include <stdint.h>

#include "lib/sys/keys.h"
#include "proto/base/err.h"

/* An invitation: one line that lets one site enrol once. It holds where the broker is, the broker's
 * transport key, and the secret half of a single-use transport key pair; the broker keeps only the
 * public half. Whoever holds the line can enrol, so it is handed over like a password. */

enum {
    TOKEN_ADDRESS_BYTES = 120,
    TOKEN_LINE_BYTES = 336, /* "cse1." and the words after it, with NUL */
};

struct token {
    char address[TOKEN_ADDRESS_BYTES + 1]; /* tcp://host:port */
    uint8_t broker_public[KEYS_PUBLIC_BYTES];
    uint8_t secret[KEYS_SECRET_BYTES]; /* transport secret of the single-use pair */
    uint64_t site;                     /* whose place is taken; 0: nobody's */
};

/* line_out holds TOKEN_LINE_BYTES. Asserts that the address is not empty. */
void token_print(const struct token *token, char *line_out);

/* Errors: ERR_CORRUPT with what is wrong (cut off, a typing error: the line carries a checksum,
 * another version). */
NODISCARD enum err token_parse(const char *line, struct token *token_out, struct err_info *info);

/* Which centre an organisation had: what a new broker is told that takes the place of one that was
 * lost. No secret. */
struct centre_code {
    uint64_t site;
    uint8_t sign_public[KEYS_PUBLIC_BYTES];
};
enum { CENTRE_CODE_BYTES = 80 };
/* code_out holds CENTRE_CODE_BYTES. */
void centre_code_print(const struct centre_code *code, char *code_out);
/* Errors: ERR_CORRUPT with what is wrong. */
NODISCARD enum err centre_code_parse(const char *text, struct centre_code *code_out,
                                     struct err_info *info);
