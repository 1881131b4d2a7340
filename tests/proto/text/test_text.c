#include "proto/text/text.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *tag;
    bool known;
    enum language language;
} tags[] = {
    {"ro", true, LANGUAGE_RO},          {"ro_RO.UTF-8", true, LANGUAGE_RO},
    {"ro-MD", true, LANGUAGE_RO},       {"RU", true, LANGUAGE_RU},
    {"lt@euro", true, LANGUAGE_LT},     {"pl_PL", true, LANGUAGE_PL},
    {"en_GB.UTF-8", true, LANGUAGE_EN}, {"C", false, LANGUAGE_PLAIN},
    {"C.UTF-8", false, LANGUAGE_PLAIN}, {"POSIX", false, LANGUAGE_PLAIN},
    {"", false, LANGUAGE_PLAIN},        {"r", false, LANGUAGE_PLAIN},
    {"ron", false, LANGUAGE_PLAIN},     {"de", false, LANGUAGE_PLAIN},
};

Test(text, tags)
{
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        enum language language = LANGUAGE_PLAIN;
        cr_expect_eq(language_from_tag(tags[i].tag, &language), tags[i].known, "%s", tags[i].tag);
        cr_expect_eq(language, tags[i].language, "%s", tags[i].tag);
    }
}

static const struct {
    const char *header;
    enum language language;
} accepted[] = {
    {NULL, LANGUAGE_LT},
    {"", LANGUAGE_LT},
    {"pl", LANGUAGE_PL},
    {"de, pl;q=0.5", LANGUAGE_PL},
    {"en;q=0.4, ru;q=0.8, ro;q=0.6", LANGUAGE_RU},
    {"ro;q=0, en;q=0.1", LANGUAGE_EN},
    {"ro-RO,ro;q=0.9,en-US;q=0.8", LANGUAGE_RO},
    {"pl; q=0.3 , ru ;q=0.31", LANGUAGE_RU},
    {"*", LANGUAGE_LT},
    {"de", LANGUAGE_LT},
    {"pl;q=oh", LANGUAGE_LT},
    {"pl;q=2", LANGUAGE_LT},
    {",,;;,", LANGUAGE_LT},
    {"pl;", LANGUAGE_LT},
};

Test(text, accept_language)
{
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++)
        cr_expect_eq(language_accepted(accepted[i].header, LANGUAGE_LT), accepted[i].language, "%s",
                     accepted[i].header);
}

static const struct {
    int64_t count;
    const char *texts[LANGUAGES];
} counts[] = {
    {0, {"0 days ago", "0 days ago", "acum 0 zile", "0 дней назад", "prieš 0 dienų", "0 dni temu"}},
    {1, {"1 day ago", "1 day ago", "acum 1 zi", "1 день назад", "prieš 1 dieną", "1 dzień temu"}},
    {2, {"2 days ago", "2 days ago", "acum 2 zile", "2 дня назад", "prieš 2 dienas", "2 dni temu"}},
    {5,
     {"5 days ago", "5 days ago", "acum 5 zile", "5 дней назад", "prieš 5 dienas", "5 dni temu"}},
    {11,
     {"11 days ago", "11 days ago", "acum 11 zile", "11 дней назад", "prieš 11 dienų",
      "11 dni temu"}},
    {21,
     {"21 days ago", "21 days ago", "acum 21 de zile", "21 день назад", "prieš 21 dieną",
      "21 dni temu"}},
    {22,
     {"22 days ago", "22 days ago", "acum 22 de zile", "22 дня назад", "prieš 22 dienas",
      "22 dni temu"}},
    {101,
     {"101 days ago", "101 days ago", "acum 101 zile", "101 день назад", "prieš 101 dieną",
      "101 dni temu"}},
    {112,
     {"112 days ago", "112 days ago", "acum 112 zile", "112 дней назад", "prieš 112 dienų",
      "112 dni temu"}},
};

Test(text, plural_forms)
{
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (int language = 0; language < LANGUAGES; language++) {
            char text[64];
            text_count((enum language)language, text, sizeof text, P_("%s day ago", "%s days ago"),
                       counts[i].count);
            cr_expect_str_eq(text, counts[i].texts[language]);
        }
    }
}

static const struct {
    int64_t value;
    unsigned decimals;
    const char *texts[LANGUAGES];
} numbers[] = {
    {0, 0, {"0", "0", "0", "0", "0", "0"}},
    {999, 0, {"999", "999", "999", "999", "999", "999"}},
    {4466, 0, {"4466", "4,466", "4.466", "4\u00a0466", "4\u00a0466", "4466"}},
    {-12345, 0, {"-12345", "-12,345", "-12.345", "-12\u00a0345", "-12\u00a0345", "-12\u00a0345"}},
    {1234567,
     0,
     {"1234567", "1,234,567", "1.234.567", "1\u00a0234\u00a0567", "1\u00a0234\u00a0567",
      "1\u00a0234\u00a0567"}},
    {8526, 2, {"85.26", "85.26", "85,26", "85,26", "85,26", "85,26"}},
    {-5, 2, {"-0.05", "-0.05", "-0,05", "-0,05", "-0,05", "-0,05"}},
    {12345678,
     3,
     {"12345.678", "12,345.678", "12.345,678", "12\u00a0345,678", "12\u00a0345,678",
      "12\u00a0345,678"}},
    {INT64_MIN,
     0,
     {"-9223372036854775808", "-9,223,372,036,854,775,808", "-9.223.372.036.854.775.808",
      "-9\u00a0223\u00a0372\u00a0036\u00a0854\u00a0775\u00a0808",
      "-9\u00a0223\u00a0372\u00a0036\u00a0854\u00a0775\u00a0808",
      "-9\u00a0223\u00a0372\u00a0036\u00a0854\u00a0775\u00a0808"}},
};

