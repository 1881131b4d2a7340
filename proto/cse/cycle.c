#include "proto/cse/cycle.h"

#include "proto/base/msgid.h"

#include "proto/base/civil.h"

const char *due_state_text(enum due_state state)
{
    static const char *const names[] = {N_("later"), N_("soon"), N_("overdue"), N_("done")};
    return names[state];
}

enum due_state due_state_of(int32_t due_on, bool done, int32_t as_of, int32_t soon_days)
{
    if (done)
        return DUE_DONE;
    if (as_of > due_on)
        return DUE_OVERDUE;
    return as_of >= due_on - soon_days ? DUE_SOON : DUE_LATER;
}

struct certificate_cycle certificate_cycle_of(int32_t certified_on, const struct settings *settings)
{
    return (struct certificate_cycle){
        .review1_on = civil_add_months(certified_on, settings->review1_months),
        .review2_on = civil_add_months(certified_on, settings->review2_months),
        .expires_on = civil_add_months(certified_on, settings->expiry_months),
    };
}
