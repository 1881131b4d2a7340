#include "tests/crash/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/broker.h"
#include "lib/ledger/identity.h"
#include "lib/ledger/roster.h"
#include "lib/store/blobs.h"
#include "lib/sys/files.h"
#include "lib/sys/keys.h"

enum { NOTES_MAX = 4096, MAP_BYTES = 64 * 1024 * 1024, APPLY_ROUNDS_MAX = 1000 };

struct check {
    bool made, opened;
    uint32_t record_count, file_count;
    uint8_t records[NOTES_MAX][RID_BYTES];
    uint8_t files[NOTES_MAX][HASH_BYTES];
    /* while an image is open */
    struct keys keys;
    struct store *store;
    struct ledger *ledger;
    struct blobs *blobs;
    struct broker_feed *feed;
    uint32_t bad_files;
};

struct check *check_new(void)
{
    return calloc(1, sizeof(struct check));
}

void check_free(struct check *check)
{
    free(check);
}

bool check_opened(const struct check *check)
{
    return check->opened;
}

void check_note(struct check *check, const char *text, size_t len)
{
    char word[16] = "", value[80] = "", line[128];
    (void)snprintf(line, sizeof(line), "%.*s", (int)len, text);
    (void)sscanf(line, "%15s %79s", word, value);
    if (strcmp(word, "made") == 0)
        check->made = true;
    else if (strcmp(word, "record") == 0 && check->record_count < NOTES_MAX &&
             rid_parse(value, check->records[check->record_count]))
        check->record_count++;
    else if (strcmp(word, "file") == 0 && check->file_count < NOTES_MAX &&
             hex_decode(value, check->files[check->file_count], HASH_BYTES))
        check->file_count++;
    else
        abort();
}

PRINTF_LIKE(3, 4)
static bool fault(char *why, size_t size, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(why, size, format, values);
    va_end(values);
    return false;
}

static enum err open_ledger(struct check *check, struct err_info *info)
{
    struct ledger_options options = {.role = LEDGER_NODE};
    struct store_txn *txn = NULL;
    struct identity self;
    enum ledger_role role = LEDGER_NODE;
    enum err err = store_begin(check->store, STORE_READ, &txn, info);
    if (err != ERR_OK)
        return err;
    err = identity_read(txn, &role, &self);
    store_abort(txn);
    if (err == ERR_OK && role == LEDGER_BROKER) {
        err = broker_feed_new(&check->feed);
        if (err == ERR_OK)
            options = broker_ledger_options(check->feed);
    }
    return err == ERR_OK
               ? ledger_open(check->store, &options, check->keys.sign_secret, &check->ledger, info)
               : err_set(info, err, "read whose store it is");
}

/* What a start does before it serves. */
static enum err open_all(struct check *check, const char *data, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    enum err err = keys_load(data, &check->keys, info);
    if (err == ERR_OK)
        err = path_join(data, "store", path, info);
    if (err == ERR_OK)
        err = store_open_lmdb(path, MAP_BYTES, &check->store, info);
    if (err == ERR_OK)
        err = open_ledger(check, info);
    if (err == ERR_OK)
        err = path_join(data, "blobs", path, info);
    if (err == ERR_OK)
        err = blobs_open_dir(path, &check->blobs, info);
    bool caught_up = check->feed == NULL;
    for (int i = 0; err == ERR_OK && !caught_up && i < APPLY_ROUNDS_MAX; i++) {
        uint32_t applied;
        err = ledger_apply(check->ledger, APPLY_OPS_MAX, &applied, &caught_up, info);
    }
    return err;
}

static void close_all(struct check *check)
{
    blobs_close(check->blobs);
    ledger_close(check->ledger);
    if (check->feed != NULL)
        broker_feed_free(check->feed);
    store_close(check->store);
    check->blobs = NULL;
    check->ledger = NULL;
    check->feed = NULL;
    check->store = NULL;
}

static uint32_t keys_of(void *context, struct origin origin,
                        uint8_t keys_out[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES])
{
    struct check *check = context;
    struct store_txn *txn = NULL;
    uint32_t count = 0;
    if (origin.site == ledger_identity(check->ledger).site) {
        memcpy(keys_out[0], check->keys.sign_public, SIGN_PUBLIC_BYTES);
        return 1;
    }
    if (store_begin(check->store, STORE_READ, &txn, NULL) != ERR_OK)
        return 0;
    enum err err = roster_sign_keys(txn, origin, keys_out, &count);
    store_abort(txn);
    return err == ERR_OK ? count : 0;
}

static void count_bad(void *context, const uint8_t hash[HASH_BYTES])
{
    (void)hash;
    ((struct check *)context)->bad_files++;
}

static bool prove(struct check *check, char *why, size_t size)
{
    struct verify_report report;
    struct err_info info = {.text = ""};
    uint64_t files = 0;
    check->bad_files = 0;
    enum err err = ledger_verify(check->ledger, keys_of, NULL, check, &report, &info);
    if (err != ERR_OK)
        return fault(why, size, "cannot be verified: %s", info.text);
    if (report.bad_chains + report.bad_seals + report.bad_entries + report.bad_records +
                report.bad_cells + report.bad_indexes >
            0 ||
        !report.digest_matches)
        return fault(why, size, "the store does not match its log");
    if (blobs_verify(check->blobs, count_bad, check, &files) != ERR_OK || check->bad_files > 0)
        return fault(why, size, "a file does not match its name");
    return true;
}

static bool look_for_all(struct check *check, char *why, size_t size)
{
    struct store_txn *txn = NULL;
    uint32_t lost = 0, lost_files = 0;
    if (store_begin(check->store, STORE_READ, &txn, NULL) != ERR_OK)
        return fault(why, size, "the store cannot be read");
    for (uint32_t i = 0; i < check->record_count; i++) {
        uint16_t kind;
        lost += ledger_find_kind(txn, check->records[i], &kind) != ERR_OK;
    }
    store_abort(txn);
    for (uint32_t i = 0; i < check->file_count; i++)
        lost_files += !blobs_have(check->blobs, check->files[i], NULL);
    return lost + lost_files == 0 ||
           fault(why, size, "%u of %u acknowledged records and %u of %u files are lost", lost,
                 check->record_count, lost_files, check->file_count);
}

bool check_image(struct check *check, const char *dir, char *why, size_t size)
{
    char data[PATH_BYTES_MAX];
    struct err_info info = {.text = ""};
    (void)snprintf(data, sizeof(data), "%s/data", dir);
    check->opened = false;
    if (!file_exists(data))
        return !check->made || fault(why, size, "the data directory is gone");
    bool good = open_all(check, data, &info) == ERR_OK;
    if (!good)
        (void)fault(why, size, "does not open: %s", info.text);
    check->opened = good;
    good = good && look_for_all(check, why, size) && prove(check, why, size);
    close_all(check);
    keys_wipe(&check->keys);
    return good;
}
