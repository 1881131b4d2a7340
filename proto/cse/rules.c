#include "proto/cse/rules.h"

#include <stdlib.h>

#include "proto/cse/picture_cells.h"
#include "proto/record/fields.h"

static const struct deadline_profile built_in[] = {
    {.code = "lgsco",
     .name = N_("LGSCO Code, councils in England"),
     .acknowledge_days = 5,
     .answer_days = 10,
     .extension_days = 10,
     .stage2_acknowledge_days = 5,
     .stage2_answer_days = 20,
     .stage2_extension_days = 20},
    {.code = "housing",
     .name = N_("Housing Ombudsman Code"),
     .acknowledge_days = 5,
     .answer_days = 10,
     .extension_days = 10,
     .stage2_acknowledge_days = 5,
     .stage2_answer_days = 20,
     .stage2_extension_days = 20},
    {.code = "spso",
     .name = N_("SPSO model, Scotland"),
     .receipt_counts = true,
     .from_receipt = true,
     .answer_days = 5,
     .extension_days = 5,
     .stage2_acknowledge_days = 3,
     .stage2_answer_days = 20,
     .stage2_extension_days = 20},
    {.code = "health",
     .name = N_("Health, family practitioners"),
     .from_receipt = true,
     .acknowledge_days = 3,
     .answer_days = 10,
     .extension_days = 10},
    {.code = "data-protection",
     .name = N_("Data-protection complaint"),
     .type = DAYS_CALENDAR,
     .acknowledge_days = 30},
};

static void copy(char *to, size_t size, struct bytes text)
{
    size_t len = text.len < size - 1 ? text.len : size - 1;
    memcpy(to, text.data, len);
    to[len] = '\0';
}

static struct bytes text_of(const struct record_view *view, uint16_t field)
{
    struct mp_reader reader = mp_reader_of(view_get(view, field));
    struct bytes text = mp_peek(&reader) == MP_STR ? mp_read_str(&reader) : bytes_of("", 0);
    return reader.err == ERR_OK && text.data != NULL ? text : bytes_of("", 0);
}

/* ---- calendars ---- */

static struct rules_calendar *calendar_named(struct rules *rules, struct bytes code)
{
    for (uint32_t i = 0; i < rules->calendar_count; i++) {
        if (bytes_equal(bytes_of_text(rules->calendars[i].code), code))
            return &rules->calendars[i];
    }
    if (rules->calendar_count == RULES_CALENDARS_MAX || code.len >= RULES_CODE_BYTES ||
        code.len == 0) {
        rules->full = true;
        return NULL;
    }
    struct rules_calendar *calendar = &rules->calendars[rules->calendar_count++];
    calendar->count = 0;
    copy(calendar->code, sizeof(calendar->code), code);
    return calendar;
}

static void add_day(struct rules *rules, struct rules_calendar *calendar, int32_t day)
{
    if (calendar->count == RULES_HOLIDAYS_MAX)
        rules->full = true;
    else
        calendar->days[calendar->count++] = day;
}

static void remove_day(struct rules_calendar *calendar, int32_t day)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < calendar->count; i++) {
        if (calendar->days[i] != day)
            calendar->days[kept++] = calendar->days[i];
    }
    calendar->count = kept;
}

/* ---- making ---- */

static int by_day(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return left < right ? -1 : left > right;
}

static bool in_order(const struct rules_calendar *calendar)
{
    for (uint32_t i = 1; i < calendar->count; i++)
        if (calendar->days[i - 1] > calendar->days[i])
            return false;
    return true;
}

static void sort_days(struct rules *rules)
{
    for (uint32_t i = 0; i < rules->calendar_count; i++) {
        struct rules_calendar *calendar = &rules->calendars[i];
        if (!in_order(calendar))
            qsort(calendar->days, calendar->count, sizeof(int32_t), by_day);
    }
}

static void make_built_in(struct rules *rules)
{
    memset(rules, 0, sizeof(*rules));
#define X(number, name, label, standard, least, most) rules->settings.name = (standard);
    SETTINGS(X)
#undef X
    copy(rules->profile, sizeof(rules->profile), bytes_of_text(built_in[0].code));
    copy(rules->calendar, sizeof(rules->calendar), bytes_of_text(calendar_code(0)));
    for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
        rules->profiles[rules->profile_count++] = built_in[i];
    for (uint32_t i = 0; i < CALENDARS_BUILT_IN; i++) {
        struct rules_calendar *calendar = calendar_named(rules, bytes_of_text(calendar_code(i)));
        for (int year = RULES_YEAR_FIRST; year <= RULES_YEAR_LAST; year++) {
            int32_t days[CALENDAR_DAYS_A_YEAR_MAX];
            uint32_t count = calendar_year(i, year, days);
            for (uint32_t d = 0; d < count; d++)
                add_day(rules, calendar, days[d]);
        }
    }
    sort_days(rules);
}

