#pragma once

#include "lib/api/scan.h"
#include "proto/cse/answers.h"
#include "proto/cse/rules.h"
#include "proto/cse/small_cells.h"

/* What GET surveys gathers before it is shown. */

enum { GROUPS_MAX = SMALL_CELLS_MAX, GROUP_NAME_BYTES = 96, DRIVERS = 5 };

struct group {
    char name[GROUP_NAME_BYTES];
    uint64_t csat[5], ces[7], nps[11], no_answer;
    int64_t weight, weight_satisfied; /* of valid answers, in millionths */
    uint64_t driver_counts[DRIVERS][5];
    struct pair_sums pairs[DRIVERS];
};

enum by { BY_WAVE, BY_CHANNEL, BY_SERVICE, BY_SEGMENT, BY_SITE, BY_MONTH };

struct survey_report {
    struct api *api;
    struct site_names names;
    struct scan scan;
    const struct settings *settings;
    enum by by;
    bool by_site, published, overflow, neutral_out;
    uint64_t site;
    const char *wave;
    uint64_t population;
    bool census;
    uint32_t count;
    struct group groups[GROUPS_MAX];
    struct group all;
};

/* The driver's names, for programs and for people. */
const char *survey_driver_name(uint32_t driver);
const char *survey_driver_label(uint32_t driver);

/* Read surveys, results in counts and single answers. Errors: store errors. */
NODISCARD enum err survey_gather(struct survey_report *report);
