#include "proto/cse/priority.h"

#include "proto/base/msgid.h"

const char *priority_text(enum priority priority)
{
    static const char *const names[] = {N_("unknown"), N_("low"), N_("moderate"), N_("high"),
                                        N_("extreme")};
    return names[priority];
}

enum priority priority_of(int64_t severity, int64_t likelihood, bool danger)
{
    bool stated = severity >= 1 && severity <= 5 && likelihood >= 1 && likelihood <= 5;
    int64_t score = stated ? severity * likelihood : 0;
    enum priority priority = PRIORITY_EXTREME;
    if (!stated)
        priority = PRIORITY_UNKNOWN;
    else if (score <= 3)
        priority = PRIORITY_LOW;
    else if (score <= 6)
        priority = PRIORITY_MODERATE;
    else if (score <= 12)
        priority = PRIORITY_HIGH;
    return danger && priority < PRIORITY_HIGH ? PRIORITY_HIGH : priority;
}
