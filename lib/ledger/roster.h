#pragma once

#include "lib/store/store.h"
#include "proto/record/chain.h"

/* Who takes part: the broker's list of sites (a node keeps itself and its broker in the same rows),
 * their keys, their invitations. */

enum site_state { SITE_INVITED = 1, SITE_ACTIVE = 2, SITE_SUSPECT = 3, SITE_REVOKED = 4 };
const char *site_state_text(enum site_state state);

enum {
    TRANSPORT_KEY_BYTES = 32,
    SITE_EPOCHS_MAX = 1024, /* of one whose machine can still be replaced */
};

struct site_row {
    uint64_t site;                 /* 0 while invited */
    char slug[SLUG_BYTES_MAX + 1]; /* a-z 0-9 and '-', starts with a letter */
    char name[NAME_BYTES_MAX + 1];
    bool partner;
    bool centre; /* the broker itself */
    enum site_state state;
    uint8_t transport_public[TRANSPORT_KEY_BYTES];
    uint8_t sign_public[SIGN_PUBLIC_BYTES];
    uint32_t epoch;                    /* newest granted */
    uint64_t joined_ms, last_heard_ms; /* Unix; last_heard is written at most once a minute */
    uint64_t pending;                  /* as the site last said */
    char software[33];
    int64_t clock_offset_ms; /* site minus broker, as last seen */
    uint64_t feed_last;      /* number of the newest feed entry */
    uint64_t feed_acked;
    uint64_t suspect_ms; /* when a second copy was noticed; 0 = never */
};

bool slug_valid(const char *slug);

NODISCARD enum err roster_get(struct store_txn *txn, uint64_t site,
                              struct site_row *row_out); /* ERR_NOT_FOUND */
NODISCARD enum err roster_find(struct store_txn *txn, const char *slug,
                               struct site_row *row_out); /* ERR_NOT_FOUND */
NODISCARD enum err roster_put(struct store_txn *txn, const struct site_row *row);
/* All joined sites, sorted by slug, copied into memory the caller frees. */
NODISCARD enum err roster_all(struct store_txn *txn, struct site_row **rows_out,
                              uint32_t *count_out);

/* The key a site sealed with up to and with `last_epoch`, before its machine was replaced. */
NODISCARD enum err roster_put_old_key(struct store_txn *txn, uint64_t site, uint32_t last_epoch,
                                      const uint8_t sign_public[SIGN_PUBLIC_BYTES]);
/* All of a site's, by epoch; `keys_out` holds OLD_KEYS_MAX. Errors: ERR_LIMIT, store errors. */
NODISCARD enum err roster_old_keys(struct store_txn *txn, uint64_t site, struct old_key *keys_out,
                                   uint32_t *count_out);
/* The keys that may have sealed what `origin` wrote, the one of its time first. 0: not known. */
NODISCARD enum err roster_sign_keys(struct store_txn *txn, struct origin origin,
                                    uint8_t keys_out[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES],
                                    uint32_t *count_out);

/* What a transport key is for. */
enum key_use { KEY_UNKNOWN, KEY_SITE, KEY_INVITE };
struct key_row {
    enum key_use use;
    uint64_t site;                 /* KEY_SITE; KEY_INVITE once used: who used it */
    char slug[SLUG_BYTES_MAX + 1]; /* KEY_INVITE */
    char name[NAME_BYTES_MAX + 1];
    bool partner;
    uint64_t expires_ms; /* KEY_INVITE */
    uint64_t replaces;   /* KEY_INVITE: the site whose machine is replaced; 0 none */
};
NODISCARD enum err roster_key(struct store_txn *txn, const uint8_t key[TRANSPORT_KEY_BYTES],
                              struct key_row *row_out); /* NOT_FOUND */
NODISCARD enum err roster_put_key(struct store_txn *txn, const uint8_t key[TRANSPORT_KEY_BYTES],
                                  const struct key_row *row);
NODISCARD enum err roster_del_key(struct store_txn *txn, const uint8_t key[TRANSPORT_KEY_BYTES]);

/* Note an invitation: `key` is the public half of the single-use pair in the token. Errors:
 * ERR_EXISTS (the slug is taken by a joined site; an older invitation for it is replaced),
 * ERR_INVALID (slug, name). */
NODISCARD enum err roster_invite(struct store_txn *txn, const uint8_t key[TRANSPORT_KEY_BYTES],
                                 const struct key_row *invite, struct err_info *info);
/* The same for a machine that takes the place of the joined site `invite->slug`, whose name and
 * partnership stay. invite_out: the row with `replaces`. Errors: ERR_NOT_FOUND, ERR_DENIED (the
 * centre), ERR_LIMIT (OLD_KEYS_MAX). */
NODISCARD enum err roster_invite_in_place(struct store_txn *txn,
                                          const uint8_t key[TRANSPORT_KEY_BYTES],
                                          struct key_row *invite, struct err_info *info);
/* Redeem it: the site becomes active under its own keys, writing under `asked->epoch`. In another
 * machine's place: under the next epoch, and the old machine's keys open nothing any more.
 * Redeeming again with the same site and keys answers the same (the first answer may have been
 * lost). Errors: ERR_EXPIRED, ERR_EXISTS (used by another, or the site id or key is taken),
 * ERR_NOT_FOUND, ERR_INVALID (not the id of a site, or not the one whose place it is). */
struct redeemer {
    uint64_t site;
    uint32_t epoch;
    const uint8_t *transport_public, *sign_public;
};
NODISCARD enum err roster_redeem(struct store_txn *txn,
                                 const uint8_t invite_key[TRANSPORT_KEY_BYTES],
                                 const struct redeemer *asked, uint64_t now_ms,
                                 struct site_row *row_out, bool *in_place_out);
/* An unused invitation to take the site's place ends with it. Errors: ERR_NOT_FOUND, ERR_DENIED
 * (the centre). */
NODISCARD enum err roster_revoke(struct store_txn *txn, const char *slug, struct site_row *row_out);

/* A node's side: where it belongs. */
struct membership {
    bool joined;
    char organisation[NAME_BYTES_MAX + 1];
    char slug[SLUG_BYTES_MAX + 1];
    char name[NAME_BYTES_MAX + 1];
    bool partner;
    uint64_t broker_site;
    uint8_t broker_transport[TRANSPORT_KEY_BYTES];
    uint8_t broker_sign[SIGN_PUBLIC_BYTES];
    char address[128];              /* tcp://host:port */
    uint8_t broker_incarnation[16]; /* as last seen */
    uint64_t feed_cursor;           /* last feed number applied under it */
};
/* A node that has not joined: joined = false, no error. The broker keeps its organisation's name
 * here too. */
NODISCARD enum err membership_get(struct store_txn *txn, struct membership *membership_out);
NODISCARD enum err membership_put(struct store_txn *txn, const struct membership *membership);

/* A node joins: the membership, and the roster rows of itself and of the centre, so that both have
 * names here. Joining the same broker again keeps the place in its feed. Errors: ERR_EXISTS (it
 * belongs to another organisation), store errors. */
NODISCARD enum err membership_enter(struct store_txn *txn, const struct membership *membership,
                                    uint64_t self_site, struct err_info *info);
