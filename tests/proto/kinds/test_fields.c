#include "proto/record/kinds.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/base/limits.h"

static const struct enum_value colours[] = {
    {1, "red", "Red"}, {7, "dark-blue", "Dark blue"}, {0, NULL, NULL}};

static const struct field text_field = {
    .number = 1, .name = "text", .type = FIELD_TEXT, .min = 1, .max = 8};
static const struct field personal_field = {
    .number = 2, .name = "who", .type = FIELD_TEXT, .personal = true, .min = 1, .max = 8};
static const struct field int_field = {
    .number = 3, .name = "int", .type = FIELD_INT, .min = -5, .max = 500};
static const struct field wide_field = {.number = 4, .name = "wide", .type = FIELD_INT};
static const struct field bool_field = {.number = 5, .name = "bool", .type = FIELD_BOOL};
static const struct field date_field = {
    .number = 6, .name = "received_on", .type = FIELD_DATE, .required = true};
static const struct field time_field = {.number = 7, .name = "time", .type = FIELD_TIME};
static const struct field enum_field = {
    .number = 8, .name = "enum", .type = FIELD_ENUM, .values = colours};
static const struct field element_field = {.number = 9, .name = "element", .type = FIELD_ELEMENT};
static const struct field ref_field = {.number = 10, .name = "ref", .type = FIELD_REF};
static const struct field site_field = {.number = 11, .name = "site", .type = FIELD_SITE};
static const struct field file_field = {
    .number = 12, .name = "files", .type = FIELD_FILE, .set = true};
