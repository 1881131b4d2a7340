#pragma once

#include "tests/lib/api/api_fixture.h"

/* A node and a broker with records of what each address shows, and one real request for each. */

struct api_row {
    const char *name;
    int roles; /* enum ledger_role, or'ed: where it is asked */
    enum http_method method;
    const char *target; /* {evidence}, {assessment} … stand for ids of prepared_id */
    const char *body;   /* NULL: none; ROWS_BODY: the rows of an import */
    int status;         /* when there is memory */
    enum api_row_way {
        ASK,       /* the answer is the same each time */
        ASK_STATE, /* … but counts requests or says how things stand: only its form is looked at */
        ASK_STEPS, /* … and what is done takes more than one commit: asked again, it goes on */
        MOVE_JOBS, /* ask first, with memory; what fails is the work behind it */
    } way;
};

#define ROWS_BODY ((const char *)1)

const struct api_row *api_rows(size_t *count_out);

/* Machines that hold what the rows ask for; the broker first. */
void api_rows_prepare(struct machine machines[2]);

/* What is asked, with its ids filled in; valid until the next call. */
const char *api_rows_target(const struct api_row *row, enum ledger_role role);
struct bytes api_rows_body(const struct api_row *row, enum ledger_role role);
