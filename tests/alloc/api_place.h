#pragma once

#include "tests/alloc/api_rows.h"

/* A copy of a prepared machine, asked without a server in between; everything it draws at random
 * comes again in the same order. */

enum { ANSWER_BYTES_MAX = 1024 * 1024 };

struct answer {
    int status;
    bool cut; /* a stream that broke off: the connection is closed */
    char headers[1024];
    uint8_t *body; /* ANSWER_BYTES_MAX, the caller's */
    size_t len;
};

extern struct machine prepared[2]; /* broker, node */

/* Not a fault of what is tested: the harness itself is broken. */
void must(enum err err, const char *doing);

/* A copy of the prepared place, started. */
void place_open(struct machine *place, enum ledger_role role);
/* As a killed daemon is. */
void place_start_again(struct machine *place);
void place_close(struct machine *place);
void place_draw_again(void);
/* A broker merges behind the answer. */
void catch_up(struct machine *place);

void ask_place(struct machine *place, const struct api_row *row, struct answer *answer);

bool same_store(struct store *a, struct store *b);
/* As many rows and bytes, whatever they say. */
bool as_large(struct store *a, struct store *b);
bool verifies(struct machine *place);
