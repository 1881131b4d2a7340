#include <inttypes.h>
#include <string.h>

#include "tools/cmd/cmd.h"
#include "tools/cmd/picture.h"

enum { LABEL_WIDTH = 14 };

static void label(const struct picture_style *style, const char *text)
{
    (void)fprintf(style->to, "%s%-*s%s", style->colour ? "\033[1m" : "", LABEL_WIDTH, text,
                  style->colour ? "\033[0m" : "");
}

static const char *award_words(const char *state)
{
    return strcmp(state, "not_awardable") == 0 ? "not awardable" : state;
}

static void print_award(const json_t *picture, const struct picture_style *style)
{
    struct member_text a, b;
    size_t index;
    json_t *state;
    const json_t *award = json_object_get(picture, "award");
    const json_t *could = json_object_get(award, "could_be");
    const char *now = member_text(award, "state", &a);
    uint32_t others = 0;
    label(style, "indicative");
    (void)fprintf(style->to, "self-assessed: %s", award_words(now));
    json_array_foreach(could, index, state)
    {
        const char *other = value_text(state, &b);
        if (strcmp(other, now) != 0)
            (void)fprintf(style->to, "%s%s", others++ == 0 ? " (could become: " : ", ",
                          award_words(other));
    }
    (void)fprintf(style->to, "%s\n", others > 0 ? ")" : "");
}

static void print_coverage(const json_t *picture, const struct picture_style *style)
{
    struct member_text a;
    size_t index;
    json_t *element;
    int64_t all = 0, assessed = 0, disputed = 0, challenged = 0, provisional = 0;
    json_array_foreach(json_object_get(picture, "elements"), index, element)
    {
        all++;
        assessed += strcmp(member_text(element, "band", &a), "U") != 0;
        disputed += json_is_true(json_object_get(element, "disputed"));
        challenged += json_is_true(json_object_get(element, "challenged"));
        provisional += json_is_true(json_object_get(element, "provisional"));
    }
    label(style, "coverage");
    (void)fprintf(style->to,
                  "%" PRId64 " of %" PRId64 " elements assessed (%s), %" PRId64
                  " provisional, %" PRId64 " disputed, %" PRId64 " challenged\n",
                  assessed, all, percent_text(assessed, all, &a), provisional, disputed,
                  challenged);
}

static void print_freshness(const json_t *picture, const struct picture_style *style)
{
    struct member_text a, b, c;
    size_t index;
    json_t *site;
    json_array_foreach(json_object_get(picture, "sites"), index, site)
    {
        int64_t pending = member_int(site, "pending");
        label(style, index == 0 ? "sites" : "");
        (void)fprintf(style->to, "%s: %s, heard %s", member_text(site, "id", &a),
                      member_text(site, "state", &b),
                      age_text(json_object_get(site, "last_heard"), &c));
        if (pending > 0)
            (void)fprintf(style->to, ", %" PRId64 " changes not here yet", pending);
        (void)fputc('\n', style->to);
    }
}

static void print_complaints(const json_t *picture, const struct picture_style *style)
{
    static const struct {
        const char *key, *text, *hits, *counted;
    } shares[] = {
        {"acknowledged_on_time", "acknowledged on time", "on_time", "counted"},
        {"stage1_on_time", "answered on time", "on_time", "counted"},
        {"upheld", "upheld", "upheld", "decided"},
    };
    struct member_text a;
    uint32_t shown = 0;
    const json_t *complaints = json_object_get(picture, "complaints");
    label(style, "complaints");
    (void)fprintf(style->to, "%" PRId64 " received, %" PRId64 " open, %" PRId64 " overdue\n",
                  member_int(complaints, "received"), member_int(complaints, "open"),
                  member_int(complaints, "overdue"));
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        const json_t *share = json_object_get(complaints, shares[i].key);
        int64_t n = member_int(share, shares[i].counted);
        if (n <= 0)
            continue;
        if (shown == 0)
            label(style, "");
        (void)fprintf(style->to, "%s%s %s (n=%" PRId64 ")", shown++ > 0 ? ", " : "", shares[i].text,
                      percent_text(member_int(share, shares[i].hits), n, &a), n);
    }
    (void)fprintf(style->to, "%s", shown > 0 ? "\n" : "");
}

static void print_contacts(const json_t *picture, const struct picture_style *style)
{
    struct member_text a;
    const json_t *contacts = json_object_get(picture, "contacts");
    int64_t on_time = member_int(contacts, "on_time"), late = member_int(contacts, "late");
    if (contacts == NULL)
        return;
    label(style, "contacts");
    (void)fprintf(style->to, "%" PRId64 " received, %" PRId64 " open, on time %s (n=%" PRId64 ")",
                  member_int(contacts, "received"), member_int(contacts, "open"),
                  percent_text(on_time, on_time + late, &a), on_time + late);
    if (member_int(contacts, "undecidable") > 0)
        (void)fprintf(style->to, ", %" PRId64 " not decidable",
                      member_int(contacts, "undecidable"));
    (void)fputc('\n', style->to);
}

static void print_answers(const json_t *answers, const char *name,
                          const struct picture_style *style)
{
    struct member_text a, b, c;
    const json_t *csat = json_object_get(answers, "csat"), *nps = json_object_get(answers, "nps");
    int64_t valid = member_int(csat, "valid");
    int64_t promoters = member_int(nps, "promoters"), detractors = member_int(nps, "detractors");
    int64_t asked = promoters + detractors + member_int(nps, "passives");
    (void)fprintf(style->to, "%s%ssatisfied %s (n=%" PRId64 ")", name, name[0] != '\0' ? ": " : "",
                  percent_text(member_int(csat, "satisfied"), valid, &a), valid);
    double low = json_number_value(json_object_get(csat, "low")),
           high = json_number_value(json_object_get(csat, "high"));
    if (valid > 0 && high > 0.0)
        (void)fprintf(style->to, ", 95 %% between %s and %s",
                      percent_text((int64_t)(low * 10000.0 + 0.5), 10000, &b),
                      percent_text((int64_t)(high * 10000.0 + 0.5), 10000, &c));
    if (asked > 0) {
        /* a net score is a difference of shares, written without the per cent sign */
        const char *net = percent_text(promoters - detractors, asked, &b);
        (void)fprintf(style->to, ", NPS %.*s (n=%" PRId64 ")", (int)strcspn(net, " "), net, asked);
    }
    (void)fputc('\n', style->to);
}

static void print_satisfaction(const json_t *picture, const struct picture_style *style)
{
    struct member_text a;
    size_t index;
    json_t *wave;
    const json_t *satisfaction = json_object_get(picture, "satisfaction");
    label(style, "satisfaction");
    print_answers(satisfaction, "", style);
    json_array_foreach(json_object_get(satisfaction, "waves"), index, wave)
    {
        label(style, "");
        print_answers(wave, member_text(wave, "wave", &a), style);
    }
}

void picture_print_summary(const json_t *picture, struct picture_style style)
{
    print_award(picture, &style);
    print_coverage(picture, &style);
    print_freshness(picture, &style);
    print_complaints(picture, &style);
    print_contacts(picture, &style);
    print_satisfaction(picture, &style);
    (void)fprintf(style.to, "\nThis is an indicative self-assessment; only a licensed body can "
                            "assess for the award.\n");
}
