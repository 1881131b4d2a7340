#include <criterion/criterion.h>
#include <stdlib.h>

#include "lib/ledger/takeover.h"

/* Every test has a store and one write transaction over it. */
static struct store *store;
static struct store_txn *txn;

static void set_up(void)
{
    struct err_info info;
    cr_assert_eq(store_open_mem(&store), ERR_OK);
    cr_assert_eq(store_begin(store, STORE_WRITE, &txn, &info), ERR_OK);
}

static void tear_down(void)
{
    store_abort(txn);
    store_close(store);
}

TestSuite(roster, .init = set_up, .fini = tear_down);

static const uint8_t invite_key[TRANSPORT_KEY_BYTES] = {1};
static const uint8_t other_key[TRANSPORT_KEY_BYTES] = {2};
static const uint8_t own_key[TRANSPORT_KEY_BYTES] = {3};
static const uint8_t sign_key[SIGN_PUBLIC_BYTES] = {4};
static const uint64_t NORTH = UINT64_C(0x800000000000004d), SOUTH = UINT64_C(0x800000000000004e);

static enum err invite(const uint8_t *key, const char *slug, uint64_t expires_ms)
{
    struct key_row row = {.expires_ms = expires_ms, .partner = true};
    memcpy(row.slug, slug, strlen(slug));
    memcpy(row.name, "North depot", sizeof("North depot"));
    struct err_info info;
    return roster_invite(txn, key, &row, &info);
}

static enum err redeem(const uint8_t *key, uint64_t site, const uint8_t *transport, uint64_t now_ms,
                       struct site_row *row)
{
    struct redeemer asked = {
        .site = site, .epoch = 1, .transport_public = transport, .sign_public = sign_key};
    bool in_place = false;
    return roster_redeem(txn, key, &asked, now_ms, row, &in_place);
}

Test(roster, an_invitation_makes_a_site)
{
    struct site_row row;
    cr_assert_eq(invite(invite_key, "north", 1000), ERR_OK);
    cr_assert_eq(redeem(invite_key, NORTH, own_key, 999, &row), ERR_OK);
    cr_expect_eq(row.state, SITE_ACTIVE);
    cr_expect_eq(row.epoch, 1);
    cr_expect(row.partner);
    cr_expect_str_eq(row.slug, "north");
    cr_expect_str_eq(row.name, "North depot");
    struct key_row key;
    cr_assert_eq(roster_key(txn, own_key, &key), ERR_OK);
    cr_expect(key.use == KEY_SITE && key.site == NORTH);
    cr_assert_eq(roster_key(txn, invite_key, &key), ERR_OK);
    cr_expect(key.use == KEY_INVITE && key.site == NORTH);
    struct site_row found;
    cr_assert_eq(roster_find(txn, "north", &found), ERR_OK);
    cr_expect_eq(found.site, NORTH);
    cr_expect_eq(roster_find(txn, "south", &found), ERR_NOT_FOUND);
}

Test(roster, the_centre_loses_no_access)
{
    struct site_row centre = {
        .site = SOUTH, .slug = "centre", .centre = true, .state = SITE_ACTIVE, .epoch = 1};
    struct site_row row;
    cr_assert_eq(roster_put(txn, &centre), ERR_OK);
    cr_expect_eq(roster_revoke(txn, "centre", &row), ERR_DENIED);
    cr_assert_eq(roster_get(txn, SOUTH, &row), ERR_OK);
    cr_expect_eq(row.state, SITE_ACTIVE);
}

Test(roster, a_lost_answer_can_be_asked_for_again)
{
    struct site_row row;
    cr_assert_eq(invite(invite_key, "north", 1000), ERR_OK);
    cr_assert_eq(redeem(invite_key, NORTH, own_key, 10, &row), ERR_OK);
    cr_expect_eq(redeem(invite_key, NORTH, own_key, 5000, &row), ERR_OK,
                 "also after it has expired");
    cr_expect_eq(redeem(invite_key, SOUTH, own_key, 20, &row), ERR_EXISTS);
    cr_expect_eq(redeem(invite_key, NORTH, other_key, 20, &row), ERR_EXISTS);
}

Test(roster, what_cannot_be_redeemed)
{
    struct site_row row = {.site = 5};
    cr_assert_eq(invite(invite_key, "north", 1000), ERR_OK);
    cr_expect_eq(redeem(invite_key, NORTH, own_key, 1001, &row), ERR_EXPIRED);
    cr_expect_eq(redeem(other_key, NORTH, own_key, 10, &row), ERR_NOT_FOUND);
    cr_expect_eq(row.site, 5, "outputs stay as they were");
    cr_assert_eq(redeem(invite_key, NORTH, own_key, 10, &row), ERR_OK);
    cr_expect_eq(redeem(own_key, SOUTH, other_key, 10, &row), ERR_NOT_FOUND,
                 "a site's key is no invitation");
    cr_assert_eq(invite(other_key, "south", 1000), ERR_OK);
    cr_expect_eq(redeem(other_key, NORTH, other_key, 10, &row), ERR_EXISTS, "the site id is taken");
    cr_expect_eq(redeem(other_key, SOUTH, own_key, 10, &row), ERR_EXISTS, "the key is taken");
}

