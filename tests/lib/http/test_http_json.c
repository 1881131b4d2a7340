#include <criterion/criterion.h>

#include <string.h>

#include "lib/http/json.h"
#include "lib/http/jsonw.h"

/* ---- JSON writer ---- */

static void expect_json(struct jsonw *json, const char *expected)
{
    struct bytes text;
    cr_assert_eq(jsonw_finish(json, &text), ERR_OK);
    cr_expect(bytes_equal(text, bytes_of_text(expected)), "%.*s", (int)text.len,
              (const char *)text.data);
    jsonw_deinit(json);
}

Test(jsonw, nesting_and_commas)
{
    struct jsonw json;
    jsonw_init(&json, 4096);
    jsonw_object_begin(&json);
    jsonw_put_string(&json, "id", "housing");
    jsonw_key(&json, "sites");
    jsonw_array_begin(&json);
    jsonw_int(&json, INT64_MIN);
    jsonw_uint(&json, UINT64_MAX);
    jsonw_object_begin(&json);
    jsonw_object_end(&json);
    jsonw_null(&json);
    jsonw_array_end(&json);
    jsonw_put_bool(&json, "late", false);
    jsonw_key(&json, "raw");
    jsonw_raw(&json, bytes_of_text("[1]"));
    jsonw_put_string(&json, "none", NULL);
    jsonw_object_end(&json);
    expect_json(&json,
                "{\"id\":\"housing\",\"sites\":[-9223372036854775808,18446744073709551615,{},null],"
                "\"late\":false,\"raw\":[1],\"none\":null}");
}

Test(jsonw, texts)
{
    static const struct {
        const char *name, *text, *written;
    } rows[] = {
        {"plain", "abc", "\"abc\""},
        {"quote, backslash, controls", "\"\\\n\r\t\x01", "\"\\\"\\\\\\n\\r\\t\\u0001\""},
        {"letters of others", "жș日", "\"жș日\""},
        {"a stray byte",
         "a\xff"
         "b",
         "\"a\xef\xbf\xbd"
         "b\""},
        {"cut sequence", "\xd0", "\"\xef\xbf\xbd\""},
        {"surrogate", "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"bad beside good", "ж\xc0\xafș", "\"ж\xef\xbf\xbd\xef\xbf\xbdș\""},
        {"empty", "", "\"\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jsonw json;
        struct bytes text;
        jsonw_init(&json, 4096);
        jsonw_string(&json, rows[i].text);
        cr_assert_eq(jsonw_finish(&json, &text), ERR_OK);
        cr_expect(bytes_equal(text, bytes_of_text(rows[i].written)), "%s: %.*s", rows[i].name,
                  (int)text.len, (const char *)text.data);
        jsonw_deinit(&json);
    }
}

Test(jsonw, fixed_numbers)
{
    struct jsonw json;
    jsonw_init(&json, 4096);
    jsonw_array_begin(&json);
    jsonw_fixed(&json, 67, 2);
    jsonw_fixed(&json, -5, 3);
    jsonw_fixed(&json, 1234, 0);
    jsonw_fixed(&json, INT64_MIN, 18);
    jsonw_array_end(&json);
    expect_json(&json, "[0.67,-0.005,1234,-9.223372036854775808]");
}

Test(jsonw, a_full_buffer_is_an_error_and_stays_one)
{
    struct jsonw json;
    struct bytes text = bytes_of_text("untouched");
    jsonw_init(&json, 2000);
    jsonw_array_begin(&json);
    for (size_t i = 0; i < 1000; i++)
        jsonw_string(&json, "0123456789");
    jsonw_array_end(&json);
    cr_expect_eq(jsonw_finish(&json, &text), ERR_TOO_BIG);
    cr_expect_eq(text.len, 9);
    cr_expect_leq(json.capacity, 2000);
    jsonw_reset(&json);
    jsonw_int(&json, 1);
    jsonw_newline(&json);
    jsonw_int(&json, 2);
    expect_json(&json, "1\n2");
}

/* ---- JSON reader ---- */

Test(json, refusals)
{
    static const struct {
        const char *name, *text, *says;
    } rows[] = {
        {"duplicate key", "{\"a\":1,\n\"a\":2}", "line 2, column 3"},
        {"two values", "{} {}", "line 1"},
        {"empty", "", "line 1"},
        {"leading zero", "{\"a\":01}", "line 1"},
        {"not UTF-8", "\"\xff\"", "line 1"},
        {"number too big", "[1e999]", "line 1"},
        {"NUL in a text", "\"\\u0000\"", "line 1"},
        {"comment", "{} // x", "line 1"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *json = NULL;
        struct err_info info = {0};
        cr_expect_eq(json_parse(bytes_of_text(rows[i].text), &json, &info), ERR_CORRUPT, "%s",
                     rows[i].name);
        cr_expect_not_null(strstr(info.text, rows[i].says), "%s: %s", rows[i].name, info.text);
    }
}

Test(json, members_by_type)
{
    json_t *json = NULL;
    struct err_info info = {0};
    const char *text = "unset";
    int64_t number = 5;
    bool flag = false;
    cr_expect_eq(json_parse_object(bytes_of_text("[]"), &json, &info), ERR_CORRUPT);
    cr_assert_eq(json_parse_object(bytes_of_text("{\"t\":\"x\",\"n\":-3,\"f\":true,\"z\":null}"),
                                   &json, &info),
                 ERR_OK);
    cr_expect_eq(json_get_text(json, "t", JSON_REQUIRED, &text, &info), ERR_OK);
    cr_expect_str_eq(text, "x");
    cr_expect_eq(json_get_int(json, "n", JSON_REQUIRED, &number, &info), ERR_OK);
    cr_expect_eq(number, -3);
    cr_expect_eq(json_get_bool(json, "f", JSON_REQUIRED, &flag, &info), ERR_OK);
    cr_expect(flag);
    cr_expect_eq(json_get_int(json, "z", JSON_OPTIONAL, &number, &info), ERR_OK);
    cr_expect_eq(number, -3, "null leaves the default");
    cr_expect_eq(json_get_int(json, "absent", JSON_REQUIRED, &number, &info), ERR_INVALID);
    cr_expect_str_eq(info.text, "field 'absent': is missing");
    cr_expect_eq(json_get_int(json, "t", JSON_OPTIONAL, &number, &info), ERR_INVALID);
    json_decref(json);
}
