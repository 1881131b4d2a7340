/* What a ceiling says to people. */
#include "proto/base/msgid.h"
#include "proto/cse/facts_table.h"
#include "proto/cse/signals.h"

uint16_t signal_kind(const struct signal *signal)
{
    size_t count;
    const struct fact_row *rows = fact_rows(&count);
    if (signal->op >= SIGNAL_ALL_MET || signal->op == SIGNAL_MEASURED)
        return KIND_MEASUREMENT;
    for (size_t i = 0; i < count; i++) {
        int last = (int)rows[i].fact + (rows[i].spread_max > 1 ? rows[i].spread_max - 1 : 0);
        if ((int)signal->fact >= (int)rows[i].fact && (int)signal->fact <= last)
            return rows[i].kind;
    }
    return KIND_COMPLAINT; /* facts that come of its deadlines */
}

static const char *signal_sentence(enum signal_op op)
{
    switch (op) {
    case SIGNAL_MAJORITY:
        return N_("%1$s: %2$s of %3$s; more than half are needed");
    case SIGNAL_NOT_FALLING:
        return N_("%1$s: %2$s of %3$s; that is significantly less than before");
    case SIGNAL_NOT_RISING:
        return N_("%1$s: %2$s of %3$s; that is significantly more than before");
    case SIGNAL_SAMPLE:
        return N_("%1$s: %2$s answers from %3$s people; at least %4$s are needed");
    case SIGNAL_ALL_MET:
    case SIGNAL_ACTED:
    case SIGNAL_EXPLAINED:
        return N_("%1$s: %2$s of %3$s; all are needed");
    case SIGNAL_ANY:
    case SIGNAL_HIT:
    case SIGNAL_DISTINCT:
    case SIGNAL_FORCE:
    case SIGNAL_FORCE_HIT:
    case SIGNAL_QUARTERS:
    case SIGNAL_TARGET:
    case SIGNAL_MEASURED:
    case SIGNAL_SHARE:
    case SIGNAL_SHARE_OPEN:
    case SIGNAL_PERIODS:
        break;
    }
    return N_("%1$s: %2$s of %3$s; at least %4$s %% are needed");
}

const char *ceiling_sentence(const struct ceiling *ceiling)
{
    uint32_t count;
    const struct signal *signals = signals_all(&count);
    switch ((enum ceiling_reason)ceiling->reason) {
    case CEILING_EMPTY:
        return N_("nothing on record speaks for it");
    case CEILING_EXPIRED:
        return N_("all evidence on record has expired");
    case CEILING_AGEING:
        return N_("nothing on record is of the last 12 months");
    case CEILING_SIGNAL:
        return ceiling->signal < count ? signal_sentence(signals[ceiling->signal].op) : "";
    case CEILING_NONE:
    case CEILING_REASONS:
        break;
    }
    return "";
}