static const struct field counts_field = {.number = 13, .name = "counts", .type = FIELD_COUNTS};

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Text in, canonical text out; NULL = refused, with these words in the error. */
static const struct {
    const struct field *field;
    const char *text, *back, *words;
} text_rows[] = {
    {&text_field, "żółw", "żółw", NULL},
    {&text_field, "123456789", NULL, "text: 9 bytes of text; from 1 to 8"},
    {&text_field, "\xC3", NULL, "not valid UTF-8"},
    {&text_field, "", "", NULL},
    {&personal_field, "Someone Else", NULL, "who: 12 bytes"},
    {&int_field, "-5", "-5", NULL},
    {&int_field, "500", "500", NULL},
    {&int_field, "501", NULL, "int: 501 is out of bounds; from -5 to 500"},
    {&int_field, "-6", NULL, "-6"},
    {&int_field, "1.0", NULL, "int: '1.0' is not a whole number"},
    {&int_field, " 1", NULL, "whole number"},
    {&int_field, "+1", NULL, "whole number"},
    {&int_field, "0x10", NULL, "whole number"},
    {&wide_field, "-9223372036854775808", "-9223372036854775808", NULL},
    {&wide_field, "9223372036854775807", "9223372036854775807", NULL},
    {&wide_field, "9223372036854775808", NULL, "whole number"},
    {&bool_field, "yes", "yes", NULL},
    {&bool_field, "No", "no", NULL},
    {&bool_field, "TRUE", "yes", NULL},
    {&bool_field, "0", "no", NULL},
    {&bool_field, "maybe", NULL, "bool: 'maybe' is not yes or no"},
    {&date_field, "2026-02-28", "2026-02-28", NULL},
    {&date_field, "2026-02-30", NULL, "received_on: '2026-02-30' is not a date; write YYYY-MM-DD"},
    {&date_field, "", NULL, "received_on: must not be empty"},
    {&time_field, "2026-02-28 07:00", "2026-02-28T07:00:00", NULL},
    {&time_field, "0001-01-01T00:00:00", "0001-01-01T00:00:00", NULL},
    {&time_field, "2026-02-28", NULL, "YYYY-MM-DDTHH:MM:SS"},
    {&enum_field, "dark-blue", "dark-blue", NULL},
    {&enum_field, "Red", "red", NULL},
    {&enum_field, "green", NULL, "enum: 'green' is not one of red, dark-blue"},
    {&element_field, "4.3.2", "4.3.2", NULL},
    {&element_field, "4.3.7", NULL, "element: '4.3.7' is not an element"},
    {&ref_field, "01234567-89ab-8def-8123-456789abcdef", "01234567-89ab-8def-8123-456789abcdef",
     NULL},
    {&ref_field, "01234567", NULL, "record id"},
    {&site_field, "8000000000000001", "8000000000000001", NULL},
    {&site_field, "0000000000000001", NULL, "not a site id"},
    {&site_field, "housing", NULL, "site: 'housing' is not a site"},
    {&file_field, HASH, HASH, NULL},
    {&file_field, "0011", NULL, "content hash"},
    {&file_field, "", NULL, "files: must not be empty"},
    {&counts_field, "0 12 9223372036854775807", "0 12 9223372036854775807", NULL},
    {&counts_field, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
     "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", NULL},
    {&counts_field, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", NULL, "list of counts"},
    {&counts_field, "1  2", NULL, "list of counts"},
    {&counts_field, "1 ", NULL, "list of counts"},
    {&counts_field, "-1", NULL, "list of counts"},
};

Test(fields, texts_there_and_back)
{
    for (size_t i = 0; i < sizeof(text_rows) / sizeof(text_rows[0]); i++) {
        struct mp_buf buf;
        mp_buf_init(&buf, 4096);
        struct err_info info = {0};
        enum err err = field_from_text(text_rows[i].field, text_rows[i].text, &buf, &info);
        cr_expect_eq(err, text_rows[i].back != NULL ? ERR_OK : ERR_INVALID, "'%s': %s",
                     text_rows[i].text, info.text);
        if (err == ERR_OK && text_rows[i].back != NULL) {
            char text[256];
            cr_expect_eq(field_check(text_rows[i].field, mp_buf_bytes(&buf), &info), ERR_OK, "'%s'",
                         text_rows[i].text);
            cr_expect(field_to_text(text_rows[i].field, mp_buf_bytes(&buf), text, sizeof(text)),
                      "'%s'", text_rows[i].text);
            cr_expect_str_eq(text, text_rows[i].back);
            size_t exact = strlen(text_rows[i].back) + 1;
            cr_expect(field_to_text(text_rows[i].field, mp_buf_bytes(&buf), text, exact),
                      "'%s' fits", text_rows[i].text);
            cr_expect_not(field_to_text(text_rows[i].field, mp_buf_bytes(&buf), text, exact - 1),
                          "'%s' cut", text_rows[i].text);
        } else {
            cr_expect_eq(buf.len, 0, "'%s' left bytes", text_rows[i].text);
            cr_expect_not_null(
                strstr(info.text, text_rows[i].words != NULL ? text_rows[i].words : "?"),
                "'%s': %s", text_rows[i].text, info.text);
        }
        mp_buf_deinit(&buf);
    }
}

Test(fields, an_error_never_repeats_a_personal_text)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 4096);
    struct err_info info = {0};
    cr_expect_eq(field_from_text(&personal_field, "Jane Roe, 1 High Street", &buf, &info),
                 ERR_INVALID);
    cr_expect_null(strstr(info.text, "Jane"));
    mp_buf_deinit(&buf);
}

Test(fields, a_long_fault_is_cut_at_a_character)
{
    char text[200] = "";
    for (int i = 0; i < 60; i++)
        memcpy(text + 3 * i, "\xE2\x82\xAC", 3);
    struct mp_buf buf;
    mp_buf_init(&buf, 4096);
    struct err_info info = {0};
    cr_expect_eq(field_from_text(&int_field, text, &buf, &info), ERR_INVALID);
    cr_expect(utf8_valid(bytes_of_text(info.text)), "%s", info.text);
    cr_expect_not_null(strstr(info.text, "..."));
    mp_buf_deinit(&buf);
}

