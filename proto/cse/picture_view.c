#include "proto/cse/picture_cells.h"

#include "proto/record/mp.h"

static const struct view_field *find_plain(const struct record_view *view, uint16_t field)
{
    for (uint32_t i = 0; i < view->field_count; i++) {
        if (view->fields[i].field == field && view->fields[i].member.len == 0)
            return &view->fields[i];
    }
    return NULL;
}

struct bytes view_get(const struct record_view *view, uint16_t field)
{
    const struct view_field *found = find_plain(view, field);
    return found == NULL ? bytes_of(NULL, 0) : found->value;
}

bool view_disputed(const struct record_view *view, uint16_t field)
{
    const struct view_field *found = find_plain(view, field);
    return found != NULL && found->disputed;
}

static bool read_int(struct bytes value, int64_t *number_out)
{
    struct mp_reader reader = mp_reader_of(value);
    int64_t number;
    switch (mp_peek(&reader)) {
    case MP_UINT:
    case MP_INT:
        number = mp_read_int(&reader);
        break;
    case MP_BOOL:
        number = mp_read_bool(&reader) ? 1 : 0;
        break;
    case MP_NIL:
    case MP_STR:
    case MP_BIN:
    case MP_ARRAY:
    case MP_MAP:
    case MP_END:
    case MP_BAD:
    default:
        return false;
    }
    if (reader.err != ERR_OK)
        return false;
    *number_out = number;
    return true;
}

bool view_int(const struct record_view *view, uint16_t field, int64_t *number_out)
{
    return read_int(view_get(view, field), number_out);
}

bool view_day(const struct record_view *view, uint16_t field, int32_t *day_out)
{
    int64_t number;
    if (!view_int(view, field, &number) || number < CIVIL_DAY_MIN || number > CIVIL_DAY_MAX)
        return false;
    *day_out = (int32_t)number;
    return true;
}

uint64_t view_elements(const struct record_view *view, uint16_t field)
{
    uint64_t places = 0;
    for (uint32_t i = 0; i < view->field_count; i++) {
        int64_t place;
        if (view->fields[i].field == field && view->fields[i].member.len > 0 &&
            read_int(view->fields[i].member, &place) && place >= 1 && place <= ELEMENTS)
            places |= UINT64_C(1) << (place - 1);
    }
    return places;
}
