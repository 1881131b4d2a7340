/* Calendar arithmetic on day numbers. The conversions count in eras of 400 years that begin on 1
 * March, so that the leap day is the last day of a year and no month needs a table (H. Hinnant,
 * "chrono-compatible low-level date algorithms"). */
#include "proto/base/civil.h"

#include <assert.h>
#include <stddef.h>

enum { ERA_DAYS = 146097, ERA_TO_EPOCH_DAYS = 719468, WEEKDAY_OF_DAY_0 = 3 /* a Thursday */ };

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_length(int year, int month)
{
    static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

struct civil civil_from_day(int32_t day)
{
    int64_t shifted = (int64_t)day + ERA_TO_EPOCH_DAYS;
    int64_t era = (shifted >= 0 ? shifted : shifted - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t in_era = shifted - era * ERA_DAYS;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * in_year + 2) / 153; /* 0 = March */
    struct civil date = {
        .year = (int)(year + era * 400 + (month >= 10 ? 1 : 0)),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(in_year - (153 * month + 2) / 5 + 1),
    };
    return date;
}

bool civil_valid(struct civil date)
{
    if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12)
        return false;
    return date.day >= 1 && date.day <= month_length(date.year, date.month);
}

int32_t civil_day(struct civil date)
{
    assert(civil_valid(date));
    int year = date.month <= 2 ? date.year - 1 : date.year;
    int era = year / 400; /* year >= 0 here */
    int of_era = year - era * 400;
    int in_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
    int in_era = of_era * 365 + of_era / 4 - of_era / 100 + in_year;
    return (int32_t)(era * ERA_DAYS + in_era - ERA_TO_EPOCH_DAYS);
}

int civil_weekday(int32_t day)
{
    int64_t rest = ((int64_t)day + WEEKDAY_OF_DAY_0) % 7;
    return (int)(rest < 0 ? rest + 7 : rest);
}

int32_t civil_add_months(int32_t day, int months)
{
    struct civil date = civil_from_day(day);
    int64_t total = (int64_t)date.year * 12 + (date.month - 1) + months;
    if (total < 12)
        return CIVIL_DAY_MIN;
    if (total >= (int64_t)10000 * 12)
        return CIVIL_DAY_MAX;
    date.year = (int)(total / 12);
    date.month = (int)(total % 12) + 1;
    if (date.day > month_length(date.year, date.month))
        date.day = month_length(date.year, date.month);
    return civil_day(date);
}

int32_t civil_easter(int year)
{
    assert(year >= 1 && year <= 9999);
    int golden = year % 19, century = year / 100, of_century = year % 100;
    int skipped = (century - (century + 8) / 25 + 1) / 3;
    int moon = (19 * golden + century - century / 4 - skipped + 15) % 30;
    int to_sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    int late = (golden + 11 * moon + 22 * to_sunday) / 451;
    int sum = moon + to_sunday - 7 * late + 114;
    return civil_day((struct civil){.year = year, .month = sum / 31, .day = sum % 31 + 1});
}

/* How many of the holidays are on or before `day`. */
static uint32_t holidays_until(int32_t day, struct holidays holidays)
{
    uint32_t low = 0, high = holidays.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (holidays.days[middle] <= day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool civil_is_working_day(int32_t day, struct holidays holidays)
{
    if (civil_weekday(day) >= 5)
        return false;
    uint32_t until = holidays_until(day, holidays);
    return until == 0 || holidays.days[until - 1] != day;
}

int32_t civil_add_working_days(int32_t day, int n, struct holidays holidays)
{
    assert(n >= 0 && n <= 1000);
    while (n > 0 && day < CIVIL_DAY_MAX) {
        day++;
        if (civil_is_working_day(day, holidays))
            n--;
    }
    return day;
}

/* Mondays to Fridays among the days before `day`, counted from a Monday long before any date. */
static int64_t weekdays_before(int32_t day)
{
    int64_t from_monday = (int64_t)day + WEEKDAY_OF_DAY_0 + (int64_t)7 * 400 * 1000;
    int64_t rest = from_monday % 7;
    return from_monday / 7 * 5 + (rest < 5 ? rest : 5);
}

int32_t civil_working_days_between(int32_t from, int32_t to, struct holidays holidays)
{
    if (to <= from)
        return 0;
    int64_t count = weekdays_before(to) - weekdays_before(from);
    count += (civil_weekday(to) < 5 ? 1 : 0) - (civil_weekday(from) < 5 ? 1 : 0);
    uint32_t end = holidays_until(to, holidays);
    for (uint32_t i = holidays_until(from, holidays); i < end; i++) {
        bool repeated = i > 0 && holidays.days[i - 1] == holidays.days[i];
        if (!repeated && civil_weekday(holidays.days[i]) < 5)
            count--;
    }
    return (int32_t)count;
}

static int32_t first_monday_from(int32_t day)
{
    return day + (7 - civil_weekday(day)) % 7;
}

uint32_t civil_holidays_england_wales(int year, int32_t days_out[8])
{
    int32_t new_year = civil_day((struct civil){.year = year, .month = 1, .day = 1});
    int32_t easter = civil_easter(year);
    int32_t christmas = civil_day((struct civil){.year = year, .month = 12, .day = 25});

    days_out[0] = civil_weekday(new_year) >= 5 ? first_monday_from(new_year) : new_year;
    days_out[1] = easter - 2;
    days_out[2] = easter + 1;
    days_out[3] = first_monday_from(civil_day((struct civil){.year = year, .month = 5, .day = 1}));
    days_out[4] = first_monday_from(civil_day((struct civil){.year = year, .month = 5, .day = 25}));
    days_out[5] = first_monday_from(civil_day((struct civil){.year = year, .month = 8, .day = 25}));
    /* the pair keeps two working days free: what falls on a weekend moves behind what does not */
    switch (civil_weekday(christmas)) {
    case 4: /* Friday: the 26th moves to Monday */
        days_out[6] = christmas;
        days_out[7] = christmas + 3;
        break;
    case 5: /* Saturday and Sunday: both move, to Monday and Tuesday */
        days_out[6] = christmas + 2;
        days_out[7] = christmas + 3;
        break;
    case 6: /* Sunday: the 26th is a Monday, the 25th moves behind it */
        days_out[6] = christmas + 1;
        days_out[7] = christmas + 2;
        break;
    default:
        days_out[6] = christmas;
        days_out[7] = christmas + 1;
        break;
    }
    return 8;
}
