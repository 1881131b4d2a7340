/* English titles of the standard's parts, in our own words: the standard's text belongs to its
 * owner, and an organisation loads its own wording. */
#include "proto/cse/elements.h"

#include "proto/base/msgid.h"

static const char *const titles[ELEMENTS] = {
    N_("Sound, recent knowledge of current and potential customers"),
    N_("Insight work to understand needs and preferences"),
    N_("Hard-to-reach and disadvantaged groups found and served"),
    N_("Engagement strategy with methods fitted to each group"),
    N_("Consultation drives change and results are fed back"),
    N_("Engagement methods reviewed for reach and reliability"),
    N_("Reliable, regular measurement of satisfaction"),
    N_("Satisfaction analysed, published and acted on"),
    N_("Survey asks about key service areas and known drivers"),
    N_("Stretching satisfaction targets with rising results"),
    N_("Customer journeys analysed and improved"),
    N_("Leaders visibly commit to and champion customers"),
    N_("Insight shapes policy, strategy and priorities"),
    N_("Policies uphold customers' right to excellent service"),
    N_("Fair treatment of all groups, proven by feedback"),
    N_("Customer privacy kept face to face and in data handling"),
    N_("Staff empowered to build the customer culture"),
    N_("Recruitment, training and development are customer-led"),
    N_("Polite, friendly staff who understand customer needs"),
    N_("Customer focus is in everyone's performance review"),
    N_("Front-line insight feeds processes, policy and planning"),
    N_("Staff contribution valued; leaders model the behaviour"),
    N_("Full, clear information on services and contacts"),
    N_("Charges explained wherever a service has a fee"),
    N_("Information given in formats and channels people prefer"),
    N_("Checks that information is received and understood"),
    N_("Range, content and quality of information improved"),
    N_("Information accurate and complete; gaps are explained"),
    N_("Easy access through several alternative channels"),
    N_("Channel use evaluated to improve choice"),
    N_("Clean, comfortable premises for visitors"),
    N_("Partner agreements give joined-up service and benefit"),
    N_("Accountability between partners is clear to customers"),
    N_("Works with and supports the wider community"),
    N_("Challenging standards for main services, incl. statutory"),
    N_("Key standards met, monitored and reported to customers"),
    N_("Customers, partners and staff help set and raise standards"),
    N_("What the customer can expect is agreed at the start"),
    N_("Promised service delivered, outcomes mostly positive"),
    N_("Performance benchmarked and lessons applied"),
    N_("Good practice learned, used and shared"),
    N_("Dips against standards found, explained and corrected"),
    N_("Easy complaints procedure that resolves in fair time"),
    N_("Staff trained and empowered to investigate and put right"),
    N_("Patterns in complaints and comments lead to change"),
    N_("Complaints procedure reviewed with customers and staff"),
    N_("Upheld complainants are satisfied with the outcome"),
    N_("Response-time standards for every contact channel"),
    N_("Quality-of-service standards for all contact"),
    N_("Customers told what timeliness and quality to expect"),
    N_("Needs spotted at first contact and routed to right person"),
    N_("Information shared promptly, cutting repeat contact"),
    N_("Next steps and likely timescale given if not finished"),
    N_("Prompt first response; delays notified and dealt with"),
    N_("Timeliness and quality monitored; problems acted on"),
    N_("Timeliness and quality standards met and published"),
    N_("Timeliness and quality compare well with peers"),
};

static const char *const criterion_titles[CRITERIA] = {
    N_("Customer insight"), N_("Culture of the organisation"), N_("Information and access"),
    N_("Delivery"),         N_("Timeliness and quality"),
};

static const struct sub_criterion subs[SUB_CRITERIA] = {
    {"1.1", 1, 3, N_("Knowing who the customers are")},
    {"1.2", 4, 3, N_("Involving and consulting customers")},
    {"1.3", 7, 5, N_("Measuring satisfaction and learning from it")},
    {"2.1", 12, 6, N_("Leadership, policy and culture")},
    {"2.2", 18, 5, N_("Attitude and skill of staff")},
    {"3.1", 23, 2, N_("What customers are told")},
    {"3.2", 25, 4, N_("How good the information is")},
    {"3.3", 29, 3, N_("Ways to reach the service")},
    {"3.4", 32, 3, N_("Working with partners and the community")},
    {"4.1", 35, 3, N_("Standards for delivery")},
    {"4.2", 38, 4, N_("What was delivered and what came of it")},
    {"4.3", 42, 6, N_("Putting problems right")},
    {"5.1", 48, 2, N_("Standards for timeliness and quality")},
    {"5.2", 50, 5, N_("Prompt and complete first contact")},
    {"5.3", 55, 3, N_("Timeliness and quality reached")},
};

const char *element_title(uint8_t place)
{
    return place >= 1 && place <= ELEMENTS ? titles[place - 1] : NULL;
}

const char *criterion_title(uint8_t criterion)
{
    return criterion >= 1 && criterion <= CRITERIA ? criterion_titles[criterion - 1] : NULL;
}

const struct sub_criterion *sub_criterion_of(uint8_t place)
{
    for (uint32_t i = 0; i < SUB_CRITERIA; i++) {
        if (place >= subs[i].first && place < subs[i].first + subs[i].count)
            return &subs[i];
    }
    return NULL;
}
