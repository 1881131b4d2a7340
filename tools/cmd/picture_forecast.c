/* Would we pass on that day, and what is missing. */
#include <inttypes.h>
#include <string.h>

#include "proto/cse/elements.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/picture.h"

static void print_change(const json_t *change, FILE *to)
{
    struct member_text a, b, c, d;
    size_t index;
    json_t *site;
    const char *reason = member_text(change, "reason", &d);
    (void)fprintf(to, "  %-12s%s to %s: %s", member_text(change, "element", &a),
                  member_text(change, "from", &b), member_text(change, "to", &c),
                  strcmp(reason, "not-rated") == 0 ? "nobody has rated it"
                  : strcmp(reason, "failed") == 0  ? "a failure bars the award"
                                                   : "more partial ones than the criterion bears");
    if (json_is_true(json_object_get(change, "held")))
        (void)fprintf(to, " (%s)", member_text(change, "text", &a));
    json_array_foreach(json_object_get(change, "sites"), index, site)
    {
        const char *owner = member_text(site, "owner", &b);
        (void)fprintf(to, "%s%s %s%s%s%s", index == 0 ? "; at " : ", ",
                      member_text(site, "site", &a), member_text(site, "forecast", &c),
                      owner[0] != '\0' ? " (" : "", owner, owner[0] != '\0' ? ")" : "");
    }
    int64_t more = member_int(change, "site_count") -
                   (int64_t)json_array_size(json_object_get(change, "sites"));
    if (more > 0)
        (void)fprintf(to, " and %" PRId64 " more", more);
    (void)fputc('\n', to);
}

void picture_print_forecast(const json_t *picture, FILE *to)
{
    struct member_text a;
    size_t index;
    json_t *change;
    const json_t *forecast = json_object_get(picture, "forecast");
    const json_t *changes = json_object_get(forecast, "changes");
    if (forecast == NULL)
        return;
    const char *award = member_text(forecast, "award", &a);
    (void)fprintf(to, "forecast      %s",
                  strcmp(award, "awardable") == 0       ? "it would pass"
                  : strcmp(award, "not_awardable") == 0 ? "it would not pass"
                                                        : "it would not be ready");
    if (json_is_true(json_object_get(forecast, "assume_actions")))
        (void)fprintf(to, ", with %" PRId64 " planned actions taken as done",
                      member_int(forecast, "actions_assumed"));
    if (json_array_size(changes) > 0)
        (void)fprintf(to, "; the shortest way there is %zu of the %d elements:",
                      json_array_size(changes), ELEMENTS);
    (void)fputc('\n', to);
    json_array_foreach(changes, index, change) print_change(change, to);
}
