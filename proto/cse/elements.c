/* English titles of the standard's parts, in our own words: the standard's text belongs to its
 * owner, and an organisation loads its own wording. */
#include "proto/cse/elements.h"

static const char *const titles[ELEMENTS] = {
    "Sound, recent knowledge of current and potential customers",
    "Insight work to understand needs and preferences",
    "Hard-to-reach and disadvantaged groups found and served",
    "Engagement strategy with methods fitted to each group",
    "Consultation drives change and results are fed back",
    "Engagement methods reviewed for reach and reliability",
    "Reliable, regular measurement of satisfaction",
    "Satisfaction analysed, published and acted on",
    "Survey asks about key service areas and known drivers",
    "Stretching satisfaction targets with rising results",
    "Customer journeys analysed and improved",
    "Leaders visibly commit to and champion customers",
    "Insight shapes policy, strategy and priorities",
    "Policies uphold customers' right to excellent service",
    "Fair treatment of all groups, proven by feedback",
    "Customer privacy kept face to face and in data handling",
    "Staff empowered to build the customer culture",
    "Recruitment, training and development are customer-led",
    "Polite, friendly staff who understand customer needs",
    "Customer focus is in everyone's performance review",
    "Front-line insight feeds processes, policy and planning",
    "Staff contribution valued; leaders model the behaviour",
    "Full, clear information on services and contacts",
    "Charges explained wherever a service has a fee",
    "Information given in formats and channels people prefer",
    "Checks that information is received and understood",
    "Range, content and quality of information improved",
    "Information accurate and complete; gaps are explained",
    "Easy access through several alternative channels",
    "Channel use evaluated to improve choice",
    "Clean, comfortable premises for visitors",
    "Partner agreements give joined-up service and benefit",
    "Accountability between partners is clear to customers",
    "Works with and supports the wider community",
    "Challenging standards for main services, incl. statutory",
    "Key standards met, monitored and reported to customers",
    "Customers, partners and staff help set and raise standards",
    "What the customer can expect is agreed at the start",
    "Promised service delivered, outcomes mostly positive",
    "Performance benchmarked and lessons applied",
    "Good practice learned, used and shared",
    "Dips against standards found, explained and corrected",
    "Easy complaints procedure that resolves in fair time",
    "Staff trained and empowered to investigate and put right",
    "Patterns in complaints and comments lead to change",
    "Complaints procedure reviewed with customers and staff",
    "Upheld complainants are satisfied with the outcome",
    "Response-time standards for every contact channel",
    "Quality-of-service standards for all contact",
    "Customers told what timeliness and quality to expect",
    "Needs spotted at first contact and routed to right person",
    "Information shared promptly, cutting repeat contact",
    "Next steps and likely timescale given if not finished",
    "Prompt first response; delays notified and dealt with",
    "Timeliness and quality monitored; problems acted on",
    "Timeliness and quality standards met and published",
    "Timeliness and quality compare well with peers",
};

static const char *const criterion_titles[CRITERIA] = {
    "Customer insight", "Culture of the organisation", "Information and access",
    "Delivery",         "Timeliness and quality",
};

static const struct sub_criterion subs[SUB_CRITERIA] = {
    {"1.1", 1, 3, "Knowing who the customers are"},
    {"1.2", 4, 3, "Involving and consulting customers"},
    {"1.3", 7, 5, "Measuring satisfaction and learning from it"},
    {"2.1", 12, 6, "Leadership, policy and culture"},
    {"2.2", 18, 5, "Attitude and skill of staff"},
    {"3.1", 23, 2, "What customers are told"},
    {"3.2", 25, 4, "How good the information is"},
    {"3.3", 29, 3, "Ways to reach the service"},
    {"3.4", 32, 3, "Working with partners and the community"},
    {"4.1", 35, 3, "Standards for delivery"},
    {"4.2", 38, 4, "What was delivered and what came of it"},
    {"4.3", 42, 6, "Putting problems right"},
    {"5.1", 48, 2, "Standards for timeliness and quality"},
    {"5.2", 50, 5, "Prompt and complete first contact"},
    {"5.3", 55, 3, "Timeliness and quality reached"},
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
