#pragma once

#include <criterion/criterion.h>

#include "lib/ledger/ledger.h"
#include "proto/record/fields.h"
#include "proto/record/kinds.h"

/* One place that writes: a node or a broker over a store, with its keys. Everything here fails the
 * running test when it fails. */
struct place {
    struct store *store;
    struct ledger *ledger;
    struct ledger_options options;
    uint64_t site;
    uint8_t sign_public[SIGN_PUBLIC_BYTES];
    uint8_t sign_secret[SIGN_SECRET_BYTES];
    uint64_t now_ms;
    uint64_t random; /* state of its own generator */
};

enum { CENTRE = 1, SITE_A = 2, SITE_B = 3, SITE_C = 4 }; /* numbers of site_of */

uint64_t site_of(uint32_t number);
struct place *place_open(enum ledger_role role, uint32_t number);
/* The same over a store of the caller's; the place owns it from here on. */
struct place *place_over(struct store *store, enum ledger_role role, uint32_t number);
void place_close(struct place *place);
/* Close the ledger and open it again over the same store. */
void place_reopen(struct place *place);
void place_join(struct place *node, uint32_t centre);
uint64_t place_random(struct place *place, uint64_t below);

struct store_txn *begin_read(struct place *place);
struct store_txn *begin_write(struct place *place);
void commit(struct store_txn *txn);

/* A value for one write: its MessagePack lives in the struct. */
struct value {
    uint8_t data[256];
    size_t len;
};
struct value of_int(int64_t number);
struct value of_text(const char *text);
struct value of_bool(bool value);
struct value of_site(uint64_t site);
struct value of_nil(void);
struct bytes value_bytes(const struct value *value);

/* Write in a transaction of its own. */
enum err place_try(struct place *place, const struct change *change, struct written *written_out);
/* The same, and expects `code`. */
struct written place_write(struct place *place, const struct change *change, enum err code);
/* A new record of a kind with its required fields, and one more field when `field` is not 0. */
struct written make_complaint(struct place *place, int32_t received_on);
struct written make_evidence(struct place *place, const char *title, uint8_t element);
struct written edit(struct place *place, uint16_t kind, const uint8_t *rid, uint16_t field,
                    struct value value);
struct written edit_member(struct place *place, uint16_t kind, const uint8_t *rid, uint16_t field,
                           struct value member, struct value value);
struct written erase_record(struct place *place, uint16_t kind, const uint8_t *rid);

/* The record as shown; memory in `arena`, which is initialised here. Expects that it is there. */
struct record_view see(struct place *place, uint16_t kind, const uint8_t *rid, struct arena *arena);
bool shows_text(const struct record_view *view, uint16_t field, const char *text);
bool shows_int(const struct record_view *view, uint16_t field, int64_t number);
bool shows_member(const struct record_view *view, uint16_t field, struct value member);
uint32_t conflict_count(struct place *place);

/* All operations of `from`'s own epoch after what `to` has, as sealed batches of at most `count`;
 * answers the last error. */
enum err upload(struct place *from, struct place *to, uint32_t count);
/* One operation of `broker`'s log to `node`, as a feed carries it. */
enum err feed(struct place *broker, struct place *node, struct dot dot);
void apply_all(struct place *broker);
/* Rows of the derived namespaces and the digest, in one hash; the log's own in another. */
uint64_t derived_hash(struct place *place);
uint64_t rows_of(struct place *place, enum store_ns ns);
void expect_sound(struct place *place, const char *what);
uint32_t keys_of_place(void *context, struct origin origin,
                       uint8_t keys_out[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES]);
