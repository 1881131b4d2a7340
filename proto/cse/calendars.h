#pragma once

#include "proto/base/civil.h"

/* Public holidays by rule, for the countries this program speaks the languages of. A `holiday`
 * record adds a day to a calendar or takes one away. Sources: each country's law; Western and
 * Orthodox Easter by their algorithms. */

enum {
    CALENDARS_BUILT_IN = 7,
    CALENDAR_DAYS_A_YEAR_MAX = 20,
};

/* "england-wales" "scotland" "northern-ireland" "romania" "lithuania" "poland" "russia"; NULL past
 * the last. */
const char *calendar_code(uint32_t number);
/* The calendar's holidays of one year, in no order; weekends may be among them. Returns how many.
 */
uint32_t calendar_year(uint32_t number, int year, int32_t days_out[CALENDAR_DAYS_A_YEAR_MAX]);

/* Orthodox Easter Sunday, as a Gregorian date. Source: Meeus' Julian algorithm. */
int32_t civil_easter_orthodox(int year);
