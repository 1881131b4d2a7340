#include "proto/base/civil.h"

#include <criterion/criterion.h>
#include <string.h>

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    cr_assert(civil_parse_day(text, &day), "'%s' is a date", text);
    return day;
}

static void expect_day(int32_t got, const char *want, const char *name)
{
    char text[CIVIL_TEXT_BYTES];
    civil_format_day(got, text);
    cr_expect_str_eq(text, want, "%s: got %s, want %s", name, text, want);
}

/* Holidays of 2025..2027, ascending because each year's are. */
static struct holidays some_holidays(int32_t days[24])
{
    uint32_t count = 0;
    for (int year = 2025; year <= 2027; year++)
        count += civil_holidays_england_wales(year, days + count);
    return (struct holidays){.days = days, .count = count};
}

Test(civil, every_day_goes_there_and_back)
{
    int32_t day = CIVIL_DAY_MIN;
    struct civil before = civil_from_day(day - 1);
    cr_expect_eq(before.year, 0);
    for (; day <= CIVIL_DAY_MAX; day++) {
        struct civil date = civil_from_day(day);
        bool next = date.day == before.day + 1 ||
                    (date.day == 1 &&
                     (date.month == before.month + 1 ||
                      (date.month == 1 && before.month == 12 && date.year == before.year + 1)));
        if (!civil_valid(date) || civil_day(date) != day || !next)
            cr_assert_fail("day %d", (int)day);
        before = date;
    }
    cr_expect_eq(day_of("1970-01-01"), 0);
    cr_expect_eq(day_of("0001-01-01"), CIVIL_DAY_MIN);
    cr_expect_eq(day_of("9999-12-31"), CIVIL_DAY_MAX);
}

Test(civil, dates_that_are_none)
{
    static const char *const wrong[] = {
        "",
        "2026-02-29",
        "2026-02-30",
        "2026-13-01",
        "2026-00-10",
        "2026-01-00",
        "2026-1-01",
        "26-01-01",
        "2026/01/01",
        "2026-01-01 ",
        " 2026-01-01",
        "0000-01-01",
        "2026-01-011",
        "+026-01-01",
        "1900-02-29",
    };
    int32_t day = 77;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_expect_not(civil_parse_day(wrong[i], &day), "'%s'", wrong[i]);
    cr_expect_eq(day, 77, "untouched on failure");
    cr_expect(civil_parse_day("2000-02-29", &day));
}