/* Bytes as others may send them. */
Test(fields, values_from_outside)
{
    static const struct {
        const char *name;
        const struct field *field;
        const char *bytes;
        size_t len;
        enum err want;
    } rows[] = {
        {"nil clears an optional field", &int_field, "\xC0", 1, ERR_OK},
        {"nil for a required field", &date_field, "\xC0", 1, ERR_INVALID},
        {"nil as a member", &file_field, "\xC0", 1, ERR_INVALID},
        {"no bytes", &int_field, "", 0, ERR_INVALID},
        {"two values", &int_field, "\x01\x02", 2, ERR_INVALID},
        {"nil and more", &int_field, "\xC0\x01", 2, ERR_INVALID},
        {"a text for a number", &int_field,
         "\xA1"
         "1",
         2, ERR_INVALID},
        {"a number for a text", &text_field, "\x01", 1, ERR_INVALID},
        {"an empty text", &text_field, "\xA0", 1, ERR_INVALID},
        {"a number for a truth", &bool_field, "\x01", 1, ERR_INVALID},
        {"a truth", &bool_field, "\xC3", 1, ERR_OK},
        {"an enum number that is listed", &enum_field, "\x07", 1, ERR_OK},
        {"an enum number that is not", &enum_field, "\x02", 1, ERR_INVALID},
        {"enum number 0", &enum_field, "\x00", 1, ERR_INVALID},
        {"element 57", &element_field, "\x39", 1, ERR_OK},
        {"element 58", &element_field, "\x3A", 1, ERR_INVALID},
        {"element 0", &element_field, "\x00", 1, ERR_INVALID},
        {"element -1", &element_field, "\xFF", 1, ERR_INVALID},
        {"a day after the calendar", &date_field, "\xCE\x00\x2C\xC0\xA1", 5, ERR_INVALID},
        {"the last day", &date_field, "\xCE\x00\x2C\xC0\xA0", 5, ERR_OK},
        {"a short hash", &file_field, "\xC4\x01\x00", 3, ERR_INVALID},
        {"a site of the wrong shape", &site_field, "\xCF\xC0\x00\x00\x00\x00\x00\x00\x01", 9,
         ERR_INVALID},
        {"a site", &site_field, "\xCF\x80\x00\x00\x00\x00\x00\x00\x01", 9, ERR_OK},
        {"no counts", &counts_field, "\x90", 1, ERR_INVALID},
        {"a negative count", &counts_field, "\x91\xFF", 2, ERR_INVALID},
        {"seventeen counts", &counts_field, "\xDC\x00\x11\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20,
         ERR_INVALID},
        {"a list that breaks off", &counts_field, "\x92\x01", 2, ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err_info info = {0};
        enum err err = field_check(rows[i].field, bytes_of(rows[i].bytes, rows[i].len), &info);
        cr_expect_eq(err, rows[i].want, "%s: %s", rows[i].name, info.text);
        char text[128];
        bool shown =
            field_to_text(rows[i].field, bytes_of(rows[i].bytes, rows[i].len), text, sizeof(text));
        cr_expect(shown || rows[i].want != ERR_OK, "%s: can be shown", rows[i].name);
        if (rows[i].want != ERR_OK)
            cr_expect_eq(strncmp(info.text, rows[i].field->name, strlen(rows[i].field->name)), 0,
                         "%s: '%s' names the field", rows[i].name, info.text);
    }
}

Test(fields, a_number_no_calendar_has_is_not_shown)
{
    char text[64];
    cr_expect_not(
        field_to_text(&date_field, bytes_of("\xCE\xFF\xFF\xFF\xFF", 5), text, sizeof(text)));
    cr_expect_not(field_to_text(&time_field, bytes_of("\xCF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9),
                                text, sizeof(text)));
    cr_expect_not(field_to_text(&enum_field, bytes_of("\x02", 1), text, sizeof(text)));
    cr_expect_not(field_to_text(&element_field, bytes_of("\x3A", 1), text, sizeof(text)));
}