/* Half a century of holidays takes longer to work out than everything else about opening a ledger.
 * It is the same every time, so it is done once and copied. */
void rules_begin(struct rules *rules)
{
    static struct rules built_in_rules;
    static bool made;
    if (!made)
        make_built_in(&built_in_rules);
    made = true;
    *rules = built_in_rules;
}

static void add_settings(struct rules *rules, const struct record_view *view)
{
    int64_t number;
    if (view_int(view, SETTINGS_SITE, &number)) {
        if (rules->site_count == RULES_SITES_MAX) {
            rules->full = true;
            return;
        }
        rules->sites[rules->site_count].site = (uint64_t)number;
        copy(rules->sites[rules->site_count].profile, RULES_CODE_BYTES,
             text_of(view, SETTINGS_PROFILE));
        copy(rules->sites[rules->site_count].calendar, RULES_CODE_BYTES,
             text_of(view, SETTINGS_CALENDAR));
        rules->site_count++;
        return;
    }
    if (rules->has_settings)
        return;
    rules->has_settings = true;
#define X(field, name, label, standard, least, most) \
    if (view_int(view, field, &number) && number >= (least) && number <= (most)) \
        rules->settings.name = (int32_t)number;
    SETTINGS(X)
#undef X
    if (text_of(view, SETTINGS_PROFILE).len > 0)
        copy(rules->profile, RULES_CODE_BYTES, text_of(view, SETTINGS_PROFILE));
    if (text_of(view, SETTINGS_CALENDAR).len > 0)
        copy(rules->calendar, RULES_CODE_BYTES, text_of(view, SETTINGS_CALENDAR));
}

static int32_t days_or(const struct record_view *view, uint16_t field, int32_t absent)
{
    int64_t number;
    return view_int(view, field, &number) && number >= 0 && number <= 365 ? (int32_t)number
                                                                          : absent;
}

static bool is_set(const struct record_view *view, uint16_t field)
{
    int64_t number;
    return view_int(view, field, &number) && number != 0;
}

static void add_profile(struct rules *rules, const struct record_view *view)
{
    struct bytes code = text_of(view, DEADLINE_PROFILE_CODE);
    struct deadline_profile *at = NULL;
    int64_t type;
    for (uint32_t i = 0; i < rules->profile_count; i++) {
        if (bytes_equal(bytes_of_text(rules->profiles[i].code), code))
            at = &rules->profiles[i];
    }
    if (at == NULL && (rules->profile_count == RULES_PROFILES_MAX || code.len == 0 ||
                       code.len >= RULES_CODE_BYTES)) {
        rules->full = true;
        return;
    }
    if (at == NULL)
        at = &rules->profiles[rules->profile_count++];
    *at = (struct deadline_profile){
        .type =
            view_int(view, DEADLINE_PROFILE_DAY_TYPE, &type) && type == DEADLINE_DAY_TYPE_CALENDAR
                ? DAYS_CALENDAR
                : DAYS_WORKING,
        .receipt_counts = is_set(view, DEADLINE_PROFILE_RECEIPT_IS_DAY_ONE),
        .from_receipt = is_set(view, DEADLINE_PROFILE_ANSWER_FROM_RECEIPT),
        .acknowledge_days = days_or(view, DEADLINE_PROFILE_ACKNOWLEDGE_DAYS, 0),
        .answer_days = days_or(view, DEADLINE_PROFILE_ANSWER_DAYS, 0),
        .extension_days = days_or(view, DEADLINE_PROFILE_EXTENSION_DAYS, 0),
        .stage2_acknowledge_days = days_or(view, DEADLINE_PROFILE_STAGE2_ACKNOWLEDGE_DAYS, 0),
        .stage2_answer_days = days_or(view, DEADLINE_PROFILE_STAGE2_ANSWER_DAYS, 0),
        .stage2_extension_days = days_or(view, DEADLINE_PROFILE_STAGE2_EXTENSION_DAYS, 0),
        .escalation_days = days_or(view, DEADLINE_PROFILE_ESCALATION_DAYS, 0),
    };
    copy(at->code, sizeof(at->code), code);
    copy(at->name, sizeof(at->name), text_of(view, DEADLINE_PROFILE_NAME));
}

