#pragma once

#include "lib/api/scan.h"
#include "proto/cse/competency.h"

/* The people of this site with what was said of them. Nothing of it leaves but summaries. */

enum { PEOPLE_MAX = 512, PERSON_BYTES = 100, ROLES = 4 };

struct person {
    char name[PERSON_BYTES], team[PERSON_BYTES];
    int64_t role;
    int32_t rated_on; /* the newest */
    uint32_t count;
    struct rating ratings[RATERS_MAX];
};

struct people {
    struct jsonw json;
    struct site_names names;
    struct scan scan;
    const struct settings *settings;
    const char *team;
    int32_t as_of, from;
    bool overflow;
    uint32_t count;
    struct person *list; /* PEOPLE_MAX */
};

/* Begin reading: team= of the request, settings, a list to be freed by the caller. On false the
 * problem is already the answer. */
NODISCARD bool people_start(struct api_call call, struct people *people);
/* Everybody rated in the time that counts, up to as_of=. Errors: ERR_INVALID, store errors. */
NODISCARD enum err people_gather(struct api_call call, struct people *people,
                                 struct err_info *info);