Test(roster, names_are_taken_by_those_who_joined)
{
    struct site_row row;
    struct key_row key;
    cr_assert_eq(invite(invite_key, "north", 1000), ERR_OK);
    cr_assert_eq(invite(other_key, "north", 1000), ERR_OK, "a newer invitation replaces the older");
    cr_expect_eq(roster_key(txn, invite_key, &key), ERR_NOT_FOUND);
    cr_assert_eq(redeem(other_key, NORTH, own_key, 10, &row), ERR_OK);
    cr_expect_eq(invite(invite_key, "north", 1000), ERR_EXISTS);
    cr_expect_eq(invite(own_key, "south", 1000), ERR_EXISTS, "a key in use");
    cr_expect_eq(invite(invite_key, "North", 1000), ERR_INVALID);
}

Test(roster, revoked_sites_stay_in_the_list)
{
    struct site_row row;
    cr_assert_eq(invite(invite_key, "north", 1000), ERR_OK);
    cr_assert_eq(redeem(invite_key, NORTH, own_key, 10, &row), ERR_OK);
    cr_assert_eq(invite(other_key, "east", 1000), ERR_OK);
    cr_assert_eq(redeem(other_key, SOUTH, invite_key, 10, &row), ERR_EXISTS);
    cr_assert_eq(redeem(other_key, SOUTH, sign_key, 10, &row), ERR_OK);
    cr_assert_eq(roster_revoke(txn, "north", &row), ERR_OK);
    cr_expect_eq(row.state, SITE_REVOKED);
    cr_expect_str_eq(site_state_text(row.state), "revoked");
    cr_expect_eq(roster_revoke(txn, "west", &row), ERR_NOT_FOUND);
    struct site_row *rows = NULL;
    uint32_t count = 0;
    cr_assert_eq(roster_all(txn, &rows, &count), ERR_OK);
    cr_assert_eq(count, 2);
    cr_expect_str_eq(rows[0].slug, "east");
    cr_expect_str_eq(rows[1].slug, "north");
    cr_expect_eq(rows[1].state, SITE_REVOKED);
    free(rows);
}

Test(roster, every_item_of_a_row_comes_back)
{
    struct site_row row = {.site = 9,
                           .slug = "a-1",
                           .name = "Ä",
                           .centre = true,
                           .state = SITE_SUSPECT,
                           .epoch = 3,
                           .joined_ms = 4,
                           .last_heard_ms = 5,
                           .pending = 6,
                           .software = "1.0",
                           .clock_offset_ms = -7,
                           .feed_last = 8,
                           .feed_acked = 9,
                           .suspect_ms = 10,
                           .transport_public = {1},
                           .sign_public = {2}};
    struct site_row back;
    cr_assert_eq(roster_put(txn, &row), ERR_OK);
    cr_assert_eq(roster_get(txn, 9, &back), ERR_OK);
    cr_expect(back.centre && !back.partner && back.state == SITE_SUSPECT && back.epoch == 3);
    cr_expect(back.joined_ms == 4 && back.last_heard_ms == 5 && back.pending == 6 &&
              back.clock_offset_ms == -7);
    cr_expect(back.feed_last == 8 && back.feed_acked == 9 && back.suspect_ms == 10);
    cr_expect_str_eq(back.software, "1.0");
    cr_expect_str_eq(back.name, "Ä");
    cr_expect(back.transport_public[0] == 1 && back.sign_public[0] == 2);
    cr_assert_eq(store_put(txn, NS_SITE, bytes_of("12345678", 8), bytes_of("\x91\x01", 2)), ERR_OK);
    cr_expect_eq(roster_find(txn, "zz", &back), ERR_CORRUPT);
}

Test(roster, membership)
{
    struct membership membership;
    cr_assert_eq(membership_get(txn, &membership), ERR_OK);
    cr_expect(!membership.joined);
    struct membership joined = {.joined = true,
                                .organisation = "Org",
                                .slug = "north",
                                .name = "North",
                                .partner = true,
                                .broker_site = 3,
                                .broker_transport = {1},
                                .broker_sign = {2},
                                .address = "tcp://h:1",
                                .broker_incarnation = {5},
                                .feed_cursor = 12};
    cr_assert_eq(membership_put(txn, &joined), ERR_OK);
    cr_assert_eq(membership_get(txn, &membership), ERR_OK);
    cr_expect(membership.joined && membership.partner && membership.broker_site == 3 &&
              membership.feed_cursor == 12);
    cr_expect_str_eq(membership.organisation, "Org");
    cr_expect_str_eq(membership.slug, "north");
    cr_expect_str_eq(membership.name, "North");
    cr_expect_str_eq(membership.address, "tcp://h:1");
    cr_expect(membership.broker_transport[0] == 1 && membership.broker_sign[0] == 2 &&
              membership.broker_incarnation[0] == 5);
}

