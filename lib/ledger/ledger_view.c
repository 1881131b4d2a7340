#include "lib/ledger/ledger_private.h"

#include <sodium.h>
#include <stdlib.h>

/* A record's state holds dots; what people see is read from the log at those dots. Each operation
 * is decoded once, however many fields still stand as it wrote them. */

enum { SCRATCH_KEY_BYTES = crypto_shorthash_siphashx24_KEYBYTES };

bool value_is_nil(struct bytes value)
{
    return value.len == 1 && value.data[0] == 0xc0;
}

/* Neither nil nor false; what is erased was something. */
bool value_is_true(struct bytes value)
{
    return value.len != 1 || (value.data[0] != 0xc0 && value.data[0] != 0xc2);
}

bool sibling_outranks(const struct sibling *a, const struct sibling *b)
{
    if (a->hlc != b->hlc)
        return a->hlc > b->hlc;
    return dot_compare(a->dot, b->dot) > 0;
}

struct kind_facts kind_facts_of(uint16_t number)
{
    struct kind_facts facts = {.kind = kind_by_number(number)};
    if (facts.kind == NULL)
        return facts;
    for (uint32_t i = 0; i < facts.kind->field_count; i++) {
        const struct field *field = &facts.kind->fields[i];
        if (field->type == FIELD_SITE && strcmp(field->name, "site") == 0)
            facts.site_field = field->number;
        if (field->type == FIELD_ELEMENT && facts.element_count < ELEMENT_FIELDS_MAX)
            facts.element_fields[facts.element_count++] = field->number;
    }
    return facts;
}

enum err log_op(struct store_txn *txn, struct dot dot, struct op *op_out)
{
    uint8_t key[DOT_KEY_BYTES];
    dot_put_key(dot, key);
    struct bytes stored;
    enum err err = store_get(txn, NS_LOG, bytes_of(key, sizeof(key)), &stored);
    if (err != ERR_OK)
        return err;
    struct entry entry;
    err = entry_decode(stored, &entry);
    if (err == ERR_OK)
        err = op_decode(dot.origin, &entry, op_out);
    if (err == ERR_OK && op_out->dot.seq != dot.seq)
        err = ERR_CORRUPT;
    return err;
}

static const struct op_write *write_of(const struct op *op, const struct reg *reg, uint32_t *hint)
{
    /* Writes and registers are in the same order, so the next one is mostly the one. */
    for (uint32_t n = 0; n < op->write_count; n++) {
        uint32_t i = (*hint + n) % op->write_count;
        const struct op_write *write = &op->writes[i];
        if (write->field == reg->field && bytes_equal(write->member, reg->member)) {
            *hint = i + 1;
            return write;
        }
    }
    return NULL;
}

/* Fill in every value that `op` wrote. Values of an operation from the log are copied: its bytes
 * are only borrowed. */
static enum err values_of_op(const struct read_source *source, const struct rec *rec,
                             const struct op *op, struct bytes *values, bool *filled)
{
    uint32_t at = 0;
    uint32_t hint = 0;
    for (uint32_t r = 0; r < rec->reg_count; r++) {
        const struct reg *reg = &rec->regs[r];
        for (uint32_t s = 0; s < reg->sibling_count; s++, at++) {
            if (filled[at] || dot_compare(reg->siblings[s].dot, op->dot) != 0)
                continue;
            const struct op_write *write = write_of(op, reg, &hint);
            if (write == NULL)
                return ERR_CORRUPT;
            values[at] = write->value;
            if (op != source->current && write->value.len > 0)
                values[at].data = arena_copy(source->arena, write->value.data, write->value.len);
            if (write->value.len > 0 && values[at].data == NULL)
                return ERR_NO_MEMORY;
            filled[at] = true;
        }
    }
    return ERR_OK;
}

enum err reading_values(const struct read_source *source, const struct rec *rec,
                        struct bytes **values_out)
{
    uint32_t count = 0;
    for (uint32_t r = 0; r < rec->reg_count; r++)
        count += rec->regs[r].sibling_count;
    struct bytes *values = arena_take(source->arena, count * sizeof(*values));
    bool *filled = arena_take(source->arena, count * sizeof(*filled));
    if (values == NULL || filled == NULL)
        return ERR_NO_MEMORY;
    uint32_t at = 0;
    for (uint32_t r = 0; r < rec->reg_count; r++) {
        for (uint32_t s = 0; s < rec->regs[r].sibling_count; s++, at++) {
            if (filled[at])
                continue;
            struct dot dot = rec->regs[r].siblings[s].dot;
            const struct op *op = source->scratch;
            enum err err = ERR_OK;
            if (source->current != NULL && dot_compare(source->current->dot, dot) == 0)
                op = source->current;
            else
                err = log_op(source->log, dot, source->scratch);
            if (err == ERR_OK)
                err = values_of_op(source, rec, op, values, filled);
            if (err != ERR_OK)
                return err == ERR_NOT_FOUND || err == ERR_VERSION || err == ERR_TOO_BIG
                           ? ERR_CORRUPT
                           : err;
        }
    }
    *values_out = values;
    return ERR_OK;
}

