/* cse join TOKEN: show the broker this site's keys under a single-use key, bring home where the
 * site belongs. The keys never leave this process; what comes home is told to the running daemon,
 * or written into the store when none runs. */
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "lib/ledger/copy.h"
#include "lib/ledger/identity.h"
#include "lib/link/join.h"
#include "lib/sys/files.h"
#include "tools/cmd/cmd.h"

enum { JOIN_WAIT_MS = 15 * 1000 };

static const size_t store_size_bytes = (size_t)8 << 30;

static const struct cli_option options[] = {
    {.name = "new-broker",
     .help = N_("the broker this node belonged to was lost with all its copies; give the new one "
                "everything that is here")},
    CMD_COMMON_OPTIONS,
};

static const struct cli_command command = {
    .name = "cse join",
    .words = "TOKEN",
    .summary = N_("enrol this node at the broker that made the invitation; the token works once"),
    CMD_OPTIONS(options),
    .words_min = 1,
    .words_max = 1,
};

/* Where the node's state is reached: over HTTP, or in the store itself. */
struct home {
    struct cmd *cmd;
    const char *data;
    struct store *store; /* NULL: a daemon runs */
    uint64_t site;
    uint32_t epoch;
    bool new_broker;
    bool joined; /* to a broker with this transport key */
    uint8_t broker[KEYS_PUBLIC_BYTES];
};

static enum err find_daemon(struct home *home, struct err_info *info)
{
    struct http_url url = cmd_url("status", NULL, NULL);
    struct member_text text;
    uint8_t id[8];
    json_t *status = NULL;

    enum err err = cmd_get(home->cmd, &url, &status, info);
    if (err != ERR_OK)
        return err;
    if (strcmp(member_text(status, "role", &text), "node") != 0)
        err = err_set(info, ERR_INVALID, "'%s' belongs to a broker; a token is for a node",
                      home->data);
    else if (!hex_decode(member_text(status, "site_id", &text), id, sizeof(id)))
        err = err_set(info, ERR_CORRUPT, "the daemon does not say which site it is");
    else
        home->site = get_u64(id);
    home->epoch = (uint32_t)json_integer_value(json_object_get(status, "epoch"));
    home->joined = hex_decode(member_text(status, "broker_transport", &text), home->broker,
                              sizeof(home->broker));
    json_decref(status);
    return err;
}

static enum err find_store(struct home *home, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    struct store_txn *txn = NULL;
    struct identity self = {0};
    enum ledger_role role = LEDGER_NODE;

    enum err err = path_join(home->data, "store", path, info);
    if (err == ERR_OK && !file_exists(path))
        err = err_set(info, ERR_NOT_FOUND, "'%s' is no data directory: make one with cse init node",
                      home->data);
    if (err == ERR_OK)
        err = store_open_lmdb(path, store_size_bytes, &home->store, info);
    if (err == ERR_OK)
        err = copy_check(home->store, info);
    if (err == ERR_OK)
        err = store_begin(home->store, STORE_READ, &txn, info);
    if (err != ERR_OK)
        return err;
    struct membership membership = {0};
    err = identity_read(txn, &role, &self);
    if (err == ERR_OK)
        err = membership_get(txn, &membership);
    store_abort(txn);
    if (err != ERR_OK)
        return err_set(info, err, "read whose '%s' is: %s", home->data, err_text(err));
    if (role != LEDGER_NODE)
        return err_set(info, ERR_INVALID, "'%s' belongs to a broker; a token is for a node",
                       home->data);
    home->site = self.site;
    home->epoch = self.epoch;
    home->joined = membership.joined;
    memcpy(home->broker, membership.broker_transport, sizeof(home->broker));
    return ERR_OK;
}

/* A node that becomes another, or another's, is not at work meanwhile. */
static enum err check_alone(const struct home *home, const struct token *token,
                            struct err_info *info)
{
    if (home->store != NULL || (token->site == 0 && !home->new_broker))
        return ERR_OK;
    return err_set(
        info, ERR_BUSY,
        token->site != 0
            ? N_("this token is for a machine in a lost one's place: stop cse-node first")
            : N_("--new-broker: stop cse-node first"));
}

/* Before the token is used up: moving by accident would mix two organisations' records. */
static enum err check_broker(const struct home *home, const struct token *token,
                             struct err_info *info)
{
    bool other =
        home->joined && memcmp(home->broker, token->broker_public, sizeof(home->broker)) != 0;
    if (!other || home->new_broker)
        return ERR_OK;
    return err_set(info, ERR_EXISTS,
                   "this node belongs to another broker already; make a new data directory for "
                   "another organisation, or say --new-broker when its broker was lost");
}

static enum err check_place(struct home *home, const struct token *token, struct err_info *info)
{
    struct store_txn *txn = NULL;
    enum err err = check_alone(home, token, info);

    if (err == ERR_OK)
        err = check_broker(home, token, info);
    if (err != ERR_OK || token->site == 0)
        return err;
    err = store_begin(home->store, STORE_READ, &txn, info);
    if (err != ERR_OK)
        return err;
    err = takeover_check(txn, info);
    store_abort(txn);
    home->site = token->site;
    return err;
}

static enum err find_site(struct home *home, struct err_info *info)
{
    struct err_info unreachable = {0};
    enum err err = find_daemon(home, &unreachable);

