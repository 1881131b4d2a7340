#include "proto/cse/competency_model.h"

#include <stddef.h>

#include "proto/base/msgid.h"
#include "proto/record/fields.h"

static const char *const titles[LEVELS] = {
    N_("Answers what customers ask"),        N_("Builds lasting relations"),
    N_("Sees needs before they are spoken"), N_("Shapes a culture of service"),
    N_("Sets the direction for customers"),
};

static const char *const indicators[LEVELS][INDICATORS_MAX] = {
    {N_("Meets every customer politely and with attention"),
     N_("Answers questions and requests within the time that was promised"),
     N_("Tells customers how far their matter has come"),
     N_("Owns a mistake, apologises and puts it right"),
     N_("Says in plain words what can be done and what cannot"),
     N_("Looks at what customers say about the service and acts on it")},
    {N_("Knows regular customers and what matters to them"),
     N_("Keeps in touch after the matter is closed"), N_("Asks until the real need is understood"),
     N_("Takes care of the whole matter, also across departments")},
    {N_("Names needs that customers have not put into words"),
     N_("Offers solutions before a problem grows"), N_("Fits the service to the person it is for"),
     N_("Uses data on customers to plan the work ahead"),
     N_("Warns customers in good time of changes that touch them"),
     N_("Speaks up for customers when decisions are made")},
    {N_("Sets standards of service together with the team"),
     N_("Recognises colleagues for good service"),
     N_("Removes rules and habits that stand in customers' way"),
     N_("Teaches others by example how to serve")},
    {N_("Builds the strategy on what customers need in the long run"),
     N_("Invests where customers gain most"),
     N_("Joins partners into one service for the customer"),
     N_("Answers for results before customers and the public"),
     N_("Makes service to customers a measure of every leader")},
};

static const char *const negatives[NEGATIVES] = {
    N_("Is curt, or treats some customers as less worthy"),
    N_("Promises what cannot be kept"),
    N_("Guesses what customers need without asking"),
    N_("Holds to the rule where another way would help"),
    N_("Passes customers on so as to be rid of them"),
    N_("Hides mistakes or lays them on others"),
};

const char *competency_level_title(uint32_t level)
{
    return level >= 1 && level <= LEVELS ? titles[level - 1] : NULL;
}

const char *competency_indicator(uint32_t level, uint32_t number)
{
    bool known = level >= 1 && level <= LEVELS && number < level_indicators[level - 1];
    return known ? indicators[level - 1][number] : NULL;
}

const char *competency_negative(uint32_t number)
{
    return number < NEGATIVES ? negatives[number] : NULL;
}

int32_t competency_target(int64_t role, const struct settings *settings)
{
    switch (role) {
    case ROLE_FRONT_LINE:
        return settings->target_front_line;
    case ROLE_SENIOR_FRONT_LINE:
        return settings->target_senior;
    case ROLE_MANAGER:
        return settings->target_manager;
    case ROLE_DIRECTOR:
        return settings->target_director;
    default:
        return 0;
    }
}
