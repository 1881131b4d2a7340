#pragma once

#include <stdint.h>

/* What is ours to choose in the rules (docs/rules.md marks it "own"): a number each, with the
 * default the rules were proposed with. The organisation's own numbers are one record of kind
 * `settings`, written at the centre; what it does not state stands at its default.
 *
 * X(field number, name, label, default, least, most) */
#define SETTINGS(X) \
    X(1, throughout_percent, "R5: customers at C or better for a C, in per cent", 80, 1, 100) \
    X(2, small_part_percent, "R5: customers at PC or better for more than NC, in per cent", 20, 0, \
      100) \
    X(3, plus_percent, "R5: customers at CP for a CP, in per cent", 50, 1, 100) \
    X(4, partial_percent, "R3: elements of a criterion that may be partial, in per cent", 20, 0, \
      100) \
    X(5, current_months, "R6: evidence is current for months", 12, 1, 120) \
    X(6, ageing_months, "R6: evidence is ageing up to months", 36, 1, 240) \
    X(7, review1_months, "R7: first review after months", 12, 1, 120) \
    X(8, review2_months, "R7: second review after months", 24, 1, 120) \
    X(9, expiry_months, "R7: certificate expires after months", 36, 1, 240) \
    X(10, due_soon_days, "R7: due soon from days before", 90, 0, 365) \
    X(11, near_points, "R18: nearly met within points", 5, 0, 100) \
    X(12, few, "R17, R18, R19, R28: fewer than this are too few", 30, 1, 1000) \
    X(13, benchmark_min, "R22: figures compared, our own among them, at least", 4, 2, 100) \
    X(14, complaint_months, "R24: complaints are kept for months after closing", 72, 1, 600) \
    X(15, survey_months, "R24: survey answers are kept for months after the wave", 24, 1, 600) \
    X(16, competency_months, "R24: competency ratings are kept for months", 24, 1, 600) \
    X(17, small_cell, "R25: counts below this are hidden", 5, 2, 100) \
    X(18, level_percent, "R26: indicators shown for a level, in per cent", 80, 1, 100) \
    X(19, weight_manager, "R26: weight of the manager", 50, 0, 100) \
    X(20, weight_peers, "R26: weight of peers", 30, 0, 100) \
    X(21, weight_customers, "R26: weight of customers", 20, 0, 100) \
    X(22, raters_min, "R26: raters besides the person, at least", 4, 4, 100) \
    X(23, group_min, "R26: raters of a group before it is shown, at least", 3, 2, 100) \
    X(24, target_front_line, "R26: level asked of the front line", 2, 0, 5) \
    X(25, target_senior, "R26: level asked of senior front line", 3, 0, 5) \
    X(26, target_manager, "R26: level asked of managers", 4, 0, 5) \
    X(27, target_director, "R26: level asked of directors", 5, 0, 5) \
    X(28, csm_percent, "R27: score of a level, in per cent", 75, 1, 100) \
    X(29, action_months, "R29: an action is due after months", 3, 1, 36) \
    X(30, margin_permille, "R15: margin of a sample, in thousandths", 50, 5, 500) \
    X(31, share_percent, "R20: share a signal needs, in per cent", 80, 1, 100) \
    X(32, expiring_days, "Evidence and agreements are told of days before they expire", 60, 0, 365)

/* The fields of the record beside the numbers. */
enum settings_field {
    SETTINGS_NUMBERS = 32,
    SETTINGS_PROFILE, /* code of the profile of time limits complaints have by default */
    SETTINGS_CALENDAR,
    SETTINGS_NOTE,
    SETTINGS_SITE, /* whose profile and calendar; without one the organisation's */
    SETTINGS_FIELDS = SETTINGS_SITE,
};

struct settings {
#define X(number, name, label, standard, least, most) int32_t name;
    SETTINGS(X)
#undef X
};
