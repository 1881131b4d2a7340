#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

/* People at work: they make, change, delete and annotate records wherever they are, and are told
 * "saved" only after the commit. */

enum { VALUE_BYTES = 256 };

struct pen {
    struct sim *sim;
    struct sim_place *place;
    const struct kind *kind;
    struct change_write writes[SIM_WRITES_A_CHANGE_MAX];
    uint32_t count;
    uint8_t bytes[SIM_WRITES_A_CHANGE_MAX][2][VALUE_BYTES];
};

static struct bytes keep(uint8_t to[VALUE_BYTES], const struct mp_buf *buf)
{
    if (buf->len > 0)
        memcpy(to, buf->data, buf->len < VALUE_BYTES ? buf->len : VALUE_BYTES);
    return bytes_of(to, buf->len);
}

static void put(struct pen *pen, const char *field_name, const char *text)
{
    const struct field *field = field_by_name(pen->kind, field_name);
    struct mp_buf value;
    struct err_info info = {0};

    mp_buf_init(&value, VALUE_BYTES);
    if (field == NULL || field_from_text(field, text, &value, &info) != ERR_OK)
        sim_fail(pen->sim, "%s=%s: %s", field_name, text, info.text);
    else {
        struct change_write *write = &pen->writes[pen->count];
        if (field->set) {
            *write = (struct change_write){.field = field->number,
                                           .member = keep(pen->bytes[pen->count][0], &value)};
            mp_buf_reset(&value);
            mp_put_bool(&value, rng_below(&pen->sim->rng, 4) != 0);
            write->value = keep(pen->bytes[pen->count][1], &value);
        } else {
            *write = (struct change_write){.field = field->number,
                                           .value = keep(pen->bytes[pen->count][1], &value)};
        }
        pen->count++;
    }
    mp_buf_deinit(&value);
}

static void attach(struct pen *pen)
{
    const struct field *field = field_by_name(pen->kind, "files");
    static uint8_t content[3 * BLOB_CHUNK_BYTES];
    uint8_t hash[HASH_BYTES];
    struct mp_buf buf;
    struct err_info info = {0};
    size_t len = 1 + rng_below(&pen->sim->rng, sizeof(content) - 1);

    put_u64(content, rng_next(&pen->sim->rng));
    if (blobs_add_bytes(pen->place->blobs, bytes_of(content, len), hash, &info) != ERR_OK)
        return;
    mp_buf_init(&buf, VALUE_BYTES);
    mp_put_bin(&buf, bytes_of(hash, sizeof(hash)));
    struct change_write *write = &pen->writes[pen->count];
    *write = (struct change_write){.field = field->number,
                                   .member = keep(pen->bytes[pen->count][0], &buf)};
    mp_buf_reset(&buf);
    mp_put_array(&buf, 3);
    mp_put_str(&buf, bytes_of_text("photo.jpg"));
    mp_put_str(&buf, bytes_of_text("image/jpeg"));
    mp_put_uint(&buf, len);
    write->value = keep(pen->bytes[pen->count][1], &buf);
    if (mp_buf_err(&buf) == ERR_OK && write->member.len > 0) /* else memory is short */
        pen->count++;
    mp_buf_deinit(&buf);
}

static void fill(struct pen *pen, bool create)
{
    static const char *const bands[] = {"NC", "PC", "C", "CP"};
    struct rng *rng = &pen->sim->rng;
    char text[32];

    (void)snprintf(text, sizeof(text), "text %u", rng_below(rng, 1000));
    switch (pen->kind->number) {
    case KIND_ASSESSMENT:
        if (create) {
            put(pen, "element", element_id((uint8_t)(1 + rng_below(rng, ELEMENTS))));
            put(pen, "assessed_on", "2026-05-04");
        }
        put(pen, "band", bands[rng_below(rng, 4)]);
        if (rng_below(rng, 2) == 0)
            put(pen, "reason", text);
        break;
    case KIND_EVIDENCE:
        if (create || rng_below(rng, 2) == 0)
            put(pen, "title", text);
        put(pen, "elements", element_id((uint8_t)(1 + rng_below(rng, 5))));
        if (rng_below(rng, 8) == 0)
            attach(pen);
        break;
    case KIND_COMPLAINT:
        if (create)
            put(pen, "received_on", "2026-03-02");
        put(pen, "name", text);
        put(pen, "status", rng_below(rng, 2) == 0 ? "open" : "closed");
        break;
    default:
        put(pen, "wave", "2026");
        put(pen, "overall", (const char *[]){"1", "2", "3", "4", "5"}[rng_below(rng, 5)]);
        break;
    }
}

