#include "proto/cse/calendars.h"

#include <stddef.h>

enum { SATURDAY = 5, SUNDAY = 6, MONDAY = 0, JULIAN_DAYS = 13 /* 1900 to 2099 */ };

static int32_t date(int year, int month, int day)
{
    return civil_day((struct civil){.year = year, .month = month, .day = day});
}

int32_t civil_easter_orthodox(int year)
{
    int a = year % 4, b = year % 7, c = year % 19;
    int d = (19 * c + 15) % 30, e = (2 * a + 4 * b - d + 34) % 7;
    int month = (d + e + 114) / 31, day = (d + e + 114) % 31 + 1;
    return date(year, month, day) + JULIAN_DAYS;
}

struct days {
    int32_t *list;
    uint32_t count;
};

static void add(struct days *days, int32_t day)
{
    if (days->count < CALENDAR_DAYS_A_YEAR_MAX)
        days->list[days->count++] = day;
}

static void add_dates(struct days *days, int year, const uint8_t (*dates)[2], uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        add(days, date(year, dates[i][0], dates[i][1]));
}

/* The working day that stands in for a holiday at a weekend. */
static void add_substituted(struct days *days, int32_t day)
{
    while (civil_weekday(day) >= SATURDAY)
        day++;
    add(days, day);
}

/* Two holidays in a row, such as Christmas and Boxing Day: no two on one day. */
static void add_pair(struct days *days, int32_t first)
{
    int32_t second = first + 1;
    while (civil_weekday(first) >= SATURDAY)
        first++;
    second = second > first ? second : first + 1;
    while (civil_weekday(second) >= SATURDAY)
        second++;
    add(days, first);
    add(days, second);
}

static int32_t first_monday(int year, int month)
{
    int32_t day = date(year, month, 1);
    while (civil_weekday(day) != MONDAY)
        day++;
    return day;
}

static void england_wales(struct days *days, int year)
{
    int32_t list[8];
    uint32_t count = civil_holidays_england_wales(year, list);
    for (uint32_t i = 0; i < count; i++)
        add(days, list[i]);
}

static void scotland(struct days *days, int year)
{
    add_pair(days, date(year, 1, 1));
    add(days, civil_easter(year) - 2);
    add(days, first_monday(year, 5));
    int32_t spring = date(year, 5, 31);
    while (civil_weekday(spring) != MONDAY)
        spring--;
    add(days, spring);
    add(days, first_monday(year, 8));
    add_substituted(days, date(year, 11, 30));
    add_pair(days, date(year, 12, 25));
}

static void northern_ireland(struct days *days, int year)
{
    england_wales(days, year);
    add_substituted(days, date(year, 3, 17));
    add_substituted(days, date(year, 7, 12));
}

static void romania(struct days *days, int year)
{
    static const uint8_t fixed[][2] = {{1, 1},  {1, 2},   {1, 24}, {5, 1},   {6, 1},
                                       {8, 15}, {11, 30}, {12, 1}, {12, 25}, {12, 26}};
    int32_t easter = civil_easter_orthodox(year);
    add_dates(days, year, fixed, sizeof(fixed) / sizeof(fixed[0]));
    if (year >= 2024) { /* Epiphany and Saint John */
        add(days, date(year, 1, 6));
        add(days, date(year, 1, 7));
    }
    add(days, easter - 2);
    add(days, easter + 1);
    add(days, easter + 50);
}

static void lithuania(struct days *days, int year)
{
    static const uint8_t fixed[][2] = {{1, 1},  {2, 16}, {3, 11}, {5, 1},   {6, 24},  {7, 6},
                                       {8, 15}, {11, 1}, {11, 2}, {12, 24}, {12, 25}, {12, 26}};
    add_dates(days, year, fixed, sizeof(fixed) / sizeof(fixed[0]));
    add(days, civil_easter(year) + 1);
}

static void poland(struct days *days, int year)
{
    static const uint8_t fixed[][2] = {{1, 1},  {1, 6},   {5, 1},   {5, 3},  {8, 15},
                                       {11, 1}, {11, 11}, {12, 25}, {12, 26}};
    add_dates(days, year, fixed, sizeof(fixed) / sizeof(fixed[0]));
    if (year >= 2025) /* Christmas Eve */
        add(days, date(year, 12, 24));
    add(days, civil_easter(year) + 1);
    add(days, civil_easter(year) + 60);
}

static void russia(struct days *days, int year)
{
    static const uint8_t fixed[][2] = {{1, 1}, {1, 2},  {1, 3}, {1, 4}, {1, 5}, {1, 6},  {1, 7},
                                       {1, 8}, {2, 23}, {3, 8}, {5, 1}, {5, 9}, {6, 12}, {11, 4}};
    add_dates(days, year, fixed, sizeof(fixed) / sizeof(fixed[0]));
}

static const struct {
    const char *code;
    void (*fill)(struct days *days, int year);
} calendars[CALENDARS_BUILT_IN] = {
    {"england-wales", england_wales},
    {"scotland", scotland},
    {"northern-ireland", northern_ireland},
    {"romania", romania},
    {"lithuania", lithuania},
    {"poland", poland},
    {"russia", russia},
};

const char *calendar_code(uint32_t number)
{
    return number < CALENDARS_BUILT_IN ? calendars[number].code : NULL;
}

uint32_t calendar_year(uint32_t number, int year, int32_t days_out[CALENDAR_DAYS_A_YEAR_MAX])
{
    struct days days = {.list = days_out};
    calendars[number].fill(&days, year);
    return days.count;
}
