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
    (void)fprintf(to, "  %-12s", member_text(change, "element", &a));
    say_to(to, "%s to %s: %s", member_text(change, "from", &b), member_text(change, "to", &c),
           strcmp(reason, "not-rated") == 0 ? N_("nobody has rated it")
           : strcmp(reason, "failed") == 0  ? N_("a failure bars the award")
                                            : N_("more partial ones than the criterion bears"));
    if (json_is_true(json_object_get(change, "held")))
        (void)fprintf(to, " (%s)", member_text(change, "text", &a));
    json_array_foreach(json_object_get(change, "sites"), index, site)
    {
        const char *owner = member_text(site, "owner", &b);
        say_to(to, "%s%s %s%s%s%s", index == 0 ? N_("; at ") : ", ", member_text(site, "site", &a),
               member_text(site, "forecast", &c), owner[0] != '\0' ? " (" : "", owner,
               owner[0] != '\0' ? ")" : "");
    }
    int64_t more = member_int(change, "site_count") -
                   (int64_t)json_array_size(json_object_get(change, "sites"));
    if (more > 0)
        say_to(to, " and %" PRId64 " more", more);
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
    say_padded(to, tr(N_("forecast")), picture_label_width());
    (void)fputs(strcmp(award, "awardable") == 0       ? tr(N_("it would pass"))
                : strcmp(award, "not_awardable") == 0 ? tr(N_("it would not pass"))
                                                      : tr(N_("it would not be ready")),
                to);
    if (json_is_true(json_object_get(forecast, "assume_actions")))
        say_to(to, ", with %" PRId64 " planned actions taken as done",
               member_int(forecast, "actions_assumed"));
    if (json_array_size(changes) > 0)
        say_to(to, "; the shortest way there is %zu of the %d elements:", json_array_size(changes),
               ELEMENTS);
    (void)fputc('\n', to);
    json_array_foreach(changes, index, change) print_change(change, to);
}
