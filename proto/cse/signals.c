/* A signal judged, and the ceilings that all of them give. */
#include "proto/cse/signals.h"

#include <string.h>

#include "proto/cse/sample.h"
#include "proto/cse/trend.h"

enum { QUARTERS_OF_A_YEAR = 4 };

bool signal_is_figure(enum signal_op op)
{
    return op >= SIGNAL_SHARE;
}

const char *signal_state_text(enum signal_state state)
{
    static const char *const names[] = {N_("no-data"), N_("old"), N_("short"), N_("good"),
                                        N_("failed")};
    return names[state];
}

const char *ceiling_reason_text(enum ceiling_reason reason)
{
    static const char *const names[CEILING_REASONS] = {"", "nothing-recorded", "expired", "ageing",
                                                       "contradicted"};
    return names[reason];
}

/* ---- one signal ---- */

static int64_t within(const int64_t windows[FACT_WINDOWS], uint8_t months)
{
    return windows[0] + (months > 12 ? windows[1] + windows[2] : 0);
}

/* Nothing counted in time: was there ever anything? */
static struct signal_finding nothing(bool any)
{
    return (struct signal_finding){.state = any ? SIGNAL_OLD : SIGNAL_NO_DATA};
}

static struct signal_finding judge_presence(const struct signal *signal,
                                            const struct fact_sum *facts)
{
    struct signal_finding finding = {.needed = signal->needed};
    int64_t seen = 0;
    bool any = false;
    for (int i = 0; i < (signal->span > 1 ? signal->span : 1); i++) {
        const struct fact_sum *sum = &facts[(int)signal->fact + i];
        int64_t counted = within(sum->counted, signal->months);
        any = any || sum->any;
        if (signal->op == SIGNAL_FORCE || signal->op == SIGNAL_FORCE_HIT)
            counted = sum->in_force;
        seen += counted;
        if (signal->op == SIGNAL_HIT)
            finding.hits += within(sum->hits, signal->months);
        else if (signal->op == SIGNAL_FORCE_HIT)
            finding.hits += sum->hits_in_force;
        else if (signal->op == SIGNAL_ANY)
            finding.hits += counted;
        else /* each fact of the span counts once */
            finding.hits += counted > 0;
    }
    if (seen <= 0)
        return nothing(any);
    finding.counted = seen;
    finding.state = finding.hits >= signal->needed ? SIGNAL_GOOD : SIGNAL_SHORT;
    return finding;
}

static struct signal_finding judge_quarters(const struct signal *signal, const struct fact_sum *sum)
{
    struct signal_finding finding = {.counted = QUARTERS_OF_A_YEAR, .needed = signal->needed};
    for (int i = 0; i < QUARTERS_OF_A_YEAR; i++)
        finding.hits += sum->quarters >> i & 1;
    if (finding.hits == 0)
        return nothing(sum->any);
    finding.state = finding.hits >= signal->needed ? SIGNAL_GOOD : SIGNAL_SHORT;
    return finding;
}

static int64_t share_needed(const struct signal *signal, const struct settings *settings)
{
    return signal->needed == SIGNAL_SETTLED ? settings->share_percent : signal->needed;
}

static struct signal_finding judge_share(const struct signal *signal, const struct fact_sum *sum,
                                         const struct settings *settings)
{
    bool open = signal->op == SIGNAL_SHARE_OPEN;
    struct signal_finding finding = {
        .hits = open ? sum->hits_in_force : within(sum->hits, signal->months),
        .counted = open ? sum->in_force : within(sum->counted, signal->months),
        .needed = share_needed(signal, settings),
    };
    if (finding.counted <= 0 || finding.hits > finding.counted)
        return nothing(sum->any && !open);
    bool enough = signal->op == SIGNAL_MAJORITY
                      ? finding.hits > finding.counted - finding.hits
                      : finding.hits * 100 >= finding.needed * finding.counted;
    finding.state = enough ? SIGNAL_GOOD : SIGNAL_FAILED;
    return finding;
}

/* `of`: what the fact is a share of; its own counted, or all contacts where it only counts. */
static struct signal_finding judge_trend(const struct signal *signal, const struct fact_sum *facts,
                                         int32_t few)
{
    const struct fact_sum *sum = &facts[signal->fact];
    const int64_t *hits = signal->per != 0 ? sum->counted : sum->hits;
    const int64_t *counted = signal->per != 0 ? facts[signal->per].counted : sum->counted;
    struct signal_finding finding = {.hits = hits[0], .counted = counted[0]};
    if (counted[0] <= 0 || hits[0] < 0 || hits[1] < 0)
        return nothing(sum->any);
    struct share before = {(uint64_t)hits[1], counted[1] > 0 ? (uint64_t)counted[1] : 0};
    struct share now = {(uint64_t)hits[0], (uint64_t)counted[0]};
    enum trend bad = signal->op == SIGNAL_NOT_FALLING ? TREND_DOWN : TREND_UP;
    finding.state = trend_of(before, now, (uint32_t)few) == bad ? SIGNAL_FAILED : SIGNAL_GOOD;
    return finding;
}

/* The mean target, in per cent, against the share that is satisfied. */
static struct signal_finding judge_target(const struct fact_sum *facts)
{
    const struct fact_sum *targets = &facts[FACT_SURVEY_TARGET], *got = &facts[FACT_RESPONSES];
    if (targets->counted[0] <= 0)
        return nothing(targets->any);
    struct signal_finding finding = {.hits = got->hits[0],
                                     .counted = got->counted[0],
                                     .needed = targets->hits[0] / targets->counted[0]};
    bool above = got->counted[0] <= 0 ||
                 targets->hits[0] * got->counted[0] > got->hits[0] * 100 * targets->counted[0];
    finding.state = above ? SIGNAL_GOOD : SIGNAL_SHORT;
    return finding;
}

