#include "lib/ledger/ledger_compare.h"

#include "lib/ledger/identity.h"
#include "lib/ledger/ledger_private.h"

/* A walk over the keys of one side answers for both what is common and what only it has; a second
 * one, the other way, only counts what the first could not see. */

struct comparing {
    struct store_txn *from, *to;
    bool back; /* `from` is there, `to` is here */
    struct ledger_comparison *found;
};

static enum err stored_of(struct store_txn *txn, struct origin origin, uint64_t *stored_out)
{
    struct origin_row row;
    enum err err = ledger_get_origin(txn, origin, &row);
    *stored_out = err == ERR_OK ? row.stored_seq : 0;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err same_head(const struct comparing *comparing, struct origin origin, uint64_t seq,
                          bool *same_out)
{
    uint8_t here[HASH_BYTES], there[HASH_BYTES];
    enum err err = ledger_head_at(comparing->from, origin, seq, here);
    if (err == ERR_OK)
        err = ledger_head_at(comparing->to, origin, seq, there);
    *same_out = err == ERR_OK && memcmp(here, there, HASH_BYTES) == 0;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* How many operations of the longer log, behind the shorter one's end at `common`, lie there all
 * the same, beyond a gap? */
static enum err count_beyond(struct store_txn *longer, struct store_txn *shorter,
                             struct origin origin, uint64_t common, uint64_t last,
                             uint64_t *both_out)
{
    uint8_t from[DOT_KEY_BYTES], left[HASH_BYTES], right[HASH_BYTES];
    dot_put_key((struct dot){.origin = origin, .seq = common + 1}, from);
    struct store_iter *iter = NULL;
    struct bytes key, value, other;
    *both_out = 0;
    enum err err = store_iter_open(longer, NS_LOG, bytes_of(from, ORIGIN_KEY_BYTES),
                                   bytes_of(from, sizeof(from)), STORE_FORWARD, &iter);
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        if (key.len != DOT_KEY_BYTES || dot_get_key(key.data).seq > last)
            break;
        enum err got = store_get(shorter, NS_LOG, key, &other);
        if (got != ERR_OK && got != ERR_NOT_FOUND)
            err = got;
        *both_out += got == ERR_OK && chain_leaf_of(value, left) == ERR_OK &&
                     chain_leaf_of(other, right) == ERR_OK && memcmp(left, right, HASH_BYTES) == 0;
    }
    store_iter_close(iter);
    return err;
}

/* Both ends; what the shorter one has beyond its end counts as its own. */
static enum err reach(const struct comparing *comparing, struct origin origin, uint64_t *here,
                      uint64_t *there, uint64_t *both_out)
{
    uint64_t common = *here < *there ? *here : *there;
    bool ahead = *here > *there;
    *both_out = 0;
    if (*here == *there)
        return ERR_OK;
    enum err err = count_beyond(ahead ? comparing->from : comparing->to,
                                ahead ? comparing->to : comparing->from, origin, common,
                                ahead ? *here : *there, both_out);
    *(ahead ? there : here) += *both_out;
    return err;
}

static enum err compare_log(const struct comparing *comparing, struct origin origin)
{
    struct ledger_comparison *found = comparing->found;
    uint64_t here = 0, there = 0;
    bool same = true;
    enum err err = stored_of(comparing->from, origin, &here);
    if (err == ERR_OK)
        err = stored_of(comparing->to, origin, &there);
    if (err != ERR_OK || (here == 0 && there == 0))
        return err;
    uint64_t common = here < there ? here : there;
    if (common > 0)
        err = same_head(comparing, origin, common, &same);
    uint64_t beyond = 0;
    if (err == ERR_OK)
        err = reach(comparing, origin, &here, &there, &beyond);
    common += beyond;
    found->operations += common;
    found->operations_only_here += here - common;
    found->operations_only_there += there - common;
    if (!same)
        found->forks++;
    else if (here == there)
        found->logs_same++;
    else if (here > there)
        found->logs_ahead_here++;
    else
        found->logs_ahead_there++;
    return err;
}

/* Origins that only `there` has a log of; all others are seen from here. */
static enum err compare_unseen(const struct comparing *comparing, struct origin origin)
{
    struct ledger_comparison *found = comparing->found;
    uint64_t there = 0;
    struct origin_row row;
    enum err err = ledger_get_origin(comparing->to, origin, &row);
    if (err != ERR_NOT_FOUND)
        return err;
    err = stored_of(comparing->from, origin, &there);
    found->operations_only_there += there;
    found->logs_ahead_there += there > 0;
    return err;
}

static enum err walk_logs(const struct comparing *comparing)
{
    struct store_iter *iter = NULL;
    struct bytes key, value, all = bytes_of("", 0);
    uint64_t site = comparing->found->site;
    enum err err = store_iter_open(comparing->from, NS_ORIGIN, all, all, STORE_FORWARD, &iter);
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        if (key.len != ORIGIN_KEY_BYTES)
            continue;
        struct origin origin = {.site = get_u64(key.data), .epoch = get_u32(key.data + 8)};
        if (site == 0 || site == origin.site)
            err = comparing->back ? compare_unseen(comparing, origin)
                                  : compare_log(comparing, origin);
    }
    store_iter_close(iter);
    return err;
}

