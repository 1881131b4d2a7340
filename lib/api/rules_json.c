/* The rules in force: the organisation's numbers, profiles of time limits, holidays, cycles. */
#include "lib/api/scan.h"
#include "proto/cse/rules.h"

static void put_settings(struct jsonw *json, const struct rules *rules)
{
    jsonw_key(json, "settings");
    jsonw_array_begin(json);
#define X(number, id, text, standard, least, most) \
    jsonw_object_begin(json); \
    jsonw_put_string(json, "name", #id); \
    jsonw_put_said(json, "label", text); \
    jsonw_put_int(json, "value", rules->settings.id); \
    jsonw_put_int(json, "default", standard); \
    jsonw_object_end(json);
    SETTINGS(X)
#undef X
    jsonw_array_end(json);
    jsonw_put_string(json, "profile", rules->profile);
    jsonw_put_string(json, "calendar", rules->calendar);
}

static void put_profile(struct jsonw *json, const struct deadline_profile *profile)
{
    jsonw_object_begin(json);
    jsonw_put_string(json, "code", profile->code);
    jsonw_put_said(json, "name", profile->name);
    jsonw_put_string(json, "days", profile->type == DAYS_CALENDAR ? N_("calendar") : N_("working"));
    jsonw_put_bool(json, "receipt_is_day_one", profile->receipt_counts);
    jsonw_put_int(json, "acknowledge_days", profile->acknowledge_days);
    jsonw_put_int(json, "answer_days", profile->answer_days);
    jsonw_put_int(json, "extension_days", profile->extension_days);
    jsonw_put_int(json, "stage2_acknowledge_days", profile->stage2_acknowledge_days);
    jsonw_put_int(json, "stage2_answer_days", profile->stage2_answer_days);
    jsonw_put_int(json, "stage2_extension_days", profile->stage2_extension_days);
    jsonw_object_end(json);
}

static void put_calendars(struct jsonw *json, const struct rules *rules, int year)
{
    jsonw_key(json, "calendars");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < rules->calendar_count; i++) {
        const struct rules_calendar *calendar = &rules->calendars[i];
        jsonw_object_begin(json);
        jsonw_put_string(json, "code", calendar->code);
        jsonw_key(json, "holidays");
        jsonw_array_begin(json);
        for (uint32_t d = 0; d < calendar->count; d++) {
            char text[CIVIL_TEXT_BYTES];
            if (civil_from_day(calendar->days[d]).year != year)
                continue;
            civil_format_day(calendar->days[d], text);
            jsonw_string(json, text);
        }
        jsonw_array_end(json);
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
}

static void put_cycles(struct jsonw *json, const struct rules *rules)
{
    jsonw_key(json, "cycles");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < rules->cycle_count; i++) {
        jsonw_object_begin(json);
        put_rid(json, "id", rules->cycles[i].rid);
        put_day(json, "starts_on", rules->cycles[i].starts_on);
        jsonw_put_string(json, "name", rules->cycles[i].name);
        jsonw_put_string(json, "standard_version", rules->cycles[i].standard_version);
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
}

void api_rules(struct api_call call)
{
    const struct rules *rules = ledger_rules(call.api->config.ledger);
    struct err_info info = {0};
    struct jsonw json;
    int64_t year = civil_from_day(api_today(call.api)).year;
    enum err err = http_query_int(call.request, "year", (struct http_range){.min = 1, .max = 9999},
                                  &year, &info);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
        return;
    }
    answer_begin(call, &json);
    jsonw_object_begin(&json);
    put_settings(&json, rules);
    jsonw_key(&json, "profiles");
    jsonw_array_begin(&json);
    for (uint32_t i = 0; i < rules->profile_count; i++)
        put_profile(&json, &rules->profiles[i]);
    jsonw_array_end(&json);
    put_calendars(&json, rules, (int)year);
    put_cycles(&json, rules);
    jsonw_put_bool(&json, "full", rules->full);
    jsonw_object_end(&json);
    answer_end(call, 200, &json);
}