Test(roster, slugs)
{
    static const struct {
        const char *slug;
        bool valid;
    } rows[] = {
        {"a", true},
        {"north-2", true},
        {"", false},
        {"2north", false},
        {"-a", false},
        {"a_b", false},
        {"A", false},
        {"abcdefghijklmnopqrstuvwxyz012345", true},
        {"abcdefghijklmnopqrstuvwxyz0123456", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(slug_valid(rows[i].slug), rows[i].valid, "%s", rows[i].slug);
}

/* ---- another machine in a site's place ---- */

static const uint8_t new_key[TRANSPORT_KEY_BYTES] = {5};
static const uint8_t new_sign[SIGN_PUBLIC_BYTES] = {6};

static enum err invite_in_place(const char *slug, struct key_row *row_out)
{
    struct key_row row = {.expires_ms = 2000};
    memcpy(row.slug, slug, strlen(slug));
    struct err_info info;
    enum err err = roster_invite_in_place(txn, other_key, &row, &info);
    *row_out = row;
    return err;
}

static enum err redeem_place(uint64_t site, const uint8_t *transport, struct site_row *row)
{
    struct redeemer asked = {
        .site = site, .epoch = 1, .transport_public = transport, .sign_public = new_sign};
    bool in_place = false;
    enum err err = roster_redeem(txn, other_key, &asked, 1000, row, &in_place);
    cr_expect(err != ERR_OK || in_place);
    return err;
}

Test(roster, a_new_machine_takes_the_place_of_a_lost_one)
{
    struct site_row row, again;
    struct key_row invite_row;
    cr_assert_eq(invite(invite_key, "north", 1000), ERR_OK);
    cr_assert_eq(redeem(invite_key, NORTH, own_key, 999, &row), ERR_OK);
    row.epoch = 3;
    row.state = SITE_SUSPECT;
    row.suspect_ms = 7;
    row.feed_last = 9;
    cr_assert_eq(roster_put(txn, &row), ERR_OK);
    cr_expect_eq(invite_in_place("south", &invite_row), ERR_NOT_FOUND);
    cr_assert_eq(invite_in_place("north", &invite_row), ERR_OK);
    cr_expect(invite_row.replaces == NORTH && invite_row.partner);
    cr_expect_str_eq(invite_row.name, "North depot");
    cr_expect_eq(redeem_place(SOUTH, new_key, &row), ERR_INVALID, "another site's id");
    cr_expect_eq(redeem_place(NORTH, own_key, &row), ERR_EXISTS, "the old machine's key");
    cr_assert_eq(redeem_place(NORTH, new_key, &row), ERR_OK);
    cr_expect(row.site == NORTH && row.epoch == 4 && row.state == SITE_ACTIVE);
    cr_expect(row.suspect_ms == 0 && row.feed_last == 9);
    cr_expect_str_eq(row.slug, "north");
    cr_assert_eq(redeem_place(NORTH, new_key, &again), ERR_OK, "a lost answer is given again");
    cr_expect_eq(again.epoch, 4);
    struct key_row key;
    cr_expect_eq(roster_key(txn, own_key, &key), ERR_NOT_FOUND, "the old machine is shut out");
    cr_assert_eq(roster_key(txn, new_key, &key), ERR_OK);
    cr_expect(key.use == KEY_SITE && key.site == NORTH);
    static const struct {
        uint32_t epoch, count;
        uint8_t first;
    } keys[] = {{1, 2, 4}, {3, 2, 4}, {4, 1, 6}, {9, 1, 6}};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        uint8_t found[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES];
        uint32_t count = 0;
        cr_assert_eq(roster_sign_keys(txn, (struct origin){NORTH, keys[i].epoch}, found, &count),
                     ERR_OK);
        cr_expect(count == keys[i].count && found[0][0] == keys[i].first, "epoch %u",
                  keys[i].epoch);
    }
    struct old_key old[OLD_KEYS_MAX];
    uint32_t count = 0;
    cr_assert_eq(roster_old_keys(txn, NORTH, old, &count), ERR_OK);
    cr_expect(count == 1 && old[0].last_epoch == 3 && old[0].sign_public[0] == 4);
}

Test(roster, a_place_can_be_taken_so_often)
{
    struct site_row row;
    struct key_row invite_row;
    cr_assert_eq(invite(invite_key, "north", 1000), ERR_OK);
    cr_assert_eq(redeem(invite_key, NORTH, own_key, 999, &row), ERR_OK);
    for (uint32_t i = 1; i <= OLD_KEYS_MAX; i++)
        cr_assert_eq(roster_put_old_key(txn, NORTH, i, sign_key), ERR_OK);
    cr_expect_eq(invite_in_place("north", &invite_row), ERR_LIMIT);
}

/* What a joiner says of itself must leave room for a machine in its place. */
Test(roster, epochs_are_bounded)
{
    struct site_row row;
    struct key_row invite_row;
    bool in_place = false;
    struct redeemer asked = {.site = NORTH,
                             .epoch = SITE_EPOCHS_MAX + 1,
                             .transport_public = own_key,
                             .sign_public = sign_key};
    cr_assert_eq(invite(invite_key, "north", 1000), ERR_OK);
    cr_expect_eq(roster_redeem(txn, invite_key, &asked, 10, &row, &in_place), ERR_INVALID);
    asked.epoch = SITE_EPOCHS_MAX - 1;
    cr_assert_eq(roster_redeem(txn, invite_key, &asked, 10, &row, &in_place), ERR_OK);
    cr_assert_eq(invite_in_place("north", &invite_row), ERR_OK);
    row.epoch = SITE_EPOCHS_MAX; /* restored since */
    cr_assert_eq(roster_put(txn, &row), ERR_OK);
    cr_expect_eq(redeem_place(NORTH, new_key, &row), ERR_LIMIT);
    cr_expect_eq(invite_in_place("north", &invite_row), ERR_LIMIT);
}

/* Who knows a broker's number is not that broker. */
Test(roster, a_broker_is_known_by_its_key)
{
    struct err_info info;
    struct membership first = {.joined = true,
                               .organisation = "Org",
                               .slug = "north",
                               .broker_site = SOUTH,
                               .broker_sign = {2},
                               .address = "tcp://h:1"};
    struct membership other = first, now;
    cr_assert_eq(membership_enter(txn, &first, NORTH, &info), ERR_OK);
    other.broker_sign[0] = 3;
    memcpy(other.address, "tcp://x:1", sizeof("tcp://x:1"));
    cr_expect_eq(membership_enter(txn, &other, NORTH, &info), ERR_DENIED);
    cr_expect_eq(takeover_membership(txn, &other, NORTH, &info), ERR_DENIED);
    cr_assert_eq(membership_get(txn, &now), ERR_OK);
    cr_expect_str_eq(now.address, "tcp://h:1");
    cr_expect_eq(membership_enter(txn, &first, NORTH, &info), ERR_OK, "asked again");
}

Test(roster, who_is_revoked_does_not_come_back_by_an_older_token)
{
    struct site_row row;
    struct key_row invite_row, key;
    cr_assert_eq(invite(invite_key, "north", 1000), ERR_OK);
    cr_assert_eq(redeem(invite_key, NORTH, own_key, 999, &row), ERR_OK);
    cr_assert_eq(invite_in_place("north", &invite_row), ERR_OK);
    cr_assert_eq(roster_revoke(txn, "north", &row), ERR_OK);
    cr_expect_eq(redeem_place(NORTH, new_key, &row), ERR_NOT_FOUND);
    cr_expect_eq(roster_key(txn, other_key, &key), ERR_NOT_FOUND, "not even a handshake");
    cr_assert_eq(roster_get(txn, NORTH, &row), ERR_OK);
    cr_expect_eq(row.state, SITE_REVOKED);
    cr_assert_eq(invite_in_place("north", &invite_row), ERR_OK,
                 "asked for after that, it is meant");
    cr_expect_eq(redeem_place(NORTH, new_key, &row), ERR_OK);
}

Test(roster, nobody_joins_as_a_centre_before_this_one)
{
    const uint64_t centre = UINT64_C(0x8000000000000050);
    struct err_info info;
    struct site_row row;
    store_abort(txn);
    cr_assert_eq(ledger_init(store, LEDGER_BROKER, centre, &info), ERR_OK);
    cr_assert_eq(store_begin(store, STORE_WRITE, &txn, &info), ERR_OK);
    cr_assert_eq(takeover_centre(txn, SOUTH, sign_key), ERR_OK);
    cr_assert_eq(invite(invite_key, "north", 1000), ERR_OK);
    cr_expect_eq(redeem(invite_key, centre, own_key, 10, &row), ERR_EXISTS);
    cr_expect_eq(redeem(invite_key, SOUTH, own_key, 10, &row), ERR_EXISTS);
    cr_expect_eq(redeem(invite_key, NORTH, own_key, 10, &row), ERR_OK);
}
