#pragma once

#include "proto/cse/picture.h"

/* Facts: what one record says for an element, as integers on a day, so that signals can be judged
 * without reading records. A cell holds (site, fact, day) -> [hits, counted]; a fact that holds for
 * a time ("in force") counts 1 on its first day and -1 on the day after its last. Numbers are in
 * stored cells: never changed, never used again. docs/rules.md, "Facts". */

enum fact {
    FACT_SEGMENT_SOURCED = 1,     /* profile of a segment; hits: it names its source */
    FACT_SEGMENT_NEEDS,           /* hits: it lists needs and the preferred channel */
    FACT_SEGMENT_COVERED,         /* hits: customers in the segment, of all customers */
    FACT_SEGMENT_DISADVANTAGED,   /* of a disadvantaged or hard-to-reach group */
    FACT_INSIGHT,                 /* a consultation or journey; hits: it has findings */
    FACT_IMPROVEMENT_FOR_SEGMENT, /* made for a named segment */
    FACT_IMPROVEMENT_SURVEY, /* twelve sources, in the order of `source`, one after the other */
    FACT_IMPROVEMENT_COMPLAINT,
    FACT_IMPROVEMENT_COMMENT,
    FACT_IMPROVEMENT_CONSULTATION,
    FACT_IMPROVEMENT_JOURNEY,
    FACT_IMPROVEMENT_STAFF,
    FACT_IMPROVEMENT_BENCHMARK,
    FACT_IMPROVEMENT_PRACTICE,
    FACT_IMPROVEMENT_CHANNEL,
    FACT_IMPROVEMENT_INFORMATION,
    FACT_IMPROVEMENT_EQUALITY,
    FACT_IMPROVEMENT_INSIGHT,
    FACT_CONSULTED_SURVEY, /* seven methods, one after the other */
    FACT_CONSULTED_FOCUS_GROUP,
    FACT_CONSULTED_PANEL,
    FACT_CONSULTED_MEETING,
    FACT_CONSULTED_ONLINE,
    FACT_CONSULTED_INTERVIEW,
    FACT_CONSULTED_OTHER,
    FACT_CONSULTATION_FED_BACK, /* an ended one; hits: results fed back */
    FACT_CONSULTATION_RATED,  /* hits: people invited, answered and representativeness are known */
    FACT_ENGAGEMENT_REVIEWED, /* the way of engaging was reviewed */
    FACT_JOURNEY_MAPPED,
    FACT_ENGAGEMENT_POLICY,     /* in force */
    FACT_COMPLAINTS_POLICY,     /* in force */
    FACT_VISION_SIGNED,         /* vision or strategy signed by a leader, in force */
    FACT_STAFF_POLICY,          /* in force; hits: the competency model stands in job profiles */
    FACT_PRIVACY_NOTICE,        /* in force */
    FACT_POLICY_CITING,         /* a policy that cites customer insight */
    FACT_LEADERSHIP,            /* an activity of leaders */
    FACT_PROMISE_KEPT,          /* in force; hits: published, with redress */
    FACT_EQUALITY_IN_DATE,      /* in force until its review */
    FACT_DISCRIMINATION,        /* complaint about it; hits: decided */
    FACT_TRAINED_CUSTOMER_CARE, /* hits: trained, of staff */
    FACT_TRAINED_COMPLAINTS,
    FACT_TRAINED_PRIVACY,
    FACT_PRIVATE_SPACE, /* an inspection; hits: a private room */
    FACT_BREACH,        /* hits: answered */
    FACT_SUGGESTION,    /* hits: implemented, of received */
    FACT_EMPOWERED,     /* hits: feel empowered, of those asked */
    FACT_VALUED,
    FACT_PLANNING_INVOLVED,
    FACT_RECOGNITION,
    FACT_COMPETENCY_COVERED,   /* hits: people rated, of staff */
    FACT_COMPETENCY_MANAGERS,  /* hits: at target, of managers and directors rated */
    FACT_COMPETENCY_AT_TARGET, /* hits: at target, of people rated */
    FACT_COMPLIMENT,
    FACT_ATTITUDE_COMPLAINT,
    FACT_WRONG_INFORMATION,   /* complaint or contact about it */
    FACT_MISROUTED,           /* complaint about it */
    FACT_PRIORITY_ACTION,     /* an action with its reason of priority */
    FACT_INFORMATION_FULL,    /* hits: says what, how, when and who */
    FACT_INFORMATION_IN_DATE, /* in force until its review */
    FACT_FEE_SHOWN,           /* of a service with a charge; hits: the charge is shown */
    FACT_FORMATS_MET,         /* hits: in the formats customers prefer */
    FACT_INFORMATION_TESTED,  /* tested with users, or its readability measured */
    FACT_INFORMATION_WEB,     /* three types, one after the other */
    FACT_INFORMATION_PRINT,
    FACT_INFORMATION_VERBAL,
    FACT_INFORMATION_ACCURATE, /* hits: statements right, of those checked */
    FACT_PARTNER_ROLES_SHOWN,  /* information that names the partner in the lead */
    FACT_CHANNEL_TELEPHONE,    /* eight channels, one after the other; counted: contacts */
    FACT_CHANNEL_LETTER,
    FACT_CHANNEL_EMAIL,
    FACT_CHANNEL_WEB,
    FACT_CHANNEL_IN_PERSON,
    FACT_CHANNEL_CHAT,
    FACT_CHANNEL_SOCIAL,
    FACT_CHANNEL_OTHER,
    FACT_CHANNEL_ACCESSIBLE, /* a channel or premises with its accessibility stated */
    FACT_CHANNEL_SATISFIED,  /* hits: satisfied with the channel, of those asked */
    FACT_CHANNEL_EVALUATED,
    FACT_PREMISES_PASSED,     /* hits: points passed, of those checked */
    FACT_PARTNERSHIP,         /* in force; hits: benefit and its measure stated */
    FACT_PARTNERSHIP_RESULTS, /* joint results stated, or outcomes of joint work */
    FACT_PARTNERSHIP_CLEAR,   /* in force; hits: who leads and where to complain */
    FACT_SHARING_AGREEMENT,   /* in force */
    FACT_COMMUNITY,           /* hits: beneficiaries and impact stated */
    FACT_PUBLISHED_STANDARDS,
    FACT_PUBLISHED_PERFORMANCE,
    FACT_PUBLISHED_SURVEY,
    FACT_PUBLISHED_FEEDBACK,
    FACT_PUBLISHED_LEARNING,
    FACT_PUBLISHED_INFORMATION,
    FACT_PUBLISHED_EXPLANATION,
    FACT_EXPECTATION_AGREED, /* hits: told at the start what to expect, of contacts */
    FACT_AS_PROMISED,        /* hits: delivered as promised, of cases */
    FACT_POSITIVE_OUTCOME,
    FACT_BENCHMARKED, /* at least three comparators */
    FACT_QUARTILE,    /* on timeliness or quality; hits: first or second quartile */
    FACT_PRACTICE_ADOPTED,
    FACT_PRACTICE_SHARED,
    FACT_PROCEDURE_REVIEWED,   /* hits: with customers, complainants and staff */
    FACT_ACKNOWLEDGED_IN_TIME, /* complaint; hits: acknowledged in time */
    FACT_ANSWERED_IN_TIME,     /* stage 1 */
    FACT_STAGE2_IN_TIME,
    FACT_FIRST_POINT,            /* complaint; hits: resolved where it was made */
    FACT_ROOT_CAUSE,             /* decided complaint; hits: root cause stated */
    FACT_REMEDY_DELIVERED,       /* upheld complaint; hits: actions completed */
    FACT_HANDLING_SATISFIED,     /* upheld complainants who answered; hits: satisfied */
    FACT_INVESTIGATOR_APART,     /* investigated complaint; hits: not by the person complained of */
    FACT_FIRST_CONTACT_RESOLVED, /* of contacts that could be */
    FACT_NEEDS_RECORDED,
    FACT_AVOIDABLE, /* hits: avoidable, of contacts judged */
    FACT_NEXT_STEP, /* open contact; hits: next step and its day given */
    FACT_FIRST_RESPONSE_IN_TIME,
    FACT_DELAY_NOTIFIED, /* contact closed late; hits: told of the delay before it was due */
    FACT_HANDED_OVER,
    FACT_CONTACTS,             /* all contacts */
    FACT_SURVEYED,             /* an ended survey; hits: its method is stated */
    FACT_SURVEY_POPULATION,    /* counted: people asked from; hits: of those, census */
    FACT_SURVEY_TARGET,        /* counted: surveys with a target; hits: their targets summed */
    FACT_SURVEY_INSIGHT,       /* a survey or question that follows from insight */
    FACT_RESPONSES,            /* valid answers on overall satisfaction; hits: satisfied */
    FACT_RESPONSE_BROKEN_DOWN, /* hits: segment and service known, of answers */
    FACT_ASKED_DELIVERY,       /* five drivers, one after the other: answers; hits: satisfied */
    FACT_ASKED_TIMELINESS,
    FACT_ASKED_INFORMATION,
    FACT_ASKED_PROFESSIONALISM,
    FACT_ASKED_ATTITUDE,
    FACT_ASKED_FAIRNESS,
    FACT_ASKED_CLARITY,
    FACT_ASKED_PREMISES,
    FACT_STANDARD_MAIN,      /* in force, of a main service */
    FACT_STANDARD_STATUTORY, /* in force, required by law */
    FACT_STANDARD_CONSULTED, /* hits: set or reviewed together with others */
    FACT_STANDARD_TELEPHONE, /* timeliness, in force: four channels, one after the other */
    FACT_STANDARD_LETTER,
    FACT_STANDARD_ELECTRONIC,
    FACT_STANDARD_IN_PERSON,
    FACT_STANDARD_COURTESY, /* quality, in force: five aspects, one after the other */
    FACT_STANDARD_OWNERSHIP,
    FACT_STANDARD_CLARITY,
    FACT_STANDARD_ACCURACY,
    FACT_STANDARD_FOLLOW_UP,
    FACTS_END, /* one more than the last */
};
_Static_assert(FACTS_END <= 256, "a fact is one byte of a key");

struct fact_pair {
    int64_t hits, counted;
};

/* What a site's facts come to on a day. Windows: the last 12 months, the 12 before, the 12 before
 * those, older. */
enum { FACT_WINDOWS = 4 };
struct fact_sum {
    int64_t hits[FACT_WINDOWS], counted[FACT_WINDOWS];
    int64_t in_force, hits_in_force; /* sums of all days up to the day asked */
    uint8_t quarters; /* bit 0: the last three months had some, bit 1: the three before … */
    bool any;         /* something was said up to that day */
};

/* What a record says, as cells of view CELL_FACT. */
void contribute_facts(const struct record_view *view,
                      void (*emit)(void *context, const struct cell *cell), void *context);

struct fact_at {
    enum fact fact;
    int32_t day;
};
/* One such cell, for those whose rules are their own (complaints). */
void fact_give(const struct record_view *view, struct fact_at at, struct fact_pair pair,
               void (*emit)(void *context, const struct cell *cell), void *context);
