#pragma once

#include "proto/base/arena.h"
#include "proto/base/civil.h"
#include "proto/base/limits.h"
#include "proto/cse/bands.h"
#include "proto/record/op.h"

/* The picture: each record contributes integers to cells; the picture is a fold over cells and
 * never scans records.
 *
 *   cells += contribution(new state) - contribution(old state)
 *
 * A contribution is a pure function of one merged record, so order does not matter and a deletion
 * takes away exactly what the record once gave. Cells at zero do not exist. Nothing that depends on
 * today's date is stored: what is open is counted by the day it is due, what has a date by that
 * date, and the fold compares with the as-of day it is given. */

/* A record as it is displayed. Built by lib/ledger from the state and the log; also what people are
 * shown. */
struct view_field {
    uint16_t field;
    struct bytes member; /* MessagePack; set members only */
    struct bytes value;  /* displayed value, MessagePack; empty when erased */
    bool disputed;       /* siblings with different values */
};

struct record_view {
    uint16_t kind;
    uint8_t rid[RID_BYTES];
    uint64_t subject; /* the site it speaks of: the record id's site, or field `site` for records
                         made at the centre */
    bool deleted;
    uint32_t
        field_count; /* sorted by field, then member; cleared fields and absent members left out */
    struct view_field *fields;
};

/* A plain field's displayed value, or empty. */
struct bytes view_get(const struct record_view *view, uint16_t field);
bool view_disputed(const struct record_view *view, uint16_t field);

/* Bumped whenever contributions change their meaning: a store with another number is rebuilt from
 * its log at start. */
enum { PICTURE_VERSION = 2 };

struct cell {
    uint8_t key[CELL_KEY_BYTES_MAX]; /* view1 site8 dims… (docs/rules.md, "Cells") */
    uint8_t key_len;
    uint8_t count;
    int64_t numbers[CELL_NUMBERS_MAX];
};

struct rules;
struct rules_cycle;

/* Call `emit` for every cell the record contributes to (none when deleted or of an unknown kind).
 * At most 4 * ELEMENTS calls. */
void contribute(const struct record_view *view, const struct rules *rules,
                void (*emit)(void *context, const struct cell *cell), void *context);

/* ---- reading ---- */

enum freshness { FRESH_CURRENT, FRESH_LATE, FRESH_SILENT, FRESH_NEVER };
const char *freshness_text(enum freshness state); /* "current" "late" "silent" "never" */

struct picture_site {
    uint64_t site;
    const char *slug; /* borrowed */
    bool partner;
    bool revoked;
    int64_t last_heard_ms;                     /* Unix; 0 = never */
    uint64_t stored_seq, applied_seq, pending; /* pending as the site last said */
    enum freshness state;
};

/* What the records of an element carry at most, and why no more (proto/cse/signals.h). */
struct ceiling {
    enum band band; /* NC, PC or C; better than asked is only ever given by a person */
    uint8_t reason; /* enum ceiling_reason */
    uint8_t signal; /* which one failed, for CEILING_SIGNAL */
    int64_t hits, counted, needed; /* its figure */
};

struct site_standing { /* one site's view of one element */
    enum band band;
    uint8_t rank;        /* enum assessment_rank; 0 when U */
    enum band previous;  /* what counted in the cycle before; U: nothing, or no cycle has begun */
    int32_t assessed_on; /* civil day; CIVIL_DAY_MIN when U */
    bool disputed;
    bool action_open;
    bool challenged; /* rated by itself above what its records carry */
    struct ceiling ceiling;
    uint32_t evidence_current, evidence_ageing, evidence_expired;
    uint64_t weight;
};

struct picture_element {
    struct consolidated result;
    bool disputed;
    bool challenged; /* the organisation's band, or the rating of one of its sites */
    struct ceiling ceiling;
    uint32_t challenged_sites;
    uint64_t evidence_current, evidence_ageing, evidence_expired;
    uint64_t centre_current, centre_ageing, centre_expired; /* of these, the centre's own */
};

struct share {
    uint64_t hits, counted;
}; /* shown as a percentage by whoever shows it, compared as integers */

struct complaint_counts {
    uint64_t received, open, overdue, comments, handed_over, escalated;
    struct share acknowledged_on_time, stage1_on_time, stage2_on_time, upheld;
};
struct contact_counts {
    uint64_t received, open, on_time, late, undecidable;
};
struct satisfaction_counts {
    uint64_t csat[5], ces[7], nps[11], no_answer;
};

struct survey_wave {
    char wave[33];
    struct satisfaction_counts counts;
};

/* One service standard with its newest periods, the counts of all sites added. */
enum { STANDARD_PERIODS_MAX = 8 };
struct standard_period {
    int32_t ended_on;
    uint64_t total, within;
    uint32_t measurements, acted, explained;
};
struct picture_standard {
    uint8_t rid[RID_BYTES];
    uint64_t site;          /* whose standard it is */
    int32_t target_percent; /* -1: none stated */
    uint8_t type;           /* enum standard_type; 0: not stated */
    bool in_force;
    uint32_t period_count; /* newest first */
    struct standard_period periods[STANDARD_PERIODS_MAX];
};

struct fact_sum;
struct standard_tally;

struct picture {
    int32_t as_of;
    const struct settings *settings; /* of the rules it was folded by; borrowed */
    const struct rules_cycle *cycle; /* the one as_of belongs to; NULL: none */
    uint32_t site_count;
    struct picture_site *sites;      /* as given, sorted by slug */
    struct site_standing *standings; /* site_count x ELEMENTS */
    struct picture_element elements[ELEMENTS];
    struct criterion criteria[CRITERIA];
    enum award award;
    bool certified;   /* a certificate is in force; set by who reads the records */
    bool could_be[3]; /* by enum award: reachable if the late, silent and unheard sites went either
                         way */
    struct complaint_counts complaints;
    struct contact_counts contacts;
    struct satisfaction_counts satisfaction;
    uint32_t wave_count;
    struct survey_wave *waves; /* sorted by name */
    uint32_t standard_count;
    struct picture_standard *standards;   /* sorted by id */
    const struct standard_tally *tallies; /* STANDARD_SCOPES of the organisation */
    const struct fact_sum *facts;         /* FACTS_END of all sites and the centre */
};

/* Where cells come from: call `each` for every cell whose key starts with `prefix`, in key order;
 * stop when it returns false. */
struct cell_source {
    void *context;
    enum err (*scan)(void *context, struct bytes prefix,
                     bool (*each)(void *to, struct bytes key, const int64_t *numbers,
                                  uint32_t count),
                     void *to);
    uint64_t centre; /* whose records speak for every site; 0: nobody's */
};

/* Fold. Memory comes from `arena`; sites outside `sites` are left out.  Errors: ERR_NO_MEMORY, what
 * scan returns. */
NODISCARD enum err picture_fold(struct cell_source source, const struct rules *rules, int32_t as_of,
                                struct picture_site *sites, uint32_t site_count,
                                struct arena *arena, struct picture *picture_out);
