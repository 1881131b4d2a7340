#include "proto/cse/csm_questions.h"

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/msgid.h"

const char csm_question_set[] = "1";

enum { LEVELS = 3, ROW = 6 };

static const char *const questions[CSM_STANDARDS][LEVELS][ROW] = {
    {{N_("Are promises to customers written down and easy to find?"),
      N_("Does each promise say whom it is made to and what its limits are?"),
      N_("Does each promise say where to turn when it is not kept?"),
      N_("Do staff who keep the promises know them?"),
      N_("Is somebody answerable for each promise?")},
     {N_("Were customers heard before the promises were made?"),
      N_("Is each promise measured by an indicator with a target?"),
      N_("Are broken promises recorded and put right?"),
      N_("Are the resources for keeping the promises planned?"),
      N_("Are results told to customers?")},
     {N_("Are the promises reviewed every year with customers and staff?"),
      N_("Have targets been raised where they were reached?"),
      N_("Are the promises compared with those of others?"),
      N_("Do partners keep the same promises?")}},
    {{N_("Can complaints be made by any channel, free of charge?"),
      N_("Is every complaint recorded with a number and acknowledged?"),
      N_("Are time limits set and told to the complainant?"),
      N_("Is each complaint answered with reasons and the way to go further?"),
      N_("Are complaints kept confidential?"),
      N_("Is each complaint assessed for urgency and risk when it arrives?")},
     {N_("Are those who investigate trained and independent of the matter?"),
      N_("Are time limits met for most complaints, and is that measured?"),
      N_("Is the root cause of upheld complaints found?"),
      N_("Is a second stage handled by somebody else?"),
      N_("Are complainants asked how their complaint was handled?")},
     {N_("Do patterns in complaints lead to changes that can be shown?"),
      N_("Is the procedure audited and reviewed by management?"),
      N_("Is learning from complaints published?"),
      N_("Do satisfied complainants outnumber the others where complaints were upheld?")}},
    {{N_("Are complainants told of a way to settle the dispute outside?"),
      N_("Is the outside body named with how to reach it?"),
      N_("Is taking part voluntary and free for the customer?"),
      N_("Are disputes that went outside recorded with their dates?")},
     {N_("Were outside bodies chosen for fairness and competence?"),
      N_("Does the organisation answer outside bodies in time?"),
      N_("Are decisions from outside carried out in time?"),
      N_("Do staff know when to offer a way outside?")},
     {N_("Do decisions from outside change how complaints are handled inside?"),
      N_("Is the share of disputes that go outside falling or explained?"),
      N_("Is the choice of outside bodies reviewed?")}},
    {{N_("Is satisfaction measured at least once a year?"),
      N_("Are purpose, method and sample of each survey written down?"),
      N_("Do the questions cover what matters to customers?"),
      N_("Are the results given with the number of answers?"),
      N_("Are answers kept confidential?")},
     {N_("Are results broken down by service and customer group?"),
      N_("Is the sample large enough, and is that shown?"),
      N_("Are changes over time tested before they are called changes?"),
      N_("Are results told to customers and staff?"), N_("Are targets set for satisfaction?")},
     {N_("Do results lead to improvements that can be shown?"),
      N_("Are the drivers of satisfaction known and worked on?"),
      N_("Are results compared with those of others?"),
      N_("Are the methods themselves reviewed?")}},
};

const char *csm_question(uint32_t standard, uint32_t level, uint32_t number)
{
    bool known =
        standard >= 1 && standard <= CSM_STANDARDS && level >= 1 && level <= LEVELS && number < ROW;
    return known ? questions[standard - 1][level - 1][number] : NULL;
}

uint32_t csm_question_count(uint32_t standard, uint32_t level)
{
    uint32_t count = 0;
    while (count < ROW && csm_question(standard, level, count) != NULL)
        count++;
    return count;
}
