#include "lib/ledger/ledger_private.h"

#include <assert.h>

#include "proto/record/fields.h"

/* From what somebody wants changed to the draft of an operation: every value is checked, the record
 * that would come out is checked, and each write says what it has seen, so that it replaces exactly
 * that. */

static const struct change_write *written(const struct change *change, uint16_t field,
                                          struct bytes member)
{
    for (uint32_t i = 0; i < change->write_count; i++) {
        if (change->writes[i].field == field && bytes_equal(change->writes[i].member, member))
            return &change->writes[i];
    }
    return NULL;
}

static enum err check_undelete(const struct change_write *write, struct err_info *info)
{
    bool right = write->member.len == 0 && write->value.len == 1 && !value_is_true(write->value);
    return right ? ERR_OK
                 : err_set(info, ERR_INVALID,
                           "the deletion mark is only taken back by a write, with false");
}

static enum err check_write(const struct kind *kind, const struct change_write *write,
                            struct err_info *info)
{
    if (mp_scan(write->value) != ERR_OK)
        return err_set(info, ERR_INVALID, "field %u: the value is malformed", write->field);
    if (write->field == FIELD_DELETED)
        return check_undelete(write, info);
    const struct field *field = field_by_number(kind, write->field);
    if (field == NULL)
        return err_set(info, ERR_INVALID, "a %s has no field %u", kind->name, write->field);
    if (!field->set)
        return write->member.len > 0 ? err_set(info, ERR_INVALID, "%s: is not a set", field->name)
                                     : field_check(field, write->value, info);
    if (write->member.len == 0)
        return err_set(info, ERR_INVALID, "%s: a set is written member by member", field->name);
    if (write->member.len > MEMBER_BYTES_MAX)
        return err_set(info, ERR_INVALID, "%s: a member has at most %d bytes", field->name,
                       (int)MEMBER_BYTES_MAX);
    if (mp_scan(write->member) != ERR_OK)
        return err_set(info, ERR_INVALID, "%s: the member is malformed", field->name);
    enum err err = field_check(field, write->member, info);
    return err == ERR_OK ? check_set_value(field, write->value, info) : err;
}

static enum err check_writes(const struct drafting *drafting, struct err_info *info)
{
    const struct change *change = drafting->change;
    if (change->write_count == 0)
        return err_set(info, ERR_INVALID, "nothing is written");
    if (change->write_count > OP_WRITES_MAX)
        return err_set(info, ERR_TOO_BIG, "%u fields in one change; at most %d",
                       change->write_count, (int)OP_WRITES_MAX);
    for (uint32_t i = 0; i < change->write_count; i++) {
        const struct change_write *write = &change->writes[i];
        enum err err = check_write(drafting->kind, write, info);
        if (err != ERR_OK)
            return err;
        if (written(change, write->field, write->member) != write)
            return err_set(info, ERR_INVALID, "field %u is written twice", write->field);
    }
    return ERR_OK;
}

/* A plain field of the record as it would be. */
static struct bytes resulting_value(const void *context, uint16_t field)
{
    const struct drafting *drafting = context;
    const struct change_write *write = written(drafting->change, field, bytes_of(NULL, 0));
    if (write != NULL)
        return value_is_nil(write->value) ? bytes_of(NULL, 0) : write->value;
    return drafting->before == NULL ? bytes_of(NULL, 0) : view_get(drafting->before, field);
}

static bool set_has_members(const struct drafting *drafting, uint16_t field)
{
    const struct change *change = drafting->change;
    for (uint32_t i = 0; i < change->write_count; i++) {
        if (change->writes[i].field == field && value_is_true(change->writes[i].value))
            return true;
    }
    for (uint32_t i = 0; drafting->before != NULL && i < drafting->before->field_count; i++) {
        const struct view_field *shown = &drafting->before->fields[i];
        if (shown->field == field && written(change, field, shown->member) == NULL)
            return true;
    }
    return false;
}

/* Does the change touch the field in any way? An edit answers only for what it touches. */
static bool touches(const struct change *change, uint16_t field)
{
    for (uint32_t i = 0; i < change->write_count; i++) {
        if (change->writes[i].field == field)
            return true;
    }
    return false;
}

static enum err check_result(const struct drafting *drafting, struct err_info *info)
{
    const struct kind *kind = drafting->kind;
    for (uint32_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        if (!field->required ||
            (drafting->before != NULL && !touches(drafting->change, field->number)))
            continue;
        bool there = field->set ? set_has_members(drafting, field->number)
                                : resulting_value(drafting, field->number).len > 0;
        if (!there)
            return err_set(info, ERR_INVALID, "%s: is required", field->name);
    }
    const char *wrong =
        kind_fault(kind, (struct kind_view){.context = drafting, .get = resulting_value});
    return wrong == NULL ? ERR_OK : err_set(info, ERR_INVALID, "%s", wrong);
}

/* Evidence that was made from records says what they said then: only the nod, and notes, are added.
 */
static enum err check_frozen(const struct drafting *drafting, struct err_info *info)
{
    if (drafting->kind->number != KIND_EVIDENCE || drafting->before == NULL)
        return ERR_OK;
    struct bytes generated = view_get(drafting->before, EVIDENCE_GENERATED);
    struct bytes period = view_get(drafting->before, EVIDENCE_PERIOD);
    if (generated.len == 0 || !value_is_true(generated) || period.len == 0)
        return ERR_OK;
    for (uint32_t i = 0; i < drafting->change->write_count; i++) {
        uint16_t field = drafting->change->writes[i].field;
        if (field != EVIDENCE_ACCEPTED_ON && field != EVIDENCE_ACCEPTED_BY &&
            field != EVIDENCE_NOTES && field != FIELD_DELETED)
            return err_set(info, ERR_DENIED,
                           "this evidence was made from the records and stays as it is; only "
                           "accepted_on, accepted_by and notes can be set");
    }
    return ERR_OK;
}