    if (err == ERR_UNREACHABLE)
        return find_store(home, info);
    *info = unreachable;
    return err;
}

static void set_key(json_t *body, const char *name, const uint8_t key[KEYS_PUBLIC_BYTES])
{
    char text[KEYS_Z85_BYTES];

    z85_encode_key(key, text);
    (void)json_object_set_new(body, name, json_string(text));
}

static enum err tell_daemon(struct home *home, const struct membership *membership,
                            struct err_info *info)
{
    struct http_url url = cmd_url("membership", NULL, NULL);
    uint8_t id[8];
    char site[17];
    json_t *body = json_object();

    put_u64(id, membership->broker_site);
    hex_encode(bytes_of(id, sizeof(id)), site);
    (void)json_object_set_new(body, "organisation", json_string(membership->organisation));
    (void)json_object_set_new(body, "site", json_string(membership->slug));
    (void)json_object_set_new(body, "name", json_string(membership->name));
    (void)json_object_set_new(body, "partner", json_boolean(membership->partner));
    (void)json_object_set_new(body, "address", json_string(membership->address));
    (void)json_object_set_new(body, "broker_site", json_string(site));
    set_key(body, "broker_transport", membership->broker_transport);
    set_key(body, "broker_sign", membership->broker_sign);
    return cmd_send(home->cmd, "PUT", &url, body, NULL, info);
}

static enum err put_membership(const struct home *home, struct store_txn *txn,
                               const struct membership *membership, const struct takeover *takeover,
                               struct err_info *info)
{
    if (takeover->epoch != 0)
        return takeover_site(txn, membership, home->site, takeover, info);
    return home->new_broker ? takeover_membership(txn, membership, home->site, info)
                            : membership_enter(txn, membership, home->site, info);
}

static enum err write_store(struct home *home, const struct membership *membership,
                            const struct takeover *takeover, struct err_info *info)
{
    struct store_txn *txn = NULL;
    enum err err = store_begin(home->store, STORE_WRITE, &txn, info);

    if (err != ERR_OK)
        return err;
    err = put_membership(home, txn, membership, takeover, info);
    if (err != ERR_OK) {
        store_abort(txn);
        return err;
    }
    switch (store_commit(txn, info)) {
    case STORE_DURABLE:
        return ERR_OK;
    case STORE_NOT:
        return info->code != ERR_OK ? info->code
                                    : err_set(info, ERR_IO, "the store did not take it");
    case STORE_UNKNOWN:
        return err_set(info, ERR_UNKNOWN_OUTCOME, "the store failed; give the same token again");
    }
    return ERR_INTERNAL;
}

static void print_membership(const struct cmd *cmd, const struct membership *membership,
                             bool running)
{
    if (cmd->json) {
        json_t *line = json_pack("{s:s, s:s, s:s, s:b, s:s, s:b}", "site", membership->slug, "name",
                                 membership->name, "organisation", membership->organisation,
                                 "partner", (int)membership->partner, "broker", membership->address,
                                 "running", (int)running);
        print_json_line(line);
        json_decref(line);
        return;
    }
    char text[4 * NAME_BYTES_MAX + 512];
    say_in(text, sizeof(text),
           membership->partner ? N_("This node is '%s' now ('%s', partner) of '%s'.")
                               : N_("This node is '%s' now ('%s') of '%s'."),
           membership->slug, membership->name, membership->organisation);
    print_text(text);
    (void)putchar('\n');
    say_in(text, sizeof(text),
           running ? N_("It sends to the broker at %s.")
                   : N_("It sends to the broker at %s as soon as cse-node runs."),
           membership->address);
    print_text(text);
    (void)putchar('\n');
}

static enum err enrol(struct home *home, const struct token *token,
                      struct membership *membership_out, struct takeover *takeover_out,
                      struct err_info *info)
{
    struct keys keys;
    enum err err = keys_load(home->data, &keys, info);

    if (err != ERR_OK)
        return err;
    struct join_site site = {.site = home->site,
                             .epoch = home->epoch > 0 ? home->epoch : 1,
                             .keys = &keys,
                             .software = CSE_VERSION};
    err = join_exchange(token, &site, JOIN_WAIT_MS, membership_out, takeover_out, info);
    keys_wipe(&keys);
    return err;
}

enum err cmd_join(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct token token;
    struct membership membership = {0};
    struct takeover takeover = {.epoch = 0};
    struct home home = {.cmd = &cmd};

    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    err = cmd_data(&cmd, &home.data, info);
    if (err == ERR_OK)
        err = token_parse(cmd.args.words[0], &token, info);
    if (err != ERR_OK)
        return err;
    home.new_broker = cli_given(&command, &cmd.args, "new-broker");
    err = find_site(&home, info);
    if (err == ERR_OK)
        err = check_place(&home, &token, info);
    if (err == ERR_OK)
        err = enrol(&home, &token, &membership, &takeover, info);
    sodium_memzero(&token, sizeof(token));
    if (err == ERR_OK)
        err = home.store != NULL ? write_store(&home, &membership, &takeover, info)
                                 : tell_daemon(&home, &membership, info);
    if (err == ERR_OK)
        print_membership(&cmd, &membership, home.store == NULL);
    store_close(home.store);
    return err;
}
