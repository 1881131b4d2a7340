#include "proto/base/bytes.h"

#include <criterion/criterion.h>

Test(bytes, order)
{
    cr_expect_eq(bytes_compare(bytes_of_text("a"), bytes_of_text("b")), -1);
    cr_expect_eq(bytes_compare(bytes_of_text("ab"), bytes_of_text("a")), 1);
    cr_expect_eq(bytes_compare(bytes_of_text("\xff"), bytes_of_text("a")), 1, "bytes are unsigned");
    cr_expect_eq(bytes_compare(bytes_of(NULL, 0), bytes_of(NULL, 0)), 0);
    cr_expect(bytes_equal(bytes_of(NULL, 0), bytes_of_text("")));
    cr_expect_not(bytes_equal(bytes_of_text("a"), bytes_of_text("ab")));
}

Test(bytes, integers)
{
    static const uint64_t values[] = {0, 1, 255, 256, 0x0102030405060708, UINT64_MAX};
    uint8_t at[9] = {0};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        put_u64(at + 1, values[i]);
        cr_expect_eq(get_u64(at + 1), values[i]);
        put_u32(at + 1, (uint32_t)values[i]);
        cr_expect_eq(get_u32(at + 1), (uint32_t)values[i]);
        put_u16(at + 1, (uint16_t)values[i]);
        cr_expect_eq(get_u16(at + 1), (uint16_t)values[i]);
    }
    put_u64(at, 0x0102030405060708);
    cr_expect_arr_eq(at, "\1\2\3\4\5\6\7\10", 8);
}

Test(bytes, hex)
{
    char text[9];
    hex_encode(bytes_of("\x00\x9f\xab\xff", 4), text);
    cr_expect_str_eq(text, "009fabff");
    uint8_t out[4] = {1, 1, 1, 1};
    cr_expect(hex_decode("009FabfF", out, 4));
    cr_expect_arr_eq(out, "\x00\x9f\xab\xff", 4);
    static const char *const refused[] = {"", "009fabf", "009fabff0", "009fabfg", "0 9fabff"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        uint8_t kept[4] = {7, 7, 7, 7};
        cr_expect_not(hex_decode(refused[i], kept, 4), "'%s'", refused[i]);
        cr_expect_eq(kept[0], 7, "'%s' leaves the output alone", refused[i]);
    }
    cr_expect(hex_decode("", out, 0));
}

Test(bytes, utf8)
{
    static const struct {
        const char *name;
        const char *text;
        bool valid;
    } rows[] = {
        {"empty", "", true},
        {"two, three and four bytes", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", true},
        {"last code point", "\xf4\x8f\xbf\xbf", true},
        {"before the surrogates", "\xed\x9f\xbf", true},
        {"beyond the last", "\xf4\x90\x80\x80", false},
        {"surrogate", "\xed\xa0\x80", false},
        {"overlong two", "\xc0\xaf", false},
        {"overlong two at the edge", "\xc1\xbf", false},
        {"overlong three", "\xe0\x9f\xbf", false},
        {"overlong four", "\xf0\x8f\xbf\xbf", false},
        {"lone continuation", "a\x80", false},
        {"cut two", "\xc3", false},
        {"cut three", "\xe2\x82", false},
        {"cut four", "\xf0\x9f\x98", false},
        {"bad third byte", "\xe2\x82\x28", false},
        {"bad fourth byte", "\xf0\x9f\x98\x28", false},
        {"five bytes", "\xf8\x88\x80\x80\x80", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(utf8_valid(bytes_of_text(rows[i].text)), rows[i].valid, "%s", rows[i].name);
    cr_expect_not(utf8_valid(bytes_of("a\0b", 3)), "NUL");
    for (size_t at = 0; at < 20; at++) { /* plain text is looked at in words */
        static const uint8_t odd[] = {0x00, 0x80, 0xff};
        char text[] = "twenty plain letters";
        cr_expect(utf8_valid(bytes_of(text, 20)), "plain");
        for (size_t i = 0; i < sizeof(odd); i++) {
            text[at] = (char)odd[i];
            cr_expect_not(utf8_valid(bytes_of(text, 20)), "%#x at %zu", odd[i], at);
        }
    }
}