/* Checks all but who may write. */
enum err draft_check(struct ledger *ledger, const struct drafting *drafting, struct err_info *info)
{
    (void)ledger;
    const struct change *change = drafting->change;
    const char *author = change->author == NULL ? "" : change->author;
    if (strnlen(author, AUTHOR_BYTES_MAX + 1) > AUTHOR_BYTES_MAX ||
        !utf8_valid(bytes_of_text(author)))
        return err_set(info, ERR_INVALID, "the author's name is at most %d bytes of UTF-8",
                       (int)AUTHOR_BYTES_MAX);
    bool undeletes = touches(change, FIELD_DELETED);
    if (drafting->before != NULL && drafting->before->deleted && (change->remove || !undeletes))
        return err_set(info, ERR_NOT_FOUND, "the record was deleted");
    enum err frozen = check_frozen(drafting, info);
    if (frozen != ERR_OK)
        return frozen;
    if (change->remove)
        return change->write_count == 0 && !change->create
                   ? ERR_OK
                   : err_set(info, ERR_INVALID, "a deletion writes nothing else");
    if (change->create && undeletes)
        return err_set(info, ERR_INVALID, "a new record is not deleted");
    enum err err = check_writes(drafting, info);
    return err == ERR_OK ? check_result(drafting, info) : err;
}

/* ---- what each write has seen ---- */

static int origin_order(struct origin a, struct origin b)
{
    return dot_compare((struct dot){.origin = a}, (struct dot){.origin = b});
}

/* Own operations that are logged but not in the state yet were seen too: their writer is this one.
 */
static enum err raise_own(const struct drafting *drafting, struct dot *dots, uint32_t *count)
{
    if (drafting->unapplied_seq == 0)
        return ERR_OK;
    uint32_t at = 0;
    while (at < *count && origin_order(dots[at].origin, drafting->self) < 0)
        at++;
    if (at < *count && origin_equal(dots[at].origin, drafting->self)) {
        dots[at].seq = drafting->unapplied_seq;
        return ERR_OK;
    }
    if (*count == VV_ENTRIES_MAX)
        return ERR_LIMIT;
    memmove(&dots[at + 1], &dots[at], (*count - at) * sizeof(*dots));
    dots[at] = (struct dot){.origin = drafting->self, .seq = drafting->unapplied_seq};
    (*count)++;
    return ERR_OK;
}

static enum err put_seen(const struct drafting *drafting, struct dot *seen,
                         struct op_draft_write *write)
{
    const struct reg *reg = rec_find(drafting->rec, write->field, write->member);
    uint32_t count = reg == NULL ? 0 : reg->ctx_count;
    if (count > 0)
        memcpy(seen, reg->ctx, count * sizeof(*seen));
    enum err err = raise_own(drafting, seen, &count);
    write->ctx = seen;
    write->ctx_count = count;
    return err;
}

static enum err make_deletion(struct ledger *ledger, const struct drafting *drafting)
{
    struct draft *draft = &ledger->draft;
    struct dot *seen = draft->seen[OP_WRITES_MAX];
    uint32_t count = 0;
    enum err err = rec_seen(drafting->rec, seen, &count);
    if (err == ERR_OK)
        err = raise_own(drafting, seen, &count);
    if (err != ERR_OK)
        return err;
    mp_buf_reset(&draft->deletion);
    ctx_encode(&draft->deletion, drafting->self, seen, count);
    draft->writes[0] =
        (struct op_draft_write){.field = FIELD_DELETED, .value = mp_buf_bytes(&draft->deletion)};
    err = mp_buf_err(&draft->deletion);
    return err == ERR_OK ? put_seen(drafting, draft->seen[0], &draft->writes[0]) : err;
}

static enum err make_writes(struct ledger *ledger, const struct drafting *drafting)
{
    struct draft *draft = &ledger->draft;
    const struct change *change = drafting->change;
    enum err err = ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < change->write_count; i++) {
        const struct change_write *from = &change->writes[i];
        const struct field *field = field_by_number(drafting->kind, from->field);
        /* A cleared field says nothing of a person: its nil need not be erasable. */
        bool personal =
            field != NULL && field->personal && !field->set && !value_is_nil(from->value);
        draft->writes[i] = (struct op_draft_write){.field = from->field,
                                                   .personal = personal,
                                                   .member = from->member,
                                                   .value = from->value};
        err = put_seen(drafting, draft->seen[i], &draft->writes[i]);
    }
    return err;
}

enum err draft_make(struct ledger *ledger, const struct drafting *drafting,
                    struct op_draft *draft_out)
{
    const struct change *change = drafting->change;
    struct draft *draft = &ledger->draft;
    enum err err = change->remove ? make_deletion(ledger, drafting) : make_writes(ledger, drafting);
    if (err != ERR_OK)
        return err;
    mp_buf_reset(&draft->ext);
    if (change->batch != NULL) {
        mp_put_map(&draft->ext, 1);
        mp_put_uint(&draft->ext, OP_EXT_BATCH);
        mp_put_bin(&draft->ext, bytes_of(change->batch, 16));
    }
    /* who wrote in a local record is one of the things that stay */
    bool unnamed = change->author == NULL || drafting->kind->local;
    *draft_out = (struct op_draft){.kind = change->kind,
                                   .author = bytes_of_text(unnamed ? "" : change->author),
                                   .ext = mp_buf_bytes(&draft->ext),
                                   .writes = draft->writes,
                                   .write_count = change->remove ? 1 : change->write_count};
    memcpy(draft_out->rid, drafting->rid, RID_BYTES);
    return mp_buf_err(&draft->ext);
}