static struct signal_finding judge_sample(const struct fact_sum *facts, int32_t permille)
{
    const struct fact_sum *people = &facts[FACT_SURVEY_POPULATION];
    const struct fact_sum *answers = &facts[FACT_RESPONSES];
    struct signal_finding finding = {.hits = answers->counted[0], .counted = people->counted[0]};
    if (people->counted[0] <= 0 || answers->counted[0] <= 0)
        return nothing(false);
    bool census = people->hits[0] == people->counted[0];
    finding.needed = (int64_t)sample_needed((uint64_t)people->counted[0], (uint32_t)permille);
    finding.state = census || finding.hits >= finding.needed ? SIGNAL_GOOD : SIGNAL_FAILED;
    return finding;
}

static struct signal_finding judge_standards(const struct signal *signal,
                                             const struct standard_tally *tally,
                                             const struct settings *settings)
{
    struct signal_finding finding = {.needed = share_needed(signal, settings)};
    switch ((int)signal->op) {
    case SIGNAL_MEASURED:
        finding.hits = tally->measured;
        finding.counted = tally->in_force > tally->measured ? tally->in_force : tally->measured;
        break;
    case SIGNAL_ALL_MET:
        finding.hits = tally->met;
        finding.counted = tally->measured;
        break;
    case SIGNAL_PERIODS:
        finding.hits = tally->periods_met;
        finding.counted = tally->periods;
        break;
    case SIGNAL_ACTED:
        finding.hits = tally->missed_acted;
        finding.counted = tally->missed_periods;
        break;
    default: /* SIGNAL_EXPLAINED */
        finding.hits = tally->missed_explained;
        finding.counted = tally->missed_periods;
        break;
    }
    bool all_met = (signal->op == SIGNAL_ACTED || signal->op == SIGNAL_EXPLAINED) &&
                   finding.counted == 0 && tally->periods > 0;
    if (all_met)
        finding.state = SIGNAL_GOOD;
    else if (finding.counted == 0)
        finding = nothing(false);
    else if (finding.hits * 100 >= finding.needed * finding.counted)
        finding.state = SIGNAL_GOOD;
    else
        finding.state = signal_is_figure(signal->op) ? SIGNAL_FAILED : SIGNAL_SHORT;
    return finding;
}

struct signal_finding signal_judge(const struct signal *signal, const struct signal_input *input)
{
    const struct fact_sum *facts = input->facts;
    switch (signal->op) {
    case SIGNAL_ANY:
    case SIGNAL_HIT:
    case SIGNAL_DISTINCT:
    case SIGNAL_FORCE:
    case SIGNAL_FORCE_HIT:
        return judge_presence(signal, facts);
    case SIGNAL_QUARTERS:
        return judge_quarters(signal, &facts[signal->fact]);
    case SIGNAL_TARGET:
        return judge_target(facts);
    case SIGNAL_SHARE:
    case SIGNAL_SHARE_OPEN:
    case SIGNAL_MAJORITY:
        return judge_share(signal, &facts[signal->fact], input->settings);
    case SIGNAL_NOT_FALLING:
    case SIGNAL_NOT_RISING:
        return judge_trend(signal, facts, input->settings->few);
    case SIGNAL_SAMPLE:
        return judge_sample(facts, input->settings->margin_permille);
    case SIGNAL_MEASURED:
    case SIGNAL_ALL_MET:
    case SIGNAL_PERIODS:
    case SIGNAL_ACTED:
    case SIGNAL_EXPLAINED:
        return judge_standards(signal, &input->tallies[signal->scope], input->settings);
    }
    return nothing(false);
}

/* ---- ceilings ---- */

static struct ceiling ceiling_without_figures(bool now, bool old, bool expired)
{
    if (now)
        return (struct ceiling){.band = BAND_C, .reason = CEILING_NONE};
    if (old)
        return (struct ceiling){.band = BAND_PC, .reason = CEILING_AGEING};
    return (struct ceiling){.band = BAND_NC, .reason = expired ? CEILING_EXPIRED : CEILING_EMPTY};
}

void ceilings_of(const struct signal_input *input, const struct evidence_counts *evidence,
                 struct ceiling *ceilings_out)
{
    bool now[ELEMENTS], old[ELEMENTS];
    uint32_t count;
    const struct signal *signals = signals_all(&count);
    struct ceiling failed[ELEMENTS] = {{.reason = CEILING_NONE}};
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        now[i] = evidence[i].current > 0;
        old[i] = evidence[i].ageing > 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = signals[i].element - 1U;
        struct signal_finding finding = signal_judge(&signals[i], input);
        now[at] = now[at] || finding.state >= SIGNAL_SHORT;
        old[at] = old[at] || finding.state == SIGNAL_OLD;
        if (finding.state == SIGNAL_FAILED && failed[at].reason == CEILING_NONE)
            failed[at] = (struct ceiling){.band = BAND_PC,
                                          .reason = CEILING_SIGNAL,
                                          .signal = (uint8_t)i,
                                          .hits = finding.hits,
                                          .counted = finding.counted,
                                          .needed = finding.needed};
    }
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        struct ceiling ceiling = ceiling_without_figures(now[i], old[i], evidence[i].expired > 0);
        if (ceiling.reason == CEILING_NONE && failed[i].reason == CEILING_SIGNAL)
            ceiling = failed[i];
        ceilings_out[i] = ceiling;
    }
}

bool claim_challenged(enum band rated, enum band ceiling)
{
    switch (rated) {
    case BAND_U:
    case BAND_NA:
        return false;
    case BAND_CP:
        return ceiling < BAND_C;
    case BAND_NC:
    case BAND_PC:
    case BAND_C:
        return rated > ceiling;
    }
    return false;
}
