#include "proto/cse/standards.h"

#include "proto/cse/picture_cells.h"
#include "proto/record/fields.h"

static struct cell cell_of(const struct record_view *view, enum cell_view cell_view,
                           struct bytes standard)
{
    struct cell cell = {.key_len = CELL_STANDARD_BYTES};
    cell.key[0] = (uint8_t)cell_view;
    put_u64(cell.key + 1, view->subject);
    memcpy(cell.key + CELL_HEAD_BYTES, standard.data, RID_BYTES);
    return cell;
}

void contribute_standard(const struct record_view *view,
                         void (*emit)(void *context, const struct cell *cell), void *context)
{
    struct cell cell = cell_of(view, CELL_STANDARD, bytes_of(view->rid, RID_BYTES));
    int64_t number;
    int32_t day;
    cell.count = STANDARD_NUMBERS;
    /* never all zero: a standard without dates and target still exists */
    cell.numbers[STANDARD_NUMBER_STARTS] = 1;
    if (view_day(view, STANDARD_STARTS_ON, &day))
        cell.numbers[STANDARD_NUMBER_STARTS] = cell_day(day);
    if (view_day(view, STANDARD_ENDS_ON, &day))
        cell.numbers[STANDARD_NUMBER_ENDS] = cell_day(day);
    if (view_int(view, STANDARD_TARGET_SHARE, &number) && number >= 0 && number <= 100)
        cell.numbers[STANDARD_NUMBER_TARGET] = number + 1;
    if (view_int(view, STANDARD_TYPE, &number) && number >= 1 && number <= STANDARD_OTHER)
        cell.numbers[STANDARD_NUMBER_TYPE] = number;
    emit(context, &cell);
}

void contribute_measurement(const struct record_view *view,
                            void (*emit)(void *context, const struct cell *cell), void *context)
{
    struct mp_reader reader = mp_reader_of(view_get(view, MEASUREMENT_STANDARD));
    struct bytes standard = mp_read_bin(&reader);
    int64_t total, within;
    int32_t day;
    if (reader.err != ERR_OK || standard.len != RID_BYTES ||
        !view_day(view, MEASUREMENT_PERIOD_TO, &day) ||
        !view_int(view, MEASUREMENT_TOTAL, &total) ||
        !view_int(view, MEASUREMENT_WITHIN, &within) || within < 0 || within > total)
        return;
    struct cell cell = cell_of(view, CELL_MEASUREMENT, standard);
    put_u32(cell.key + cell.key_len, cell_day(day));
    cell.key_len = CELL_MEASUREMENT_BYTES;
    cell.count = MEASUREMENT_NUMBERS;
    cell.numbers[MEASUREMENT_NUMBER_TOTAL] = total;
    cell.numbers[MEASUREMENT_NUMBER_WITHIN] = within;
    cell.numbers[MEASUREMENT_NUMBER_RECORDS] = 1;
    cell.numbers[MEASUREMENT_NUMBER_ACTED] = view_get(view, MEASUREMENT_ACTION).len > 0;
    cell.numbers[MEASUREMENT_NUMBER_EXPLAINED] = view_get(view, MEASUREMENT_EXPLANATION).len > 0;
    emit(context, &cell);
}
