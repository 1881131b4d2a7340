/* Rules over several fields of one record. A field that is absent, erased or not of its type breaks
 * no rule here: what a single value may be is field_check's to say. */
#include "proto/base/limits.h"
#include "proto/record/kinds_tables.h"

enum { BAND_NOT_APPLICABLE = 5 };

bool rule_int(struct kind_view view, uint16_t field, int64_t *value_out)
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

bool rule_absent(struct kind_view view, uint16_t field)
{
    struct bytes value = view.get(view.context, field);
    if (value.len == 0)
        return true;
    struct mp_reader reader = mp_reader_of(value);
    return mp_peek(&reader) == MP_NIL;
}

const char *kind_fault(const struct kind *kind, struct kind_view view)
{
    for (const struct field_order *order = kind->orders; order != NULL && order->fault != NULL;
         order++) {
        int64_t first, second;
        if (rule_int(view, order->first, &first) && rule_int(view, order->second, &second) &&
            second < first)
            return order->fault;
    }
    return kind->check == NULL ? NULL : kind->check(view);
}

const char *kind_check_assessment(struct kind_view view)
{
    int64_t band;
    if (rule_int(view, ASSESSMENT_BAND, &band) && band == BAND_NOT_APPLICABLE &&
        rule_absent(view, ASSESSMENT_REASON))
        return N_("band NA needs a reason: say why the element does not apply");
    return NULL;
}

const char *kind_check_complaint(struct kind_view view)
{
    if (!rule_absent(view, COMPLAINT_EXTENDED_ON) && rule_absent(view, COMPLAINT_EXTENSION_REASON))
        return N_("an extension needs its reason: give extension_reason");
    if (!rule_absent(view, COMPLAINT_STAGE2_EXTENDED_ON) &&
        rule_absent(view, COMPLAINT_STAGE2_EXTENSION_REASON))
        return N_("an extension needs its reason: give stage2_extension_reason");
    return NULL;
}

/* ISO guidance asks for an end or a review; here data is shared for a time that ends. */
const char *kind_check_agreement(struct kind_view view)
{
    int64_t type;
    if (rule_int(view, AGREEMENT_TYPE, &type) && type == AGREEMENT_TYPE_SHARING &&
        rule_absent(view, AGREEMENT_EXPIRES_ON))
        return N_("an agreement on sharing data needs the day it expires: give expires_on");
    return NULL;
}

const char *kind_check_competency_summary(struct kind_view view)
{
    int64_t raters, people;
    if (rule_int(view, COMPETENCY_SUMMARY_RATERS, &raters) && raters < SUMMARY_PEOPLE_MIN)
        return N_("a summary of fewer than four raters would show who said what");
    if (rule_int(view, COMPETENCY_SUMMARY_PEOPLE, &people) && people < SUMMARY_PEOPLE_MIN)
        return N_("a summary of fewer than four people would show a person's rating");
    if (rule_int(view, COMPETENCY_SUMMARY_SCORE_PEOPLE, &people) && people < SUMMARY_PEOPLE_MIN)
        return N_("a mean of fewer than four people would show a person's; leave out score_sum and "
                  "score_people");
    return NULL;
}

/* ---- counts ---- */

/* Is the field a list of exactly `count` numbers of at most `max`? Absent and erased ones are. */
static bool counts_fit(struct kind_view view, uint16_t field, uint32_t count, int64_t max)
{
    struct bytes value = view.get(view.context, field);
    struct mp_reader reader = mp_reader_of(value);
    if (value.len == 0 || mp_peek(&reader) != MP_ARRAY)
        return true;
    if (mp_read_array(&reader) != count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (mp_read_int(&reader) > max)
            return false;
    }
    return true;
}

const char *kind_check_competency(struct kind_view view)
{
    static const uint8_t indicators[] = {6, 4, 6, 4, 5};
    for (uint16_t i = 0; i < sizeof(indicators); i++) {
        if (!counts_fit(view, (uint16_t)(COMPETENCY_LEVEL1 + i), indicators[i], 1))
            return N_("levels 1 to 5 have 6, 4, 6, 4 and 5 indicators; write 1 for each that was "
                      "shown and 0 for each that was not");
    }
    if (!counts_fit(view, COMPETENCY_NEGATIVE, 6, 1))
        return N_("there are 6 negative indicators; write 1 for each that was seen and 0 for each "
                  "that was not");
    return NULL;
}

/* As many answers a level as there are questions is known where the question set is. */
const char *kind_check_csm_rating(struct kind_view view)
{
    for (uint16_t field = CSM_RATING_LEVEL1; field <= CSM_RATING_LEVEL3; field++) {
        struct bytes value = view.get(view.context, field);
        struct mp_reader reader = mp_reader_of(value);
        uint32_t count = value.len > 0 && mp_peek(&reader) == MP_ARRAY ? mp_read_array(&reader) : 0;
        if (!counts_fit(view, field, count, 2))
            return N_("each question is scored 0 (no), 1 (in part) or 2 (yes)");
    }
    return NULL;
}

const char *kind_check_survey_result(struct kind_view view)
{
    int64_t measure;
    if (!rule_int(view, SURVEY_RESULT_MEASURE, &measure))
        return NULL;
    uint32_t answers = measure == DRIVER_EASE ? 7 : measure == DRIVER_RECOMMEND ? 11 : 5;
    if (!counts_fit(view, SURVEY_RESULT_COUNTS, answers, INT64_MAX))
        return N_("counts: one number for each answer from the lowest up: 5, for ease 7, for "
                  "recommending 11");
    return NULL;
}
