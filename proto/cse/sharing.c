#include "proto/cse/sharing.h"

const char *share_verdict_text(enum share_verdict verdict)
{
    static const char *const names[] = {"share", "redact", "drop", "aggregate"};
    return names[verdict];
}

static bool lists(const struct bytes *list, uint32_t count, struct bytes wanted)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bytes_equal(list[i], wanted))
            return true;
    }
    return false;
}

bool sharing_covers(const struct sharing_agreement *agreement, const struct share_question *asked)
{
    return agreement->active && asked->day >= agreement->starts_on &&
           asked->day <= agreement->expires_on &&
           lists(agreement->parties, agreement->party_count, asked->partner) &&
           lists(agreement->purposes, agreement->purpose_count, asked->purpose) &&
           lists(agreement->data_items, agreement->item_count, asked->field) &&
           (!asked->special || agreement->special_condition);
}

enum share_verdict sharing_verdict(const struct sharing_agreement *agreements, uint32_t count,
                                   const struct share_question *asked)
{
    for (uint32_t i = 0; i < count; i++) {
        if (sharing_covers(&agreements[i], asked))
            return SHARE_FIELD;
    }
    if (asked->special)
        return SHARE_DROP;
    return asked->personal ? SHARE_REDACT : SHARE_AGGREGATE;
}
