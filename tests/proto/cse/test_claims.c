#include <criterion/criterion.h>

#include "proto/cse/rules.h"
#include "proto/cse/signals.h"

/* An element with this evidence and nothing else on record. */
static enum band ceiling_with(struct evidence_counts evidence)
{
    static const struct fact_sum facts[FACTS_END];
    static const struct standard_tally tallies[STANDARD_SCOPES];
    struct evidence_counts all[ELEMENTS] = {evidence};
    struct ceiling ceilings[ELEMENTS];
    static struct rules rules;
    rules_begin(&rules);
    ceilings_of(
        &(struct signal_input){.facts = facts, .tallies = tallies, .settings = &rules.settings},
        all, ceilings);
    return ceilings[0].band;
}

Test(claims, a_ceiling_follows_the_best_evidence_there_is)
{
    static const struct {
        const char *name;
        struct evidence_counts evidence;
        enum band ceiling;
    } rows[] = {
        {"no evidence", {0, 0, 0}, BAND_NC},         {"only expired", {0, 0, 9}, BAND_NC},
        {"only ageing", {0, 1, 9}, BAND_PC},         {"one current", {1, 0, 0}, BAND_C},
        {"current among others", {1, 5, 9}, BAND_C},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(ceiling_with(rows[i].evidence), rows[i].ceiling, "%s", rows[i].name);
}

Test(claims, only_a_rating_above_its_ceiling_is_challenged)
{
    static const struct {
        const char *name;
        enum band rated, ceiling;
        bool challenged;
    } rows[] = {
        {"not assessed", BAND_U, BAND_NC, false},
        {"not applicable", BAND_NA, BAND_NC, false},
        {"as low as can be", BAND_NC, BAND_NC, false},
        {"partial without evidence", BAND_PC, BAND_NC, true},
        {"partial on ageing", BAND_PC, BAND_PC, false},
        {"full on ageing", BAND_C, BAND_PC, true},
        {"full on current", BAND_C, BAND_C, false},
        {"plus on current", BAND_CP, BAND_C, false},
        {"plus on ageing", BAND_CP, BAND_PC, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(claim_challenged(rows[i].rated, rows[i].ceiling), rows[i].challenged, "%s",
                     rows[i].name);
}
