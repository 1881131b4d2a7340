#include "lib/sys/clock.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

static uint64_t read_ms(clockid_t clock)
{
    struct timespec now;
    int rc = clock_gettime(clock, &now);
    assert(rc == 0);
    assert(now.tv_sec >= 0);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_unix_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

uint64_t clock_mono_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int32_t clock_offset_minutes(uint64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL)
        return 0;
    return (int32_t)(local.tm_gmtoff / 60);
}

int32_t clock_today_day(void)
{
    uint64_t now_ms = clock_unix_ms();
    int64_t local_ms = (int64_t)now_ms + (int64_t)clock_offset_minutes(now_ms) * 60000;
    return (int32_t)(local_ms / 86400000);
}

void clock_format_utc(uint64_t unix_ms, char *text_out)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm utc;
    if (gmtime_r(&seconds, &utc) == NULL || utc.tm_year > 9999 - 1900) {
        snprintf(text_out, CLOCK_TEXT_BYTES, "%s", "9999-12-31T23:59:59.999Z");
        return;
    }
    snprintf(text_out, CLOCK_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", utc.tm_year + 1900,
             utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
             (unsigned)(unix_ms % 1000));
}
