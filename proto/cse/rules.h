#pragma once

#include "proto/cse/calendars.h"
#include "proto/cse/deadlines.h"
#include "proto/record/kinds.h"
#include "proto/record/op.h"
#include "proto/record/settings.h"

/* The effective configuration: what the organisation has settled in records of kind settings,
 * deadline-profile, holiday and cycle, over what is built in. It follows from records alone, so
 * every place that has the same records has the same rules. Nothing in it changes once it is
 * finished. */

enum {
    RULES_PROFILES_MAX = 32,
    RULES_CALENDARS_MAX = 16,
    RULES_HOLIDAYS_MAX = 1024, /* of one calendar */
    RULES_SITES_MAX = 1024,    /* with a profile or calendar of their own */
    RULES_CYCLES_MAX = 64,
    RULES_CODE_BYTES = 24,
    RULES_NAME_BYTES = 64,
    RULES_YEAR_FIRST = 2010,
    RULES_YEAR_LAST = 2050,
};

struct rules_calendar {
    char code[RULES_CODE_BYTES];
    uint32_t count;
    int32_t days[RULES_HOLIDAYS_MAX]; /* sorted */
};

struct rules_cycle {
    int32_t starts_on;
    char name[RULES_NAME_BYTES];
    char standard_version[RULES_CODE_BYTES];
    uint8_t rid[RID_BYTES];
};

struct rules {
    struct settings settings;
    char profile[RULES_CODE_BYTES], calendar[RULES_CODE_BYTES]; /* the organisation's */
    bool has_settings; /* the organisation's record was met: a later one does not count */
    uint32_t site_count;
    struct {
        uint64_t site;
        char profile[RULES_CODE_BYTES], calendar[RULES_CODE_BYTES]; /* "": the organisation's */
    } sites[RULES_SITES_MAX];
    uint32_t profile_count;
    struct deadline_profile profiles[RULES_PROFILES_MAX];
    uint32_t calendar_count;
    struct rules_calendar calendars[RULES_CALENDARS_MAX];
    uint32_t cycle_count;
    struct rules_cycle cycles[RULES_CYCLES_MAX]; /* by starts_on once finished */
    bool full;                                   /* something found no room and was left out */
};

struct record_view;

/* What is built in. */
void rules_begin(struct rules *rules);
/* A record of one of the four kinds (others and deleted ones add nothing); records in the order of
 * their ids. */
void rules_add(struct rules *rules, const struct record_view *view);
void rules_finish(struct rules *rules);
/* Do records of the kind make the rules? */
bool rules_made_of(uint16_t kind);
/* Do contributions of the kind depend on them? */
bool rules_move(uint16_t kind);

/* The built-in ones, for those who have no records; made once by the caller. */
static inline void rules_default(struct rules *rules)
{
    rules_begin(rules);
    rules_finish(rules);
}

/* NULL: there is none of that code. */
const struct deadline_profile *rules_profile(const struct rules *rules, struct bytes code);
struct holidays rules_holidays(const struct rules *rules, struct bytes code);
/* What a site's complaints have when they do not say. Never NULL. */
const struct deadline_profile *rules_profile_of(const struct rules *rules, uint64_t site);
struct holidays rules_holidays_of(const struct rules *rules, uint64_t site);
/* The cycle that a day belongs to, or NULL before the first. */
const struct rules_cycle *rules_cycle_of(const struct rules *rules, int32_t day);
