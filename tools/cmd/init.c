/* A data directory is built beside its place and renamed into it, so that an interrupted init
 * leaves nothing half made. */
#include <string.h>

#include "lib/ledger/ledger.h"
#include "lib/ledger/takeover.h"
#include "lib/link/token.h"
#include "lib/sys/clock.h"
#include "lib/sys/files.h"
#include "lib/sys/keys.h"
#include "lib/sys/random.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/new_dir.h"

static const struct cli_option options[] = {
    {.name = "organisation",
     .letter = 'o',
     .argument = "NAME",
     .help = N_("broker: the organisation's name")},
    {.name = "succeeds",
     .argument = "CODE",
     .help =
         N_("broker: it takes the place of one that was lost with all its copies; 'cse status' at "
            "any site prints the code")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse init",
    .words = "broker|node DIR",
    .words_min = 1,
    .words_max = 2,
    CMD_OPTIONS(options),
    .summary = N_("make a data directory with its keys and an empty store")};

enum { STORE_MAP_BYTES = 64 * 1024 * 1024 };

static const char broker_config[] =
    "# Settings of this broker. A flag of the same name wins: cse-broker --listen …\n"
    "\n"
    "# Where nodes connect; 0.0.0.0 for all addresses of this machine.\n"
    "#listen: tcp://127.0.0.1:7710\n"
    "\n"
    "# Where people and programs connect; empty: only the Unix socket in this directory.\n"
    "#http: http://127.0.0.1:7780\n"
    "\n"
    "# Language of answers and of the cse commands: en, ro, ru, lt, pl.\n"
    "#language: en\n";
static const char node_config[] =
    "# Settings of this node. A flag of the same name wins: cse-node --http …\n"
    "\n"
    "# Where people and programs connect; empty: only the Unix socket in this directory.\n"
    "#http: http://127.0.0.1:7790\n"
    "\n"
    "# Where the broker is; 'cse join' notes what its token says.\n"
    "#broker: tcp://127.0.0.1:7710\n"
    "\n"
    "# Language of answers and of the cse commands: en, ro, ru, lt, pl.\n"
    "#language: en\n";

struct init {
    bool broker;
    const char *organisation;
    const char *target;
    struct centre_code former; /* site 0: none */
    struct new_dir dir;
    uint64_t site;
    struct keys keys;
};

/* The broker takes part as the centre: it can write and settle conflicts itself. */
static enum err put_centre(struct store_txn *txn, const struct init *init)
{
    struct membership membership = {0};
    struct site_row row = {
        .site = init->site, .slug = "centre", .centre = true, .state = SITE_ACTIVE, .epoch = 1};
    (void)snprintf(membership.organisation, sizeof(membership.organisation), "%s",
                   init->organisation);
    (void)snprintf(row.name, sizeof(row.name), "%s", init->organisation);
    (void)snprintf(row.software, sizeof(row.software), "%s", CSE_VERSION);
    memcpy(row.transport_public, init->keys.transport_public, sizeof(row.transport_public));
    memcpy(row.sign_public, init->keys.sign_public, sizeof(row.sign_public));
    row.joined_ms = clock_unix_ms();
    enum err err = membership_put(txn, &membership);
    if (err == ERR_OK && init->former.site != 0)
        err = takeover_centre(txn, init->former.site, init->former.sign_public);
    return err != ERR_OK ? err : roster_put(txn, &row);
}

static enum err fill_broker(struct store *store, const struct init *init, struct err_info *info)
{
    struct store_txn *txn = NULL;
    enum err err = store_begin(store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = put_centre(txn, init);
    if (err != ERR_OK) {
        store_abort(txn);
        return err_set(info, err, "note the organisation: %s", err_text(err));
    }
    return store_commit(txn, info) == STORE_DURABLE ? ERR_OK
           : info->code != ERR_OK                   ? info->code
                                                    : ERR_IO;
}

static enum err make_store(const struct init *init, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    struct store *store = NULL;
    enum err err = path_join(init->dir.temporary, "store", path, info);
    if (err == ERR_OK)
        err = store_open_lmdb(path, STORE_MAP_BYTES, &store, info);
    if (err == ERR_OK)
        err = ledger_init(store, init->broker ? LEDGER_BROKER : LEDGER_NODE, init->site, info);
    if (err == ERR_OK && init->broker)
        err = fill_broker(store, init, info);
    store_close(store);
    return err;
}

static enum err fill(struct init *init, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    uint8_t random[8];
    random_bytes(random, sizeof(random));
    init->site = site_id_from_random(random);
    enum err err = keys_create(init->dir.temporary, &init->keys, info);
    if (err == ERR_OK)
        err = path_join(init->dir.temporary, "cse.yaml", path, info);
    if (err == ERR_OK)
        err = file_create(path, bytes_of_text(init->broker ? broker_config : node_config), 0600,
                          info);
    if (err == ERR_OK)
        err = make_store(init, info);
    return err;
}

static enum err make(struct init *init, struct err_info *info)
{
    enum err err = new_dir_begin(&init->dir, init->target, info);
    if (err != ERR_OK)
        return err;
    err = fill(init, info);
    if (err == ERR_OK)
        err = new_dir_publish(&init->dir, info);
    if (err != ERR_OK)
        new_dir_drop(&init->dir);
    keys_wipe(&init->keys);
    return err;
}

static enum err read_words(const struct cmd *cmd, struct init *init, struct err_info *info)
{
    const char *role = cmd->args.words[0];
    init->broker = strcmp(role, "broker") == 0;
    if (!init->broker && strcmp(role, "node") != 0)
        return err_set(info, ERR_USAGE, "'%s'? It is 'cse init broker DIR' or 'cse init node DIR'",
                       role);
    init->organisation = cli_value(cmd->command, &cmd->args, "organisation");
    if (init->broker && (init->organisation == NULL || init->organisation[0] == '\0'))
        return err_set(info, ERR_USAGE, "whose broker is it? Give --organisation NAME");
    if (!init->broker && init->organisation != NULL)
        return err_set(info, ERR_USAGE,
                       "--organisation is for a broker; a node learns it when it joins");
    if (init->broker && (strlen(init->organisation) > NAME_BYTES_MAX ||
                         !utf8_valid(bytes_of_text(init->organisation))))
        return err_set(info, ERR_INVALID, "--organisation: at most %d bytes of UTF-8",
                       NAME_BYTES_MAX);
    const char *code = cli_value(cmd->command, &cmd->args, "succeeds");
    if (code != NULL && !init->broker)
        return err_set(info, ERR_USAGE,
                       "--succeeds is for a broker; a node says --new-broker when "
                       "it joins");
    enum err err = code != NULL ? centre_code_parse(code, &init->former, info) : ERR_OK;
    if (err != ERR_OK)
        return err;
    const char *dir = cli_value(cmd->command, &cmd->args, "data");
    if ((cmd->args.word_count == 2) == (dir != NULL))
        return err_set(info, ERR_USAGE, "which directory? Name one: cse init %s DIR", role);
    init->target = dir != NULL ? dir : cmd->args.words[1];
    return ERR_OK;
}

static void tell(const struct cmd *cmd, const struct init *init)
{
    if (cmd->json) {
        char site[17];
        uint8_t bytes[8];
        put_u64(bytes, init->site);
        hex_encode(bytes_of(bytes, sizeof(bytes)), site);
        json_t *json = json_pack("{s:s, s:s, s:s}", "role", init->broker ? "broker" : "node",
                                 "data", init->dir.target, "site_id", site);
        print_json_line(json);
        json_decref(json);
    } else if (init->broker) {
        say("%s is ready for the broker of %s. Next:\n"
            "  cse-broker --data %s\n"
            "  cse invite SITE --name NAME --data %s     for each site, gives it a token\n",
            init->dir.target, init->organisation, init->dir.target, init->dir.target);
    } else {
        say("%s is ready for a node. Next:\n"
            "  cse-node --data %s\n"
            "  cse join TOKEN --data %s     with the token that the broker's 'cse invite' "
            "printed\n",
            init->dir.target, init->dir.target, init->dir.target);
    }
}

enum err cmd_init(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct init init = {0};
    enum err err = cmd_begin(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    err = read_words(&cmd, &init, info);
    if (err == ERR_OK)
        err = make(&init, info);
    if (err == ERR_OK)
        tell(&cmd, &init);
    return err;
}
