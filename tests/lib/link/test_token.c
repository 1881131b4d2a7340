#include <criterion/criterion.h>
#include <string.h>

#include "lib/link/token.h"

static struct token sample(void)
{
    struct token token = {.address = "tcp://broker.example:7710"};
    for (int i = 0; i < KEYS_PUBLIC_BYTES; i++) {
        token.broker_public[i] = (uint8_t)i;
        token.secret[i] = (uint8_t)(200 + i);
    }
    return token;
}

Test(token, comes_back_as_it_was_printed)
{
    struct token token = sample(), back = {0};
    char line[TOKEN_LINE_BYTES];
    struct err_info info = {0};

    token_print(&token, line);
    cr_assert_eq(token_parse(line, &back, &info), ERR_OK, "%s", info.text);
    cr_expect_eq(memcmp(&token, &back, sizeof(token)), 0);

    memset(token.address, 'x', TOKEN_ADDRESS_BYTES);
    token.address[TOKEN_ADDRESS_BYTES] = '\0';
    token_print(&token, line);
    cr_assert_eq(token_parse(line, &back, &info), ERR_OK, "the longest address");
    cr_expect_str_eq(back.address, token.address);
}

Test(token, every_changed_character_is_noticed)
{
    struct token token = sample(), back = {0};
    char line[TOKEN_LINE_BYTES];
    struct err_info info = {0};

    token_print(&token, line);
    size_t len = strlen(line);
    for (size_t i = 0; i < len; i++) {
        char kept = line[i];
        line[i] = kept == 'A' ? 'B' : 'A';
        cr_expect_eq(token_parse(line, &back, &info), ERR_CORRUPT, "character %zu", i);
        line[i] = kept;
    }
    for (size_t i = 0; i < len; i++) {
        char kept = line[i];
        line[i] = '\0';
        cr_expect_eq(token_parse(line, &back, &info), ERR_CORRUPT, "cut at %zu", i);
        line[i] = kept;
    }
}

Test(token, one_for_a_site_s_place_says_whose)
{
    struct token token = sample(), back = {0};
    struct err_info info = {.text = ""};
    char line[TOKEN_LINE_BYTES];
    token.site = UINT64_C(0x800000000000004d);
    token_print(&token, line);
    cr_assert_eq(token_parse(line, &back, &info), ERR_OK, "%s", info.text);
    cr_expect_eq(back.site, token.site);
    cr_expect_str_eq(back.address, token.address);
    line[3] = '1'; /* as one for anybody */
    cr_expect_eq(token_parse(line, &back, &info), ERR_CORRUPT);
}

Test(token, a_centre_s_code_survives_no_typing_error)
{
    struct centre_code code = {.site = UINT64_C(0x800000000000004d), .sign_public = {1, 2, 3}};
    struct centre_code back;
    struct err_info info = {.text = ""};
    char text[CENTRE_CODE_BYTES];
    centre_code_print(&code, text);
    cr_assert_eq(centre_code_parse(text, &back, &info), ERR_OK, "%s", info.text);
    cr_expect(back.site == code.site && memcmp(back.sign_public, code.sign_public, 32) == 0);
    for (size_t i = 0; text[i] != '\0'; i++) {
        char was = text[i];
        text[i] = was == 'A' ? 'B' : 'A';
        cr_expect_eq(centre_code_parse(text, &back, &info), ERR_CORRUPT, "character %zu", i);
        text[i] = '\0';
        cr_expect_eq(centre_code_parse(text, &back, &info), ERR_CORRUPT, "cut at %zu", i);
        text[i] = was;
    }
}
