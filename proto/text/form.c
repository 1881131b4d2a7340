/* Dates and numbers as each language writes them (Unicode CLDR: short dates of English, Romanian,
 * Russian, Lithuanian and Polish; Polish groups from five digits on). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/civil.h"
#include "proto/text/text.h"

#define HARD_SPACE "\xC2\xA0" /* U+00A0, which does not break a line */

static const struct {
    const char *group, *decimal;
    int64_t group_from;
} numbers[LANGUAGES] = {
    {"", ".", INT64_MAX},    {",", ".", 1000},        {".", ",", 1000},
    {HARD_SPACE, ",", 1000}, {HARD_SPACE, ",", 1000}, {HARD_SPACE, ",", 10000},
};

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

const char *form_day(enum language language, int32_t day, struct form *form)
{
    form->text[0] = '\0';
    if (day < CIVIL_DAY_MIN || day > CIVIL_DAY_MAX)
        return form->text;
    struct civil date = civil_from_day(day);
    switch (language) {
    case LANGUAGE_EN:
        (void)snprintf(form->text, FORM_BYTES, "%d %s %04d", date.day, months[date.month - 1],
                       date.year);
        break;
    case LANGUAGE_RO:
    case LANGUAGE_RU:
    case LANGUAGE_PL:
        (void)snprintf(form->text, FORM_BYTES, "%02d.%02d.%04d", date.day, date.month, date.year);
        break;
    case LANGUAGE_PLAIN:
    case LANGUAGE_LT:
    case LANGUAGES:
        (void)snprintf(form->text, FORM_BYTES, "%04d-%02d-%02d", date.year, date.month, date.day);
        break;
    }
    return form->text;
}

const char *form_fixed(enum language language, int64_t value, unsigned decimals, struct form *form)
{
    char digits[24];
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value, whole = size;
    for (unsigned i = 0; i < decimals; i++)
        whole /= 10;
    int len = snprintf(digits, sizeof digits, "%0*" PRIu64, (int)decimals + 1, size);
    int whole_len = len - (int)decimals;
    bool grouped = whole >= (uint64_t)numbers[language].group_from;
    size_t used = (size_t)snprintf(form->text, FORM_BYTES, "%s", value < 0 ? "-" : "");
    for (int i = 0; i < whole_len; i++) {
        bool gap = grouped && i > 0 && (whole_len - i) % 3 == 0;
        used += (size_t)snprintf(form->text + used, FORM_BYTES - used, "%s%c",
                                 gap ? numbers[language].group : "", digits[i]);
    }
    if (decimals > 0)
        (void)snprintf(form->text + used, FORM_BYTES - used, "%s%s", numbers[language].decimal,
                       digits + whole_len);
    return form->text;
}

const char *form_int(enum language language, int64_t value, struct form *form)
{
    return form_fixed(language, value, 0, form);
}
