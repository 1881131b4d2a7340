/* Rules over several fields of one record. A field that is absent, erased or not of its type breaks
 * no rule here: what a single value may be is field_check's to say. */
#include "proto/record/kinds_tables.h"

enum { BAND_NOT_APPLICABLE = 5 };

static bool get_int(struct kind_view view, uint16_t field, int64_t *value_out)
{
    struct bytes value = view.get(view.context, field);
    if (value.len == 0)
        return false;
    struct mp_reader reader = mp_reader_of(value);
    enum mp_type type = mp_peek(&reader);
    if (type != MP_UINT && type != MP_INT)
        return false;
    int64_t number = mp_read_int(&reader);
    if (reader.err != ERR_OK)
        return false;
    *value_out = number;
    return true;
}

static bool is_absent(struct kind_view view, uint16_t field)
{
    struct bytes value = view.get(view.context, field);
    if (value.len == 0)
        return true;
    struct mp_reader reader = mp_reader_of(value);
    return mp_peek(&reader) == MP_NIL;
}

/* Both known and the second smaller than the first. */
static bool is_before(struct kind_view view, uint16_t first, uint16_t second)
{
    int64_t a, b;
    return get_int(view, first, &a) && get_int(view, second, &b) && b < a;
}

const char *kind_check_assessment(struct kind_view view)
{
    int64_t band;
    if (get_int(view, ASSESSMENT_BAND, &band) && band == BAND_NOT_APPLICABLE &&
        is_absent(view, ASSESSMENT_REASON))
        return "band NA needs a reason: say why the element does not apply";
    return NULL;
}

const char *kind_check_evidence(struct kind_view view)
{
    if (is_before(view, EVIDENCE_PERIOD_FROM, EVIDENCE_PERIOD_TO))
        return "period_to is before period_from";
    return NULL;
}

const char *kind_check_complaint(struct kind_view view)
{
    if (is_before(view, COMPLAINT_RECEIVED_ON, COMPLAINT_ACKNOWLEDGED_ON))
        return "acknowledged_on is before received_on";
    if (is_before(view, COMPLAINT_RECEIVED_ON, COMPLAINT_RESPONDED_ON))
        return "responded_on is before received_on";
    if (is_before(view, COMPLAINT_RECEIVED_ON, COMPLAINT_CLOSED_ON))
        return "closed_on is before received_on";
    return NULL;
}

const char *kind_check_survey(struct kind_view view)
{
    if (is_before(view, SURVEY_STARTED_ON, SURVEY_ENDED_ON))
        return "ended_on is before started_on";
    return NULL;
}

const char *kind_check_standard(struct kind_view view)
{
    if (is_before(view, STANDARD_STARTS_ON, STANDARD_ENDS_ON))
        return "ends_on is before starts_on";
    return NULL;
}

const char *kind_check_measurement(struct kind_view view)
{
    if (is_before(view, MEASUREMENT_PERIOD_FROM, MEASUREMENT_PERIOD_TO))
        return "period_to is before period_from";
    if (is_before(view, MEASUREMENT_WITHIN, MEASUREMENT_TOTAL))
        return "within is greater than total";
    return NULL;
}