/* ---- display ---- */

static bool values_differ(const struct reg *reg, const struct bytes *values)
{
    for (uint32_t i = 1; i < reg->sibling_count; i++) {
        if (!bytes_equal(values[0], values[i]))
            return true;
    }
    return false;
}

/* The sibling a set member is shown by: the best of those that add it. NULL: the member is absent.
 */
static const struct sibling *member_winner(const struct reg *reg)
{
    const struct sibling *winner = NULL;
    for (uint32_t i = 0; i < reg->sibling_count; i++) {
        const struct sibling *sibling = &reg->siblings[i];
        if ((sibling->flags & SIBLING_TRUE) != 0 &&
            (winner == NULL || sibling_outranks(sibling, winner)))
            winner = sibling;
    }
    return winner;
}

enum err deletion_seen(const struct reg *mark, const struct bytes *values, struct dot *seen_out,
                       uint32_t *count_out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < mark->sibling_count; i++) {
        struct dot dots[VV_ENTRIES_MAX];
        uint32_t dot_count = 0;
        /* Nothing can be said of what an unreadable one had seen: then it had seen nothing. */
        if ((mark->siblings[i].flags & SIBLING_TRUE) == 0 ||
            ctx_decode(values[i], mark->siblings[i].dot.origin, dots, &dot_count) != ERR_OK)
            continue;
        for (uint32_t d = 0; d < dot_count; d++) {
            uint32_t at = 0;
            while (at < count && !origin_equal(seen_out[at].origin, dots[d].origin))
                at++;
            if (at == VV_ENTRIES_MAX)
                return ERR_LIMIT;
            if (at == count)
                seen_out[count++] = dots[d];
            else if (seen_out[at].seq < dots[d].seq)
                seen_out[at].seq = dots[d].seq;
        }
    }
    *count_out = count;
    return ERR_OK;
}

static int dot_order(const void *a, const void *b)
{
    return dot_compare(*(const struct dot *)a, *(const struct dot *)b);
}

/* Deleted: the mark is set for display and the deleters had seen every live edit. */
static void show_deletion(const struct rec *rec, const struct bytes *values,
                          struct reading *reading)
{
    const struct reg *mark = rec->reg_count > 0 ? &rec->regs[0] : NULL;
    if (mark == NULL || mark->field != FIELD_DELETED)
        return;
    uint32_t marked = 0;
    for (uint32_t i = 0; i < mark->sibling_count; i++)
        marked += (mark->siblings[i].flags & SIBLING_TRUE) != 0;
    if (marked == 0)
        return;
    struct dot seen[VV_ENTRIES_MAX];
    uint32_t seen_count = 0;
    bool covered = deletion_seen(mark, values, seen, &seen_count) == ERR_OK;
    if (covered && seen_count > 0)
        qsort(seen, seen_count, sizeof(*seen), dot_order);
    covered = covered && rec_covered_by(rec, seen, seen_count);
    reading->view.deleted = covered && (reg_winner(mark)->flags & SIBLING_TRUE) != 0;
    reading->deletion_disputed = !covered || marked < mark->sibling_count;
}

static void show_reg(const struct reg *reg, const struct bytes *values, bool disputed,
                     struct record_view *view)
{
    bool set = reg->member.len > 0;
    const struct sibling *winner = set ? member_winner(reg) : reg_winner(reg);
    if (winner == NULL)
        return;
    struct bytes value = values[winner - reg->siblings];
    if (value_is_nil(value))
        return;
    view->fields[view->field_count++] = (struct view_field){
        .field = reg->field, .member = reg->member, .value = value, .disputed = disputed};
}

static void show_subject(const struct read_source *source, struct record_view *view)
{
    view->subject = rid_site(view->rid);
    if (!centres_has(source->centres, view->subject))
        return;
    view->subject = source->centres->sites[0]; /* the centre of today answers for all before it */
    if (source->facts->site_field == 0)
        return;
    struct bytes value = view_get(view, source->facts->site_field);
    struct mp_reader reader = mp_reader_of(value);
    uint64_t site = value.len > 0 ? mp_read_uint(&reader) : 0;
    if (site != 0 && reader.err == ERR_OK)
        view->subject = site;
}