Test(civil, months_are_added_with_the_end_clamped)
{
    static const struct {
        const char *from;
        int months;
        const char *want;
    } rows[] = {
        {"2024-02-29", 12, "2025-02-28"},        {"2025-01-31", 12, "2026-01-31"},
        {"2025-08-31", 6, "2026-02-28"},         {"2020-02-29", 72, "2026-02-28"},
        {"2016-05-31", 12, "2017-05-31"},        {"2016-05-31", 36, "2019-05-31"},
        {"2026-01-31", 1, "2026-02-28"},         {"2026-03-31", -1, "2026-02-28"},
        {"2026-12-15", 1, "2027-01-15"},         {"2026-01-15", -1, "2025-12-15"},
        {"9999-06-01", 12, "9999-12-31"},        {"0001-06-01", -12, "0001-01-01"},
        {"2026-01-01", INT32_MAX, "9999-12-31"}, {"2026-01-01", INT32_MIN, "0001-01-01"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_day(civil_add_months(day_of(rows[i].from), rows[i].months), rows[i].want,
                   rows[i].from);
}

Test(civil, easter_and_bank_holidays)
{
    static const struct {
        int year;
        const char *easter;
    } easters[] = {
        {1818, "1818-03-22"}, {1943, "1943-04-25"}, {2000, "2000-04-23"}, {2024, "2024-03-31"},
        {2025, "2025-04-20"}, {2026, "2026-04-05"}, {2027, "2027-03-28"}, {2038, "2038-04-25"},
    };
    for (size_t i = 0; i < sizeof(easters) / sizeof(easters[0]); i++)
        expect_day(civil_easter(easters[i].year), easters[i].easter, "Easter");
    static const struct {
        int year;
        const char *days[8];
    } years[] = {
        {2026,
         {"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31",
          "2026-12-25", "2026-12-28"}},
        {2027,
         {"2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30",
          "2027-12-27", "2027-12-28"}},
        {2022,
         {"2022-01-03", "2022-04-15", "2022-04-18", "2022-05-02", "2022-05-30", "2022-08-29",
          "2022-12-26", "2022-12-27"}},
        {2025,
         {"2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25",
          "2025-12-25", "2025-12-26"}},
    };
    for (size_t i = 0; i < sizeof(years) / sizeof(years[0]); i++) {
        int32_t days[8];
        cr_expect_eq(civil_holidays_england_wales(years[i].year, days), 8);
        for (int at = 0; at < 8; at++)
            expect_day(days[at], years[i].days[at], "holiday");
    }
}

Test(civil, working_days_are_added)
{
    static const struct {
        const char *name, *from;
        int n;
        const char *want;
    } rows[] = {
        {"none is the day itself", "2026-04-11", 0, "2026-04-11"},
        {"a plain week", "2026-03-02", 5, "2026-03-09"},
        {"over Easter", "2026-04-02", 5, "2026-04-13"},
        {"ten after Easter", "2026-04-08", 10, "2026-04-22"},
        {"twenty over the May holiday", "2026-04-08", 20, "2026-05-07"},
        {"from a Saturday", "2026-04-11", 5, "2026-04-17"},
        {"over Christmas", "2026-12-24", 5, "2027-01-05"},
        {"ten over Christmas", "2026-12-24", 10, "2027-01-12"},
        {"from a Friday over a holiday", "2026-05-01", 5, "2026-05-11"},
        {"stage two", "2026-05-07", 20, "2026-06-05"},
        {"stage two extended", "2026-05-07", 40, "2026-07-03"},
        {"the calendar ends", "9999-12-30", 10, "9999-12-31"},
    };
    int32_t days[24];
    struct holidays holidays = some_holidays(days);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_day(civil_add_working_days(day_of(rows[i].from), rows[i].n, holidays), rows[i].want,
                   rows[i].name);
}

Test(civil, working_days_between_agrees_with_counting)
{
    int32_t days[24];
    struct holidays holidays = some_holidays(days);
    cr_expect_eq(civil_working_days_between(day_of("2026-04-08"), day_of("2026-04-22"), holidays),
                 10);
    cr_expect_eq(civil_working_days_between(day_of("2026-04-22"), day_of("2026-04-08"), holidays),
                 0);
    for (int32_t from = day_of("2025-12-01"); from < day_of("2026-02-01"); from++) {
        int32_t count = 0;
        for (int32_t to = from; to < from + 200; to++) {
            if (to > from && civil_is_working_day(to, holidays))
                count++;
            if (civil_working_days_between(from, to, holidays) != count)
                cr_assert_fail("from %d to %d", (int)from, (int)to);
        }
    }
    cr_expect_eq(civil_working_days_between(CIVIL_DAY_MIN, CIVIL_DAY_MIN + 7, (struct holidays){0}),
                 5);
}

Test(civil, weekdays)
{
    cr_expect_eq(civil_weekday(0), 3, "1970 began on a Thursday");
    cr_expect_eq(civil_weekday(-1), 2);
    cr_expect_eq(civil_weekday(day_of("2026-03-02")), 0);
    cr_expect_eq(civil_weekday(CIVIL_DAY_MIN), 0);
}

Test(civil, times)
{
    static const struct {
        const char *text;
        bool fits;
        const char *back;
    } rows[] = {
        {"2026-11-22T09:05:00", true, "2026-11-22T09:05:00"},
        {"2026-11-22 09:05:59", true, "2026-11-22T09:05:59"},
        {"2026-11-22T09:05", true, "2026-11-22T09:05:00"},
        {"1969-12-31T23:59:59", true, "1969-12-31T23:59:59"},
        {"0001-01-01T00:00:00", true, "0001-01-01T00:00:00"},
        {"9999-12-31T23:59:59", true, "9999-12-31T23:59:59"},
        {"2026-11-22", false, ""},
        {"2026-11-22T24:00:00", false, ""},
        {"2026-11-22T9:05", false, ""},
        {"2026-11-22T09:60", false, ""},
        {"2026-11-22T09:05:00Z", false, ""},
        {"2026-11-22T09", false, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t seconds;
        bool fits = civil_parse_time(rows[i].text, &seconds);
        cr_expect_eq(fits, rows[i].fits, "%s", rows[i].text);
        if (!fits)
            continue;
        char text[CIVIL_TEXT_BYTES];
        civil_format_time(seconds, text);
        cr_expect_str_eq(text, rows[i].back);
    }
}

Test(civil, patterns)
{
    static const struct {
        const char *pattern, *text, *want; /* NULL = refused */
    } rows[] = {
        {"%m/%d/%Y %I:%M:%S %p", "04/12/2018 11:11:26 AM", "2018-04-12T11:11:26"},
        {"%m/%d/%Y %I:%M:%S %p", "04/12/2018 12:45:48 PM", "2018-04-12T12:45:48"},
        {"%m/%d/%Y %I:%M:%S %p", "04/12/2018 12:45:48 AM", "2018-04-12T00:45:48"},
        {"%m/%d/%Y %I:%M:%S %p", "04/12/2018 00:45:48 AM", NULL},
        {"%m/%d/%Y %I:%M:%S %p", "04/12/2018 13:45:48 PM", NULL},
        {"%m/%d/%Y", "8/30/2013", "2013-08-30T00:00:00"},
        {"%d/%m/%Y", "8/30/2013", NULL},
        {"%d/%m/%Y", "08/03/2013", "2013-03-08T00:00:00"},
        {"%d.%m.%Y %H:%M", "1.2.2026 9:05", "2026-02-01T09:05:00"},
        {"%Y%m%d", "20261122", "2026-11-22T00:00:00"},
        {"%Y-%m-%d", "26-11-22", NULL},
        {"%y-%m-%d", "26-11-22", NULL},
        {"%Y-%m-%d", "2026-11-22x", NULL},
        {"%Y-%m-%d", "2026-11", NULL},
        {"%Y-%m-%d %Y", "2026-11-22 2026", NULL},
        {"%m/%d", "11/22", NULL},
        {"%I %Y-%m-%d", "11 2026-11-22", NULL},
        {"%Y-%m-%d %p", "2026-11-22 PM", NULL},
        {"%Y-%m-%d %", "2026-11-22 ", NULL},
        {"%%%Y-%m-%d", "%2026-11-22", "2026-11-22T00:00:00"},
        {"", "", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t seconds;
        bool fits = civil_parse_pattern(rows[i].pattern, rows[i].text, &seconds);
        cr_expect_eq(fits, rows[i].want != NULL, "'%s' as '%s'", rows[i].text, rows[i].pattern);
        if (!fits || rows[i].want == NULL)
            continue;
        char text[CIVIL_TEXT_BYTES];
        civil_format_time(seconds, text);
        cr_expect_str_eq(text, rows[i].want, "'%s' as '%s'", rows[i].text, rows[i].pattern);
    }
}
