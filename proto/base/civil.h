#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Civil dates without a time zone. A day is the number of days since 1970-01-01 (negative before);
 * a civil time is seconds since 1970-01-01 00:00:00 on the wall clock of whoever wrote it down.
 * Nothing here reads a clock: "today" is always an argument. */

enum { CIVIL_DAY_MIN = -719162 /* 0001-01-01 */, CIVIL_DAY_MAX = 2932896 /* 9999-12-31 */ };
enum { CIVIL_TEXT_BYTES = 24 };

struct civil {
    int year, month, day; /* month and day from 1 */
};

struct civil civil_from_day(int32_t day);
bool civil_valid(struct civil date);
int32_t civil_day(struct civil date); /* asserts civil_valid(date) */

/* 0 = Monday … 6 = Sunday. */
int civil_weekday(int32_t day);

/* The same day `months` later (or earlier), clamped to the month's end: 31 January + 1 month = 28
 * February. */
int32_t civil_add_months(int32_t day, int months);

/* Western Easter Sunday of `year`. Source: the anonymous Gregorian algorithm. */
int32_t civil_easter(int year);

/* Days nobody works besides weekends, sorted ascending; borrowed. */
struct holidays {
    const int32_t *days;
    uint32_t count;
};

bool civil_is_working_day(int32_t day, struct holidays holidays);
/* Step day by day and count only working days; day 0 is `day` itself, so n = 0 returns `day`. 0 <=
 * n <= 1000. */
int32_t civil_add_working_days(int32_t day, int n, struct holidays holidays);
/* Working days after `from` up to and including `to`; 0 when to <= from. */
int32_t civil_working_days_between(int32_t from, int32_t to, struct holidays holidays);
/* Bank holidays of England and Wales of one year by rule, with substitute days (1 January, Good
 * Friday, Easter Monday, first and last Monday of May, last Monday of August, 25 and 26 December).
 * Returns how many (8). */
uint32_t civil_holidays_england_wales(int year, int32_t days_out[8]);

/* "2026-11-22"; parse accepts exactly this form. `text_out` holds CIVIL_TEXT_BYTES. */
void civil_format_day(int32_t day, char *text_out);
bool civil_parse_day(const char *text, int32_t *day_out);
/* "2026-11-22T09:05:00"; parse accepts this, a space for the T, and no seconds. */
void civil_format_time(int64_t seconds, char *text_out);
bool civil_parse_time(const char *text, int64_t *seconds_out);

/* Parse by a strict pattern, the whole text or nothing: %Y 4 digits, %m %d %H %M %S 1 or 2 digits,
 * %I hour 1..12 with %p AM or PM, %y is refused; any other character stands for itself. Without a
 * time part the time is 00:00:00. */
bool civil_parse_pattern(const char *pattern, const char *text, int64_t *seconds_out);
