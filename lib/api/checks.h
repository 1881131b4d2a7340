#pragma once

#include "lib/api/scan.h"
#include "proto/cse/rules.h"

/* Standing checks: what is due, overdue, missing or contradicted on a day, each with what to do. */

enum {
    CHECKS_MAX = 2000, /* listed in one answer */
    CHECK_TEXT_BYTES = 320,
    CHECK_OWNER_BYTES = 200,
    CHECK_LEAD_DAYS_MAX = 366,
};

struct check {
    const char *code;
    uint64_t site;
    uint8_t element; /* 0: none */
    uint16_t kind;   /* 0: no record */
    uint8_t rid[RID_BYTES];
    int32_t due_on; /* DAY_NONE: none */
    bool overdue;
    enum language language;
    char owner[CHECK_OWNER_BYTES];
    char text[CHECK_TEXT_BYTES];
    char todo[CHECK_TEXT_BYTES];
};

struct checks {
    struct api *api;
    struct store_txn *txn;
    const struct rules *rules;
    struct site_names names;
    int32_t as_of;
    enum language language;
    /* filters */
    bool by_site;
    uint64_t site;
    uint8_t element;
    const char *person; /* NULL: anybody */
    struct scan scan;
    enum err err; /* of what a rule looked up */
    uint32_t count, left_out;
    struct check *list;
};

/* A place for one more that fits the filters; NULL: it does not, or the list is full (counted). The
 * caller fills in the texts. */
struct check *check_new(struct checks *checks, const char *code, uint64_t site, uint8_t element);
/* The same about a record: its site, kind, id, and owner from the field (0: none). */
struct check *check_of(struct checks *checks, const char *code, const struct record_view *view,
                       uint8_t element, uint16_t owner_field);

PRINTF_LIKE(2, 3) void check_text(struct check *check, const char *format, ...);
PRINTF_LIKE(2, 3) void check_todo(struct check *check, const char *format, ...);

/* The sources, in their order. Errors: store errors. */
NODISCARD enum err checks_of_picture(struct checks *checks, const struct picture *picture);
NODISCARD enum err checks_of_dates(struct checks *checks);
NODISCARD enum err checks_of_complaints(struct checks *checks);
NODISCARD enum err checks_of_evidence(struct checks *checks);
NODISCARD enum err checks_of_records(struct checks *checks);
NODISCARD enum err checks_of_certificates(struct checks *checks);

/* Is a certificate of the scheme itself in force that day? Errors: store errors. */
NODISCARD enum err certificate_in_force(struct store_txn *txn, const struct rules *rules,
                                        int32_t as_of, bool *in_force_out);

/* Which records a picture of a day is made of. */
enum picture_history {
    PICTURE_TODAY,    /* the day is not over: all of them */
    PICTURE_AS_SHOWN, /* those here at the end of that day */
    PICTURE_AS_KNOWN, /* all of them: asked for, or the day is before what is kept of the past */
};

/* The picture as GET picture makes it, for those who look at all of it; ended with
 * api_picture_done. Errors: as picture_fold and ledger_past_cells. */
struct picture_made {
    struct arena arena;
    struct site_row *rows;
    struct picture_site *sites;
    char own[SLUG_BYTES_MAX + 1];
    struct picture picture;
    enum picture_history history;
    /* of PICTURE_AS_SHOWN: what records written by that day and arrived later have changed since;
       bits of places and of enum cell_view */
    uint64_t restated_elements;
    uint32_t restated_views;
};
NODISCARD enum err api_picture_make(struct api *api, struct store_txn *txn, int32_t as_of,
                                    const uint64_t *only_site, bool as_known,
                                    struct picture_made *made_out);
void api_picture_done(struct picture_made *made);
