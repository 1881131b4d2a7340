#pragma once

#include <jansson.h>

#include "lib/api/api.h"

/* A daemon's inside without its sockets: store in memory, ledger, blobs, interface. The clock
 * stands still unless moved. */

#define TODAY_DAY 20779 /* 2026-11-22 */

struct machine {
    enum ledger_role role;
    uint64_t site;
    char dir[64];
    struct store *store;
    struct ledger *ledger;
    struct blobs *blobs;
    struct api *api;
    struct http_app app;
    uint32_t committed; /* calls of the callback */
    uint32_t fatal;
    bool connected;
    struct api_link link;
    bool over_tcp; /* requests come over TCP from now on */
};

void machine_start(struct machine *machine, enum ledger_role role, uint64_t site);
/* What a killed process leaves: the store and the directory. Then open again. */
void machine_restart(struct machine *machine);
void machine_stop(struct machine *machine);
void machine_move_clock(uint64_t ms);
uint64_t machine_now_ms(void);

/* Put `row` into the machine's roster. */
void machine_know_site(struct machine *machine, uint64_t site, const char *slug, bool partner,
                       bool centre);

/* Send everything node has beyond `*sent_inout` to broker and apply it. */
void machine_push(struct machine *node, struct machine *broker, uint64_t *sent_inout);
/* Move imports on until nothing is waiting; returns the number of ticks. */
uint32_t machine_drain(struct machine *machine);

struct reply {
    int status;
    char etag[64], location[128];
    json_t *json; /* NULL when the body is none */
    char *text;
    size_t len;
};

/* `target` is path?query with nothing encoded; `header` is "name: value" or NULL. The last reply is
 * freed by the next call. */
struct reply *ask(struct machine *machine, enum http_method method, const char *target,
                  const char *body, const char *header);
struct reply *ask_bytes(struct machine *machine, enum http_method method, const char *target,
                        struct bytes body, const char *header);
/* Text at a path of object keys and list indexes "fields/title", "records/0/id"; "" when absent or
 * no text. */
const char *text_at(const struct reply *reply, const char *path);
json_int_t int_at(const struct reply *reply, const char *path); /* -1 when absent */
json_t *json_at(const struct reply *reply, const char *path);   /* NULL when absent */

/* An upload whose body comes in pieces of `piece` bytes. */
struct reply *ask_in_pieces(struct machine *machine, const char *target, struct bytes body,
                            size_t piece);