Test(text, numbers)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        for (int language = 0; language < LANGUAGES; language++) {
            struct form form;
            cr_expect_str_eq(
                form_fixed((enum language)language, numbers[i].value, numbers[i].decimals, &form),
                numbers[i].texts[language]);
        }
    }
}

Test(text, days)
{
    static const char *const texts[LANGUAGES] = {"2026-11-05", "5 Nov 2026", "05.11.2026",
                                                 "05.11.2026", "2026-11-05", "05.11.2026"};
    for (int language = 0; language < LANGUAGES; language++) {
        struct form form;
        cr_expect_str_eq(form_day((enum language)language, 20762, &form), texts[language]);
        cr_expect_str_eq(form_day((enum language)language, INT32_MIN, &form), "");
    }
}

/* What is kept of a call is said as vsnprintf would say it. */
PRINTF_LIKE(1, 2)
static void same_as_printf(const char *format, ...)
{
    char expected[600], got[600];
    struct msg_args args = {.used = 0};
    va_list values, again;
    va_start(values, format);
    va_copy(again, values);
    int len = vsnprintf(expected, sizeof expected, format, values);
    size_t said = msg_capture(&args, got, sizeof got, format, again);
    va_end(again);
    va_end(values);
    cr_expect_str_eq(got, expected);
    cr_expect_eq(said, (size_t)len);
}

Test(text, capture_is_printf)
{
    char wide[500];
    memset(wide, 'x', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    same_as_printf("plain");
    same_as_printf("100 %% of %s", "it");
    same_as_printf("%d %i %u %x %X %o %c", -1, 2, 3U, 0xbeefU, 0xbeefU, 8U, 'c');
    same_as_printf("%ld %lld %zu %jd %td", -1L, -2LL, (size_t)3, (intmax_t)4, (ptrdiff_t)5);
    same_as_printf("%" PRId64 " %" PRIu64 " %016" PRIx64, INT64_MIN, UINT64_MAX, UINT64_C(0xff));
    same_as_printf("[%5d] [%-5d] [%05d] [%+d]", 42, 42, 42, 42);
    same_as_printf("%.3s|%8s|%-8s|%.*s|%*d", "abcdef", "right", "left", 2, "xyz", 6, 7);
    same_as_printf("'%s' and \"%s\"", "a", "b");
    same_as_printf("%s", wide);
    same_as_printf("%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s", "a", "b", "c", "d", "e", "f", "g", "h",
                   "i", "j", "k", "l", "m", "n", "o", "p", "q", "r");
}

/* Arguments by their place, as translators write them. */
Test(text, capture_by_place)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat" /* POSIX, not ISO C */
    same_as_printf("%1$s: %2$5d of %3$s", "a", 2, "c");
#pragma GCC diagnostic pop
}

Test(text, failures_are_told_in_a_language)
{
    char text[ERR_TEXT_BYTES];
    struct err_info info = {0};
    (void)err_set(&info, ERR_INVALID, "%s: '%s' is not %s", "received_on", "yes",
                  N_("a date; write YYYY-MM-DD"));
    (void)err_wrap(&info, ERR_INVALID, "%s", N_("out of memory"));
    err_say(&info, LANGUAGE_PLAIN, text, sizeof text);
    cr_expect_str_eq(text, "out of memory: received_on: 'yes' is not a date; write YYYY-MM-DD");
    cr_expect_str_eq(text, info.text);
    err_say(&info, LANGUAGE_RO, text, sizeof text);
    cr_expect(strstr(text, "received_on: 'yes'") != NULL, "%s", text); /* quoted: not ours */
    cr_expect(strstr(text, "out of memory") == NULL, "%s", text);
    cr_expect(strstr(text, "is not") == NULL && strstr(text, "date;") == NULL, "%s", text);
}

Test(text, failures_without_words_have_their_codes)
{
    for (int language = 0; language < LANGUAGES; language++) {
        char text[ERR_TEXT_BYTES];
        struct err_info info = {.code = ERR_NOT_FOUND};
        err_say(&info, (enum language)language, text, sizeof text);
        cr_expect_str_eq(text, text_in((enum language)language, "not found"));
        cr_expect_eq(strcmp(text, "not found") == 0, language <= LANGUAGE_EN);
    }
}

Test(text, what_does_not_fit_stays_as_it_was_said)
{
    char text[ERR_TEXT_BYTES], wide[400];
    struct err_info info = {0};
    memset(wide, 'x', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    (void)err_set(&info, ERR_IO, "%s and %s", wide, wide);
    err_say(&info, LANGUAGE_PL, text, sizeof text);
    cr_expect_str_eq(text, info.text);
    for (int i = 0; i < 2 * ERR_PARTS_MAX; i++)
        (void)err_wrap(&info, ERR_IO, "%d", i);
    err_say(&info, LANGUAGE_PL, text, sizeof text);
    cr_expect_str_eq(text, info.text);
}

Test(text, cut_at_a_character)
{
    char text[8];
    text_say(LANGUAGE_RU, text, sizeof text, "'%s'", "ёжик");
    cr_expect_str_eq(text, "'ёжи");
}
