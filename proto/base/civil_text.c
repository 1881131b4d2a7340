/* Text forms of dates and times: one strict form of our own, and patterns for the files of others.
 */
#include "proto/base/civil.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DAY_SECONDS = 86400 };

struct parsed {
    int year, month, day, hour, minute, second;
    int hour12, afternoon; /* -1 until seen */
    unsigned seen;         /* one bit a letter, so that nothing is given twice */
};

/* `min`..`max` digits off the front of *at; a sign or blank is no digit. */
static bool take_digits(const char **at, int min, int max, int *value_out)
{
    int value = 0, taken = 0;
    while (taken < max && (*at)[taken] >= '0' && (*at)[taken] <= '9') {
        value = value * 10 + ((*at)[taken] - '0');
        taken++;
    }
    if (taken < min)
        return false;
    *at += taken;
    *value_out = value;
    return true;
}

static bool take_char(const char **at, char wanted)
{
    if (**at != wanted)
        return false;
    (*at)++;
    return true;
}

static bool take_day(const char **at, struct civil *date_out)
{
    struct civil date = {0};
    if (!take_digits(at, 4, 4, &date.year) || !take_char(at, '-') ||
        !take_digits(at, 2, 2, &date.month) || !take_char(at, '-') ||
        !take_digits(at, 2, 2, &date.day) || !civil_valid(date))
        return false;
    *date_out = date;
    return true;
}

static bool clock_valid(int hour, int minute, int second)
{
    return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59;
}

static int64_t seconds_of(int32_t day, int hour, int minute, int second)
{
    return (int64_t)day * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}

void civil_format_day(int32_t day, char *text_out)
{
    assert(day >= CIVIL_DAY_MIN && day <= CIVIL_DAY_MAX);
    struct civil date = civil_from_day(day);
    (void)snprintf(text_out, CIVIL_TEXT_BYTES, "%04d-%02d-%02d", date.year, date.month, date.day);
}

bool civil_parse_day(const char *text, int32_t *day_out)
{
    struct civil date;
    if (!take_day(&text, &date) || *text != '\0')
        return false;
    *day_out = civil_day(date);
    return true;
}

void civil_format_time(int64_t seconds, char *text_out)
{
    int64_t day = seconds / DAY_SECONDS, rest = seconds % DAY_SECONDS;
    if (rest < 0) {
        rest += DAY_SECONDS;
        day--;
    }
    assert(day >= CIVIL_DAY_MIN && day <= CIVIL_DAY_MAX);
    struct civil date = civil_from_day((int32_t)day);
    (void)snprintf(text_out, CIVIL_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d", date.year,
                   date.month, date.day, (int)(rest / 3600), (int)(rest / 60 % 60),
                   (int)(rest % 60));
}

bool civil_parse_time(const char *text, int64_t *seconds_out)
{
    struct civil date;
    int hour, minute, second = 0;
    if (!take_day(&text, &date) || (*text != 'T' && *text != ' '))
        return false;
    text++;
    if (!take_digits(&text, 2, 2, &hour) || !take_char(&text, ':') ||
        !take_digits(&text, 2, 2, &minute))
        return false;
    if (*text == ':') {
        text++;
        if (!take_digits(&text, 2, 2, &second))
            return false;
    }
    if (*text != '\0' || !clock_valid(hour, minute, second))
        return false;
    *seconds_out = seconds_of(civil_day(date), hour, minute, second);
    return true;
}

/* One letter after the per cent sign. */
static bool take_part(char letter, const char **text, struct parsed *parsed)
{
    static const char letters[] = "YmdHMSIp";
    const char *known = letter == '\0' ? NULL : strchr(letters, letter);
    if (known == NULL || (parsed->seen & (1U << (known - letters))) != 0)
        return false;
    parsed->seen |= 1U << (known - letters);
    switch (letter) {
    case 'Y':
        return take_digits(text, 4, 4, &parsed->year);
    case 'm':
        return take_digits(text, 1, 2, &parsed->month);
    case 'd':
        return take_digits(text, 1, 2, &parsed->day);
    case 'H':
        return take_digits(text, 1, 2, &parsed->hour);
    case 'M':
        return take_digits(text, 1, 2, &parsed->minute);
    case 'S':
        return take_digits(text, 1, 2, &parsed->second);
    case 'I':
        return take_digits(text, 1, 2, &parsed->hour12) && parsed->hour12 >= 1 &&
               parsed->hour12 <= 12;
    default: /* p */
        if (strncasecmp(*text, "am", 2) != 0 && strncasecmp(*text, "pm", 2) != 0)
            return false;
        parsed->afternoon = (**text == 'p' || **text == 'P') ? 1 : 0;
        *text += 2;
        return true;
    }
}

bool civil_parse_pattern(const char *pattern, const char *text, int64_t *seconds_out)
{
    struct parsed parsed = {.hour12 = -1, .afternoon = -1};
    for (; *pattern != '\0'; pattern++) {
        bool fits;
        if (*pattern == '%' && pattern[1] != '%') {
            pattern++;
            fits = take_part(*pattern, &text, &parsed);
        } else {
            pattern += *pattern == '%' ? 1 : 0;
            fits = take_char(&text, *pattern);
        }
        if (!fits)
            return false;
    }
    if (*text != '\0' || (parsed.hour12 < 0) != (parsed.afternoon < 0))
        return false;
    if (parsed.hour12 >= 0)
        parsed.hour = parsed.hour12 % 12 + 12 * parsed.afternoon;
    struct civil date = {.year = parsed.year, .month = parsed.month, .day = parsed.day};
    if (!civil_valid(date) || !clock_valid(parsed.hour, parsed.minute, parsed.second))
        return false;
    *seconds_out = seconds_of(civil_day(date), parsed.hour, parsed.minute, parsed.second);
    return true;
}