static void add_holiday(struct rules *rules, const struct record_view *view)
{
    int32_t day;
    if (!view_day(view, HOLIDAY_DATE, &day))
        return;
    struct rules_calendar *calendar = calendar_named(rules, text_of(view, HOLIDAY_CALENDAR));
    if (calendar == NULL)
        return;
    remove_day(calendar, day);
    if (!is_set(view, HOLIDAY_WORKING))
        add_day(rules, calendar, day);
}

static void add_cycle(struct rules *rules, const struct record_view *view)
{
    struct rules_cycle cycle = {.starts_on = 0};
    if (!view_day(view, CYCLE_STARTS_ON, &cycle.starts_on))
        return;
    if (rules->cycle_count == RULES_CYCLES_MAX) {
        rules->full = true;
        return;
    }
    copy(cycle.name, sizeof(cycle.name), text_of(view, CYCLE_NAME));
    copy(cycle.standard_version, sizeof(cycle.standard_version),
         text_of(view, CYCLE_STANDARD_VERSION));
    memcpy(cycle.rid, view->rid, RID_BYTES);
    rules->cycles[rules->cycle_count++] = cycle;
}

void rules_add(struct rules *rules, const struct record_view *view)
{
    if (view->deleted)
        return;
    if (view->kind == KIND_SETTINGS)
        add_settings(rules, view);
    else if (view->kind == KIND_DEADLINE_PROFILE)
        add_profile(rules, view);
    else if (view->kind == KIND_HOLIDAY)
        add_holiday(rules, view);
    else if (view->kind == KIND_CYCLE)
        add_cycle(rules, view);
}

static int by_start(const void *a, const void *b)
{
    const struct rules_cycle *left = a, *right = b;
    if (left->starts_on != right->starts_on)
        return left->starts_on < right->starts_on ? -1 : 1;
    return memcmp(left->rid, right->rid, RID_BYTES);
}

void rules_finish(struct rules *rules)
{
    sort_days(rules);
    if (rules->cycle_count > 0)
        qsort(rules->cycles, rules->cycle_count, sizeof(rules->cycles[0]), by_start);
}

bool rules_made_of(uint16_t kind)
{
    return kind >= KIND_SETTINGS && kind <= KIND_CYCLE;
}

bool rules_move(uint16_t kind)
{
    return kind == KIND_COMPLAINT;
}

/* ---- asking ---- */

const struct deadline_profile *rules_profile(const struct rules *rules, struct bytes code)
{
    for (uint32_t i = 0; i < rules->profile_count; i++) {
        if (bytes_equal(bytes_of_text(rules->profiles[i].code), code))
            return &rules->profiles[i];
    }
    return NULL;
}

struct holidays rules_holidays(const struct rules *rules, struct bytes code)
{
    for (uint32_t i = 0; i < rules->calendar_count; i++) {
        const struct rules_calendar *calendar = &rules->calendars[i];
        if (bytes_equal(bytes_of_text(calendar->code), code))
            return (struct holidays){.days = calendar->days, .count = calendar->count};
    }
    return (struct holidays){.days = NULL, .count = 0};
}

/* The site's own code or the organisation's. */
static const char *code_of(const struct rules *rules, uint64_t site, bool profile)
{
    for (uint32_t i = 0; i < rules->site_count; i++) {
        const char *own = profile ? rules->sites[i].profile : rules->sites[i].calendar;
        if (rules->sites[i].site == site && own[0] != '\0')
            return own;
    }
    return profile ? rules->profile : rules->calendar;
}

const struct deadline_profile *rules_profile_of(const struct rules *rules, uint64_t site)
{
    const struct deadline_profile *got =
        rules_profile(rules, bytes_of_text(code_of(rules, site, true)));
    return got != NULL ? got : &rules->profiles[0];
}

struct holidays rules_holidays_of(const struct rules *rules, uint64_t site)
{
    return rules_holidays(rules, bytes_of_text(code_of(rules, site, false)));
}

const struct rules_cycle *rules_cycle_of(const struct rules *rules, int32_t day)
{
    const struct rules_cycle *got = NULL;
    for (uint32_t i = 0; i < rules->cycle_count && rules->cycles[i].starts_on <= day; i++)
        got = &rules->cycles[i];
    return got;
}
