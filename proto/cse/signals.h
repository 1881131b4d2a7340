#pragma once

#include "proto/cse/facts.h"
#include "proto/cse/standards.h"

/* Signals: what an element's records must say so that they speak for it, and the ceiling that
 * follows (R20 of docs/rules.md). A figure that contradicts lowers the ceiling; what is merely not
 * recorded yet is told and lowers nothing, because a document may show it as well. */

enum signal_op {
    SIGNAL_ANY,         /* at least `needed` counted within the time */
    SIGNAL_HIT,         /* at least `needed` hits within the time */
    SIGNAL_DISTINCT,    /* of `span` facts at least `needed` counted within the time */
    SIGNAL_FORCE,       /* of `span` facts at least `needed` in force */
    SIGNAL_FORCE_HIT,   /* at least one in force that hits */
    SIGNAL_QUARTERS,    /* some in each of the last four quarters of a year */
    SIGNAL_TARGET,      /* a target above the last result */
    SIGNAL_MEASURED,    /* every standard in force is measured */
    SIGNAL_SHARE,       /* figure: hits are `needed` per cent of those counted within the time */
    SIGNAL_SHARE_OPEN,  /* figure: the same of all up to the day */
    SIGNAL_MAJORITY,    /* figure: more than half */
    SIGNAL_NOT_FALLING, /* figure: the share is not significantly below that of the year before */
    SIGNAL_NOT_RISING,
    SIGNAL_SAMPLE,  /* figure: as many answers as the population asks for */
    SIGNAL_ALL_MET, /* figure: no standard in force is missed or nearly met */
    SIGNAL_PERIODS, /* figure: `needed` per cent of the last four periods met */
    SIGNAL_ACTED,   /* figure: each missed period has its corrective action */
    SIGNAL_EXPLAINED,
};

enum { SIGNAL_SETTLED = 255 };

struct signal {
    uint8_t element; /* place, 1..57 */
    enum signal_op op;
    enum fact fact;
    uint8_t span;      /* facts from `fact` on; 0: one */
    uint8_t months;    /* the time: 12 or 36 */
    uint8_t needed;    /* SIGNAL_SETTLED: share_percent of the settings */
    uint8_t scope;     /* enum standard_scope */
    enum fact per;     /* trends of what only counts: what it is a share of; 0: of itself */
    const char *label; /* what is looked at; a key for translation */
};

/* The table, by element. A signal's number is its place here, which may change with a version. */
const struct signal *signals_all(uint32_t *count_out);
/* The kind of records its figure is made of (enum kind_number). */
uint16_t signal_kind(const struct signal *signal);
/* Does it compare a figure (and so may lower the ceiling)? */
bool signal_is_figure(enum signal_op op);

enum signal_state {
    SIGNAL_NO_DATA, /* nothing on record */
    SIGNAL_OLD,     /* something, but none of it within the time */
    SIGNAL_SHORT,   /* something, but less than is asked */
    SIGNAL_GOOD,
    SIGNAL_FAILED, /* a figure contradicts */
};
/* "no-data" "old" "short" "good" "failed" */
const char *signal_state_text(enum signal_state state);

struct signal_finding {
    enum signal_state state;
    int64_t hits, counted, needed;
};

struct signal_input {
    const struct fact_sum *facts;         /* FACTS_END */
    const struct standard_tally *tallies; /* STANDARD_SCOPES */
    const struct settings *settings;
};
struct signal_finding signal_judge(const struct signal *signal, const struct signal_input *input);

enum ceiling_reason {
    CEILING_NONE,    /* nothing lowers it: C */
    CEILING_EMPTY,   /* NC: nothing on record */
    CEILING_EXPIRED, /* NC: only what has expired */
    CEILING_AGEING,  /* PC: nothing of the last twelve months */
    CEILING_SIGNAL,  /* PC: a figure contradicts */
    CEILING_REASONS,
};
/* "" "nothing-recorded" "expired" "ageing" "contradicted" */
const char *ceiling_reason_text(enum ceiling_reason reason);

struct evidence_counts {
    uint64_t current, ageing, expired;
};

/* Ceilings of all elements. evidence and ceilings_out: ELEMENTS. */
void ceilings_of(const struct signal_input *input, const struct evidence_counts *evidence,
                 struct ceiling *ceilings_out);

/* Why the ceiling is where it is, in a sentence: the pattern for printf, a key for translation. Its
 * arguments are, as far as it names them: the signal's label (%1$s), hits (%2$s), counted (%3$s)
 * and what is needed (%4$s), the numbers as texts. "" for CEILING_NONE. */
const char *ceiling_sentence(const struct ceiling *ceiling);

/* Is a rating above the ceiling? CP asks for what C asks for; NA and U claim nothing. */
bool claim_challenged(enum band rated, enum band ceiling);

struct fold;
/* The facts of each site, and the ceilings they give; tallies: from fold_standards. Fills the
 * ceilings and challenges of the standings and the facts of the picture. */
NODISCARD enum err fold_ceilings(struct fold *fold, struct cell_source source,
                                 const struct standard_tally *tallies);
