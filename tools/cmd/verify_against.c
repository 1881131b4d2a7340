/* cse verify --against DIR: two data directories side by side. */
#include <inttypes.h>
#include <string.h>

#include "lib/ledger/ledger_compare.h"
#include "lib/store/blobs.h"
#include "lib/sys/files.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/verify.h"

struct end {
    struct store *store;
    struct store_txn *txn;
    struct blobs *blobs;
};

struct against {
    struct end here, there;
    struct ledger_comparison found;
    uint64_t files_same, files_only_here, files_only_there;
    struct blobs *other; /* while walking */
    uint64_t *same, *only;
};

static enum err end_open(struct end *end, const char *data, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    enum err err = path_join(data, "store", path, info);
    if (err == ERR_OK)
        err = store_open_lmdb_read(path, &end->store, info);
    if (err == ERR_OK)
        err = store_begin(end->store, STORE_READ, &end->txn, info);
    if (err == ERR_OK)
        err = path_join(data, "blobs", path, info);
    return err == ERR_OK ? blobs_open_dir(path, &end->blobs, info) : err;
}

static void end_close(struct end *end)
{
    store_abort(end->txn);
    store_close(end->store);
    blobs_close(end->blobs);
}

static void count_file(void *context, const uint8_t hash[HASH_BYTES])
{
    struct against *against = context;
    uint64_t *count = blobs_have(against->other, hash, NULL) ? against->same : against->only;
    if (count != NULL)
        ++*count;
}

/* Of a site and a broker only what the site has can be expected at both. */
static enum err compare_files(struct against *against, struct err_info *info)
{
    enum err err = ERR_OK;
    bool one = against->found.site != 0;
    against->same = &against->files_same;
    if (!one || against->found.here == LEDGER_NODE) {
        against->other = against->there.blobs;
        against->only = &against->files_only_here;
        err = blobs_each(against->here.blobs, count_file, against);
        against->same = NULL;
    }
    if (err == ERR_OK && (!one || against->found.there == LEDGER_NODE)) {
        against->other = against->here.blobs;
        against->only = &against->files_only_there;
        err = blobs_each(against->there.blobs, count_file, against);
    }
    return err == ERR_OK ? ERR_OK : err_set(info, err, "list the files: %s", err_text(err));
}

static bool equal(const struct against *against)
{
    return ledger_compare_equal(&against->found) && against->files_only_here == 0 &&
           against->files_only_there == 0;
}

static void tell_json(const struct against *against)
{
    const struct ledger_comparison *found = &against->found;
    json_t *json = json_pack(
        "{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "equal",
        (int)equal(against), "logs_same", (json_int_t)found->logs_same, "logs_ahead_here",
        (json_int_t)found->logs_ahead_here, "logs_ahead_there", (json_int_t)found->logs_ahead_there,
        "forks", (json_int_t)found->forks, "operations", (json_int_t)found->operations,
        "operations_only_here", (json_int_t)found->operations_only_here, "operations_only_there",
        (json_int_t)found->operations_only_there, "records_same", (json_int_t)found->records_same,
        "records_differ", (json_int_t)found->records_differ, "records_only_here",
        (json_int_t)found->records_only_here, "records_only_there",
        (json_int_t)found->records_only_there, "files_same", (json_int_t)against->files_same,
        "files_only_here", (json_int_t)against->files_only_here, "files_only_there",
        (json_int_t)against->files_only_there);
    print_json_line(json);
    json_decref(json);
}

static void line(const char *what, uint64_t same, const char *rest)
{
    (void)fputs("  ", stdout);
    say_padded(stdout, tr(what), 14);
    say("%" PRIu64 " the same%s\n", same, rest);
}

static void rest_text(char *text, size_t size, const uint64_t counts[3], const char *third)
{
    char more[96] = "";
    if (third != NULL && counts[2] > 0)
        say_in(more, sizeof(more), ", %" PRIu64 " %s", counts[2], third);
    say_in(text, size, ", %" PRIu64 " only here, %" PRIu64 " only there%s", counts[0], counts[1],
           more);
}

static void tell(const struct against *against, const char *data, const char *other)
{
    const struct ledger_comparison *found = &against->found;
    char rest[256];
    say("%s (here) and %s (there)\n", data, other);
    rest_text(rest, sizeof(rest),
              (uint64_t[]){found->logs_ahead_here, found->logs_ahead_there, found->forks},
              N_("that contradict"));
    line(N_("logs"), found->logs_same, rest);
    rest_text(rest, sizeof(rest),
              (uint64_t[]){found->operations_only_here, found->operations_only_there, 0}, NULL);
    line(N_("operations"), found->operations, rest);
    rest_text(
        rest, sizeof(rest),
        (uint64_t[]){found->records_only_here, found->records_only_there, found->records_differ},
        N_("that differ"));
    line(N_("records"), found->records_same, rest);
    rest_text(rest, sizeof(rest),
              (uint64_t[]){against->files_only_here, against->files_only_there, 0}, NULL);
    line(N_("files"), against->files_same, rest);
}

enum err verify_against(const char *data, const char *other, bool json, struct err_info *info)
{
    struct against against = {.same = NULL};
    enum err err = end_open(&against.here, data, info);
    if (err == ERR_OK)
        err = end_open(&against.there, other, info);
    if (err == ERR_OK)
        err = ledger_compare(against.here.txn, against.there.txn, &against.found, info);
    if (err == ERR_OK)
        err = compare_files(&against, info);
    if (err == ERR_OK && json)
        tell_json(&against);
    else if (err == ERR_OK)
        tell(&against, data, other);
    if (err == ERR_OK && !equal(&against))
        err = err_set(info, ERR_MISMATCH, "'%s' and '%s' are not equal", data, other);
    end_close(&against.here);
    end_close(&against.there);
    return err;
}
