#include "lib/ledger/ledger_private.h"

/* A broker's rules for what others send. Operations commute, so a verdict should not depend on what
 * came before: the first half looks at the operation alone. The second looks at its place, and
 * depends on the order of arrival only where the record is one of the centre's whose addressee
 * changes at that moment, or where its limits are reached. */

enum { FILE_TEXT_BYTES_MAX = 255 };

/* Set members are true, or, for files, what the file is called and holds; false takes them out. */
enum err check_set_value(const struct field *field, struct bytes value, struct err_info *why)
{
    struct mp_reader reader = mp_reader_of(value);
    if (mp_peek(&reader) == MP_BOOL && value.len == 1)
        return ERR_OK;
    if (field->type == FIELD_FILE && mp_peek(&reader) == MP_ARRAY) {
        uint32_t items = mp_read_array(&reader);
        struct bytes name = mp_read_str(&reader);
        struct bytes media = mp_read_str(&reader);
        (void)mp_read_uint(&reader);
        if (items == 3 && reader.err == ERR_OK && mp_at_end(&reader) &&
            name.len <= FILE_TEXT_BYTES_MAX && media.len <= FILE_TEXT_BYTES_MAX)
            return ERR_OK;
    }
    return err_set(why, ERR_INVALID, "%s: a member is added with true%s and removed with false",
                   field->name,
                   field->type == FIELD_FILE ? N_(" or [name, media type, bytes]") : "");
}

static enum err check_write(const struct kind *kind, const struct op_write *write,
                            struct err_info *why)
{
    if (write->field == FIELD_DELETED)
        return ERR_OK; /* its form was checked when it was decoded; what it says it has seen is only
                          compared */
    const struct field *field = field_by_number(kind, write->field);
    if (field == NULL)
        return ERR_OK;
    if (field->set != (write->member.len > 0))
        return err_set(why, ERR_INVALID, "%s: %s", field->name,
                       field->set ? N_("a set is written member by member") : N_("is not a set"));
    if (write->value.len == 0)
        return ERR_OK; /* erased */
    if (!field->set)
        return field_check(field, write->value, why);
    enum err err = field_check(field, write->member, why);
    return err == ERR_OK ? check_set_value(field, write->value, why) : err;
}

enum err check_alone(const struct kind *kind, const struct op *op, struct err_info *why)
{
    enum err err = ERR_OK;
    for (uint16_t i = 0; kind != NULL && err == ERR_OK && i < op->write_count; i++)
        err = check_write(kind, &op->writes[i], why);
    return err;
}

static struct bytes written_value(const void *context, uint16_t field)
{
    const struct op *op = context;
    for (uint16_t i = 0; i < op->write_count; i++) {
        if (op->writes[i].field == field && op->writes[i].member.len == 0)
            return op->writes[i].value;
    }
    return bytes_of(NULL, 0);
}

static bool writes_something(const struct op *op, uint16_t field)
{
    for (uint16_t i = 0; i < op->write_count; i++) {
        if (op->writes[i].field == field && value_is_true(op->writes[i].value))
            return true;
        if (op->writes[i].field == field && op->writes[i].member.len == 0)
            return !value_is_nil(op->writes[i].value); /* a plain `false` is a value */
    }
    return false;
}

/* An operation that makes a record says everything a record of its kind must say. */
static enum err check_whole(const struct kind *kind, const struct op *op, struct err_info *why)
{
    for (uint32_t i = 0; i < kind->field_count; i++) {
        if (kind->fields[i].required && !writes_something(op, kind->fields[i].number))
            return err_set(why, ERR_INVALID, "%s: is required", kind->fields[i].name);
    }
    const char *wrong = kind_fault(kind, (struct kind_view){.context = op, .get = written_value});
    return wrong == NULL ? ERR_OK : err_set(why, ERR_INVALID, "%s", wrong);
}

enum err check_placed(const struct ledger *ledger, const struct kind *kind, const struct op *op,
                      bool fresh, const struct record_view *before, struct err_info *why)
{
    uint64_t writer = op->dot.origin.site;
    uint64_t maker = rid_site(op->rid);
    bool by_centre = centres_has(&ledger->centres, writer);
    if (kind != NULL && kind->central && !by_centre)
        return err_set(why, ERR_DENIED, "a %s is written at the centre only", kind->name);
    bool own = by_centre || writer == maker;
    bool addressed = centres_has(&ledger->centres, maker) && !fresh && before->subject == writer;
    if (!own && !addressed)
        return err_set(why, ERR_NOT_YOURS, "the record belongs to another site");
    /* An edit may come before what it edits when another site made the record, and a mark alone
     * makes nothing. */
    bool makes = fresh && writer == maker && op->writes[0].field != FIELD_DELETED;
    return makes && kind != NULL ? check_whole(kind, op, why) : ERR_OK;
}