static void count_record(const struct comparing *comparing, bool there, bool same)
{
    struct ledger_comparison *found = comparing->found;
    if (comparing->back)
        found->records_only_there += !there;
    else if (!there)
        found->records_only_here++;
    else if (same)
        found->records_same++;
    else
        found->records_differ++;
}

/* A site's record ends in its id; what others made that concerns the site is here only if it is at
 * the site. */
static bool concerns(const struct comparing *comparing, struct bytes key)
{
    uint64_t site = comparing->found->site;
    bool from_broker = comparing->back == (comparing->found->here == LEDGER_NODE);
    if (site == 0 || !from_broker)
        return true;
    return key.len == 2 + RID_BYTES && get_u64(key.data + 2 + RID_BYTES - 8) == site;
}

static enum err walk_records(const struct comparing *comparing)
{
    struct store_iter *iter = NULL;
    struct bytes key, value, other, all = bytes_of("", 0);
    enum err err = store_iter_open(comparing->from, NS_RECORD, all, all, STORE_FORWARD, &iter);
    while (err == ERR_OK && store_iter_next(iter, &key, &value, &err)) {
        if (!concerns(comparing, key))
            continue;
        enum err got = store_get(comparing->to, NS_RECORD, key, &other);
        if (got == ERR_OK || got == ERR_NOT_FOUND)
            count_record(comparing, got == ERR_OK, got == ERR_OK && bytes_equal(value, other));
        else
            err = got;
    }
    store_iter_close(iter);
    return err;
}

static enum err choose(struct store_txn *here, struct store_txn *there,
                       struct ledger_comparison *found, struct err_info *info)
{
    struct identity left, right;
    enum err err = identity_read(here, &found->here, &left);
    if (err == ERR_OK)
        err = identity_read(there, &found->there, &right);
    if (err != ERR_OK)
        return err_set(info, err, "read whose stores these are: %s", err_text(err));
    bool both_sites = found->here == LEDGER_NODE && found->there == LEDGER_NODE;
    if (both_sites && left.site != right.site)
        return err_set(info, ERR_INVALID,
                       "these are two different sites; compare each with the "
                       "broker");
    if (found->here != found->there)
        found->site = found->here == LEDGER_NODE ? left.site : right.site;
    return ERR_OK;
}

enum err ledger_compare(struct store_txn *here, struct store_txn *there,
                        struct ledger_comparison *comparison_out, struct err_info *info)
{
    struct ledger_comparison found = {.site = 0};
    struct comparing on = {.from = here, .to = there, .found = &found};
    struct comparing back = {.from = there, .to = here, .back = true, .found = &found};
    enum err err = choose(here, there, &found, info);
    if (err != ERR_OK)
        return err;
    err = walk_logs(&on);
    if (err == ERR_OK)
        err = walk_logs(&back);
    if (err == ERR_OK)
        err = walk_records(&on);
    if (err == ERR_OK)
        err = walk_records(&back);
    if (err != ERR_OK)
        return err_set(info, err, "compare the stores: %s", err_text(err));
    *comparison_out = found;
    return ERR_OK;
}

bool ledger_compare_equal(const struct ledger_comparison *found)
{
    return found->forks == 0 && found->logs_ahead_here == 0 && found->logs_ahead_there == 0 &&
           found->records_differ == 0 && found->records_only_here == 0 &&
           found->records_only_there == 0;
}
