/* What the picture itself asks for: actions that are missing, claims that are contradicted,
 * disputes, sites that are not heard. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/api/checks.h"
#include "proto/cse/actions.h"
#include "proto/cse/deadlines.h"
#include "proto/cse/signals.h"

static void check_action(struct checks *checks, const struct site_standing *at, uint64_t site,
                         uint8_t element)
{
    char due[CIVIL_TEXT_BYTES];
    if (!action_needed(at->band) || at->action_open)
        return;
    struct check *check = check_new(checks, "action-missing", site, element);
    if (check == NULL)
        return;
    check->due_on = action_default_due(at->assessed_on, checks->rules->settings.action_months);
    check->overdue = check->due_on < checks->as_of;
    civil_format_day(check->due_on, due);
    check_text(check, "rated %s without an open action that is in time", band_text(at->band));
    check_todo(check, "cse record action title=… elements=%s due_on=%s owner=…",
               element_id(element), due);
}

static void check_claim(struct checks *checks, const struct site_standing *at, uint64_t site,
                        uint8_t element)
{
    char text[CHECK_TEXT_BYTES];
    struct check *check = at->challenged ? check_new(checks, "challenged", site, element) : NULL;
    if (check == NULL)
        return;
    ceiling_text(&at->ceiling, checks->language, text, sizeof text);
    check_text(check, "rated %s, records carry %s: %s", band_text(at->band),
               band_text(at->ceiling.band), text);
    check_todo(check,
               at->ceiling.reason == CEILING_SIGNAL
                   ? N_("look at the figure's records (cse picture --element %s), or rate again")
                   : N_("add evidence that is in date (cse record evidence … elements=%s), or "
                        "rate again"),
               element_id(element));
}

static void check_standing(struct checks *checks, const struct site_standing *at, uint64_t site,
                           uint8_t element)
{
    check_action(checks, at, site, element);
    check_claim(checks, at, site, element);
    struct check *check = at->disputed ? check_new(checks, "disputed", site, element) : NULL;
    if (check != NULL) {
        check_text(check, "two ratings stand against each other");
        check_todo(check, "cse conflicts shows both; settle with cse resolve");
    }
    check = at->band == BAND_U && at->previous != BAND_U
                ? check_new(checks, "rate-again", site, element)
                : NULL;
    if (check != NULL) {
        check_text(check, "not rated in this cycle; before it was %s", band_text(at->previous));
        check_todo(check, "cse record assessment element=%s band=… assessed_on=…",
                   element_id(element));
    }
}

static void check_site(struct checks *checks, const struct picture_site *site)
{
    if (site->state == FRESH_CURRENT || site->revoked)
        return;
    struct check *check = check_new(checks, "site-not-heard", site->site, 0);
    if (check == NULL)
        return;
    check->overdue = site->state == FRESH_SILENT;
    check_text(check, "%s: what it has recorded since is not in the picture",
               site->state == FRESH_NEVER ? N_("never heard") : N_("not heard lately"));
    check_todo(check, "ask the site to connect (there: cse status, cse sync)");
}

enum err checks_of_picture(struct checks *checks, const struct picture *picture)
{
    for (uint32_t s = 0; s < picture->site_count; s++) {
        const struct picture_site *site = &picture->sites[s];
        check_site(checks, site);
        for (uint8_t place = 1; place <= ELEMENTS; place++)
            check_standing(checks, &picture->standings[(size_t)s * ELEMENTS + place - 1],
                           site->site, place);
    }
    return ERR_OK;
}