enum err reading_make(const struct read_source *source, uint16_t kind, const uint8_t rid[RID_BYTES],
                      const struct rec *rec, struct reading *reading_out)
{
    struct reading reading = {.view.kind = kind};
    memcpy(reading.view.rid, rid, RID_BYTES);
    struct bytes *values = NULL;
    enum err err = reading_values(source, rec, &values);
    if (err != ERR_OK)
        return err;
    reading.view.fields = arena_take(source->arena, rec->reg_count * sizeof(*reading.view.fields));
    reading.disputed = arena_take(source->arena, rec->reg_count * sizeof(*reading.disputed));
    if (reading.view.fields == NULL || reading.disputed == NULL)
        return ERR_NO_MEMORY;
    show_deletion(rec, values, &reading);
    uint32_t at = 0;
    for (uint32_t r = 0; r < rec->reg_count; r++) {
        const struct reg *reg = &rec->regs[r];
        if (reg->field != FIELD_DELETED) {
            reading.disputed[r] = reg->member.len == 0 && values_differ(reg, &values[at]);
            show_reg(reg, &values[at], reading.disputed[r], &reading.view);
        }
        for (uint32_t s = 0; s < reg->sibling_count; s++)
            reading.value_bytes += values[at + s].len;
        at += reg->sibling_count;
    }
    show_subject(source, &reading.view);
    err = index_keys_of(source, rec, &reading);
    if (err == ERR_OK)
        *reading_out = reading;
    return err;
}

/* ---- one record for others ---- */

enum err state_get(struct store_txn *txn, const uint8_t key[RECORD_KEY_BYTES], struct arena *arena,
                   struct bytes *stored_out, struct rec *rec_out)
{
    struct bytes stored;
    enum err err = store_get(txn, NS_RECORD, bytes_of(key, RECORD_KEY_BYTES), &stored);
    if (err != ERR_OK)
        return err;
    stored.data = arena_copy(arena, stored.data, stored.len);
    if (stored.data == NULL)
        return ERR_NO_MEMORY;
    err = rec_decode(stored, arena, rec_out);
    if (err == ERR_OK)
        *stored_out = stored;
    return err;
}

void state_version(struct bytes stored, char version_out[VERSION_TEXT_BYTES])
{
    static const uint8_t key[SCRATCH_KEY_BYTES] = "record version";
    uint8_t hash[crypto_shorthash_siphashx24_BYTES];
    crypto_shorthash_siphashx24(hash, stored.data, stored.len, key);
    hex_encode(bytes_of(hash, (VERSION_TEXT_BYTES - 1) / 2), version_out);
}

static enum err view_read(struct store_txn *log, struct store_txn *txn, uint16_t kind,
                          const uint8_t rid[RID_BYTES], struct arena *arena,
                          struct bytes *stored_out, struct record_view *view_out)
{
    uint8_t key[RECORD_KEY_BYTES];
    record_key(kind, rid, key);
    struct rec rec;
    enum err err = state_get(txn, key, arena, stored_out, &rec);
    if (err != ERR_OK)
        return err;
    struct kind_facts facts = kind_facts_of(kind);
    struct centres centres;
    struct read_source source = {.log = log, .arena = arena, .facts = &facts, .centres = &centres};
    source.scratch = arena_take(arena, sizeof(*source.scratch));
    if (source.scratch == NULL)
        return ERR_NO_MEMORY;
    err = ledger_centres(txn, &centres);
    struct reading reading;
    if (err == ERR_OK)
        err = reading_make(&source, kind, rid, &rec, &reading);
    if (err == ERR_OK)
        *view_out = reading.view;
    return err;
}

enum err view_of(struct store_txn *log, struct store_txn *txn, uint16_t kind,
                 const uint8_t rid[RID_BYTES], struct arena *arena, struct record_view *view_out)
{
    struct bytes stored;
    return view_read(log, txn, kind, rid, arena, &stored, view_out);
}

enum err ledger_view(struct store_txn *txn, uint16_t kind, const uint8_t rid[RID_BYTES],
                     struct arena *arena, struct record_view *view_out, char *version_out)
{
    struct bytes stored;
    enum err err = view_read(txn, txn, kind, rid, arena, &stored, view_out);
    if (err == ERR_OK && version_out != NULL)
        state_version(stored, version_out);
    return err;
}
