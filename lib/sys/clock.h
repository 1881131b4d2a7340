#pragma once

#include <stdint.h>

/* The only place that reads the machine's clocks; cores get the result in their events. */

/* Milliseconds since 1970-01-01 UTC; can jump when the clock is set. */
uint64_t clock_unix_ms(void);

/* Milliseconds since an arbitrary start; never goes back. For timeouts and durations. */
uint64_t clock_mono_ms(void);

/* Today as a civil day (days since 1970-01-01) in the machine's time zone. */
int32_t clock_today_day(void);

/* Minutes east of UTC that the machine's time zone is at the given instant. */
int32_t clock_offset_minutes(uint64_t unix_ms);

/* "2026-11-22T09:05:00.123Z"; `text_out` holds CLOCK_TEXT_BYTES. */
enum { CLOCK_TEXT_BYTES = 32 };
void clock_format_utc(uint64_t unix_ms, char *text_out);
