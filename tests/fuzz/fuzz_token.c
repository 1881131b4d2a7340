/* An invitation has one spelling: what was parsed prints as the same line, and what was printed
 * parses. */
#include "tests/fuzz/fuzz.h"

#include <sodium.h>

#include "lib/link/token.h"

static void check_line(const char *line)
{
    static struct token token;
    char printed[TOKEN_LINE_BYTES];
    struct err_info info = {0};
    enum err err = token_parse(line, &token, &info);
    if (err != ERR_OK) {
        assert(err == ERR_CORRUPT && info.text[0] != '\0');
        return;
    }
    assert(strlen(token.address) >= 1 && strlen(token.address) <= TOKEN_ADDRESS_BYTES);
    token_print(&token, printed);
    assert(strcmp(printed, line) == 0);
}

/* The checksum keeps most inputs out, so the input is also taken for an address. */
static void check_address(const char *address)
{
    struct token token = {.broker_public = {1, 2, 3}, .secret = {4, 5, 6}};
    struct token again;
    char line[TOKEN_LINE_BYTES];
    struct err_info info;
    size_t len = strnlen(address, TOKEN_ADDRESS_BYTES);
    if (len == 0)
        return;
    memcpy(token.address, address, len);
    token_print(&token, line);
    assert(strlen(line) < TOKEN_LINE_BYTES);
    assert(token_parse(line, &again, &info) == ERR_OK);
    assert(memcmp(&again, &token, sizeof(token)) == 0);
    line[strlen(line) - 1] = '\0';
    assert(token_parse(line, &again, &info) == ERR_CORRUPT);
}

/* One word of base64url has one meaning and no other spelling. */
static void check_word(const char *word)
{
    uint8_t raw[TOKEN_LINE_BYTES];
    char again[TOKEN_TEXT_BYTES(sizeof(raw))];
    size_t len = 0;
    enum err err = token_decode(word, raw, sizeof(raw), &len);
    if (err != ERR_OK)
        return;
    assert(len <= sizeof(raw));
    token_encode(bytes_of(raw, len), again);
    assert(strcmp(again, word) == 0);
}

static void check_key(const char *text)
{
    uint8_t key[32];
    char again[KEYS_Z85_BYTES];
    if (!z85_decode_key(text, key))
        return;
    z85_encode_key(key, again);
    assert(strcmp(again, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int sound = sodium_init();
    assert(sound >= 0);
    char *text = text_of(data, size);
    check_line(text);
    check_address(text);
    check_word(text);
    check_key(text);
    free(text);
    return 0;
}