static struct sim_record *pick_record(struct sim *sim, const struct sim_place *place)
{
    for (int attempt = 0; attempt < 8 && sim->record_count > 0; attempt++) {
        struct sim_record *record = &sim->records[rng_below(&sim->rng, sim->record_count)];
        if (place->index < 0 || record->home == place->index)
            return record;
    }
    return NULL;
}

static void note(struct sim *sim, struct sim_place *place, const struct pen *pen,
                 const struct written *written, bool create)
{
    if (sim->write_count == SIM_WRITES_MAX || sim->record_count == SIM_RECORDS_MAX) {
        sim_fail(sim, "too many writes for one run");
        return;
    }
    struct sim_write *write = &sim->writes[sim->write_count++];
    *write =
        (struct sim_write){.place = place->index, .kind = pen->kind->number, .dot = written->dot};
    memcpy(write->rid, written->rid, RID_BYTES);
    if (create) {
        struct sim_record *record = &sim->records[sim->record_count++];
        *record = (struct sim_record){.kind = pen->kind->number, .home = place->index};
        memcpy(record->rid, written->rid, RID_BYTES);
    }
}

/* A commit that failed or a write that was refused leaves nothing behind. A ledger that cannot go
 * back ends the process. */
static void forgotten(struct sim_place *place, enum err err)
{
    if (err == ERR_NO_MEMORY && place->sim->scarce)
        place_crash(place, rng_below(&place->sim->rng, 5000));
    else if (err != ERR_OK)
        sim_fail(place->sim, "the ledger cannot go back");
}

static void after(struct sim_place *place, const struct pen *pen, const struct sim_saved *saved,
                  bool create)
{
    struct sim *sim = place->sim;

    if (saved->outcome == STORE_DURABLE) {
        note(sim, place, pen, &saved->written, create);
        engine_saved(place);
    } else if (saved->outcome == STORE_NOT) {
        forgotten(place, saved->forgot);
    } else {
        place_crash(place, rng_below(&sim->rng, 5000));
    }
}

void write_something(struct sim *sim, struct sim_place *place)
{
    static const uint16_t kinds[] = {KIND_ASSESSMENT, KIND_EVIDENCE, KIND_COMPLAINT, KIND_RESPONSE};
    struct pen pen = {.sim = sim, .place = place};
    struct change change = {.author = "someone"};
    struct sim_saved saved;
    struct err_info info = {0};
    uint8_t random[48];

    struct sim_record *record =
        rng_below(&sim->rng, 5) < 2 || place->index < 0 ? pick_record(sim, place) : NULL;
    if (record == NULL && place->index < 0)
        return;
    change.create = record == NULL;
    change.kind = record != NULL ? record->kind : kinds[rng_below(&sim->rng, 4)];
    pen.kind = kind_by_number(change.kind);
    if (record != NULL)
        memcpy(change.rid, record->rid, RID_BYTES);
    change.remove = record != NULL && rng_below(&sim->rng, 12) == 0;
    if (!change.remove)
        fill(&pen, change.create);
    change.writes = pen.writes;
    change.write_count = pen.count;
    for (size_t i = 0; i < sizeof(random); i++)
        random[i] = (uint8_t)rng_next(&sim->rng);
    enum err err = engine_write(place, &change, random, &saved, &info);
    if (err == ERR_OK)
        after(place, &pen, &saved, change.create);
    if (err == ERR_OK || err == ERR_BUSY)
        return;
    forgotten(place, saved.forgot);
    if (err == ERR_NO_MEMORY && sim->scarce)
        return;
    if (err != ERR_FULL && err != ERR_NOT_FOUND && err != ERR_LIMIT)
        sim_fail(sim, "a proper change was refused: %s: %s", err_text(err), info.text);
}
