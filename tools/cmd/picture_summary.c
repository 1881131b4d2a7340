#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sys/table.h"
#include "proto/cse/elements.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/picture.h"

enum { LABEL_WIDTH_MIN = 14, CLAIMS_SHOWN = 12 };

int picture_label_width(void)
{
    static const char *const labels[] = {N_("indicative"), N_("history"),     N_("forecast"),
                                         N_("coverage"),   N_("records say"), N_("challenged"),
                                         N_("disputed"),   N_("sites"),       N_("complaints"),
                                         N_("contacts"),   N_("satisfaction")};
    int width = LABEL_WIDTH_MIN;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        int at = (int)text_width(tr(labels[i])) + 2;
        width = at > width ? at : width;
    }
    return width;
}

static void label(const struct picture_style *style, const char *text)
{
    say_padded(style->to, tr(text), picture_label_width());
}

static const char *award_words(const char *state)
{
    return strcmp(state, "not_awardable") == 0 ? N_("not awardable")
           : strcmp(state, "awardable") == 0   ? N_("awardable")
           : strcmp(state, "incomplete") == 0  ? N_("incomplete")
                                               : state;
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
    say_to(style->to, "self-assessed: %s", award_words(now));
    json_array_foreach(could, index, state)
    {
        const char *other = value_text(state, &b);
        if (strcmp(other, now) != 0)
            say_to(style->to, "%s%s", others++ == 0 ? N_(" (could become: ") : ", ",
                   award_words(other));
    }
    (void)fprintf(style->to, "%s\n", others > 0 ? ")" : "");
}

/* Of a day that is over: what it is made of, and what has changed since. */
static void print_history(const json_t *picture, const struct picture_style *style)
{
    struct member_text a;
    size_t index;
    json_t *part;
    const json_t *restated = json_object_get(picture, "restated");
    const char *history = member_text(picture, "history", &a);
    if (history[0] == '\0')
        return;
    label(style, "history");
    say_to(style->to, "%s",
           strcmp(history, "as-shown") == 0
               ? N_("as it was shown at the end of that day")
               : N_("with what is known today; it may not be what was shown then"));
    json_array_foreach(restated, index, part)
    {
        say_to(style->to, "%s%s", index == 0 ? N_("; restated by later arrivals: ") : ", ",
               json_string_value(part));
    }
    (void)fputc('\n', style->to);
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
    if (all < ELEMENTS) /* some were asked for: no share of the whole */
        return;
    label(style, "coverage");
    say_to(style->to,
           "%" PRId64 " of %" PRId64 " elements assessed (%s), %" PRId64 " provisional, %" PRId64
           " disputed, %" PRId64 " challenged\n",
           assessed, all, percent_text(assessed, all, &a), provisional, disputed, challenged);
}

static void print_disputed(const json_t *picture, const struct picture_style *style)
{
    struct member_text a;
    size_t index;
    uint32_t count = 0;
    json_t *element;
    json_array_foreach(json_object_get(picture, "elements"), index, element)
    {
        if (!json_is_true(json_object_get(element, "disputed")))
            continue;
        if (count == 0)
            label(style, "disputed");
        (void)fprintf(style->to, "%s%s", count++ > 0 ? ", " : "", member_text(element, "id", &a));
    }
    if (count > 0)
        (void)fputc('\n', style->to);
}

/* One line a claim: whose it is, what it says, and which figure says otherwise. */
static void print_claim(const json_t *element, const json_t *claim, const char *who,
                        uint32_t number, const struct picture_style *style)
{
    struct member_text a, b, c, d;
    label(style, number == 0 ? N_("challenged") : "");
    say_to(style->to, "%s %s rated %s, records carry %s: ", member_text(element, "id", &a), who,
           member_text(claim, "band", &b), member_text(claim, "ceiling", &c));
    const char *text = member_text(json_object_get(claim, "challenge"), "text", &d);
    (void)fprintf(style->to, "%s\n", text);
}

static void print_challenged(const json_t *picture, const struct picture_style *style)
{
    struct member_text a;
    size_t index, at;
    uint32_t count = 0, more = 0;
    json_t *element, *site;
    json_array_foreach(json_object_get(picture, "elements"), index, element)
    {
        json_array_foreach(json_object_get(element, "sites"), at, site)
        {
            if (!json_is_true(json_object_get(site, "challenged")))
                continue;
            if (count < CLAIMS_SHOWN)
                print_claim(element, site, member_text(site, "site", &a), count, style);
            else
                more++;
            count++;
        }
        if (json_object_get(element, "challenge") != NULL && count < CLAIMS_SHOWN)
            print_claim(element, element, tr(N_("all sites")), count++, style);
    }
    if (more > 0) {
        label(style, "");
        say_to(style->to, "and %" PRIu32 " more; cse checks lists them\n", more);
    }
}

/* What speaks for an element, where one was asked for. */
static void print_signals(const json_t *picture, const struct picture_style *style)
{
    struct member_text a, b;
    size_t index, at;
    json_t *element, *signal;
    json_array_foreach(json_object_get(picture, "elements"), index, element)
    {
        json_array_foreach(json_object_get(element, "signals"), at, signal)
        {
            label(style, at == 0 ? N_("records say") : "");
            (void)fprintf(style->to, "%s: ", member_text(signal, "label", &a));
            if (strcmp(member_text(signal, "state", &b), "no-data") == 0)
                say_to(style->to, "nothing recorded\n");
            else
                say_to(style->to, "%s (%" PRId64 " of %" PRId64 ")\n",
                       member_text(signal, "state", &b), member_int(signal, "hits"),
                       member_int(signal, "counted"));
        }
    }
}

static void print_freshness(const json_t *picture, const struct picture_style *style)
{
    struct member_text a, b, c;
    size_t index;
    json_t *site;
    json_array_foreach(json_object_get(picture, "sites"), index, site)
    {
        int64_t pending = member_int(site, "pending");
        label(style, index == 0 ? N_("sites") : "");
        say_to(style->to, "%s: %s, heard %s", member_text(site, "id", &a),
               member_text(site, "state", &b), age_text(json_object_get(site, "last_heard"), &c));
        if (json_is_true(json_object_get(site, "revoked")))
            (void)fputs(tr(N_(", access revoked")), style->to);
        struct count_text changes;
        if (pending > 0)
            say_to(style->to, ", %s not here yet",
                   count_text(pending, P_("%s change", "%s changes"), &changes));
        (void)fputc('\n', style->to);
    }
}

static void print_complaints(const json_t *picture, const struct picture_style *style)
{
    static const struct {
        const char *key, *text, *hits, *counted;
    } shares[] = {
        {"acknowledged_on_time", N_("acknowledged on time"), "on_time", "counted"},
        {"stage1_on_time", N_("answered on time"), "on_time", "counted"},
        {"upheld", N_("upheld"), "upheld", "decided"},
    };
    struct member_text a;
    uint32_t shown = 0;
    const json_t *complaints = json_object_get(picture, "complaints");
    label(style, "complaints");
    if (member_int(complaints, "received") == 0) {
        say_to(style->to, "none received\n");
        return;
    }
    say_to(style->to, "%" PRId64 " received, %" PRId64 " open, %" PRId64 " overdue\n",
           member_int(complaints, "received"), member_int(complaints, "open"),
           member_int(complaints, "overdue"));
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        const json_t *share = json_object_get(complaints, shares[i].key);
        int64_t n = member_int(share, shares[i].counted);
        if (n <= 0)
            continue;
        if (shown == 0)
            label(style, "");
        (void)fprintf(style->to, "%s%s %s (n=%" PRId64 ")", shown++ > 0 ? ", " : "",
                      tr(shares[i].text), percent_text(member_int(share, shares[i].hits), n, &a),
                      n);
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
    if (member_int(contacts, "received") == 0) {
        say_to(style->to, "none received\n");
        return;
    }
    say_to(style->to, "%" PRId64 " received, %" PRId64 " open, on time %s (n=%" PRId64 ")",
           member_int(contacts, "received"), member_int(contacts, "open"),
           percent_text(on_time, on_time + late, &a), on_time + late);
    if (member_int(contacts, "undecidable") > 0)
        say_to(style->to, ", %" PRId64 " not decidable", member_int(contacts, "undecidable"));
    (void)fputc('\n', style->to);
}

static void print_answers(const json_t *answers, const char *name,
                          const struct picture_style *style)
{
    struct member_text a, b, c;
    const json_t *csat = json_object_get(answers, "csat"), *nps = json_object_get(answers, "nps");
    bool named = name[0] != '\0';
    int64_t valid = member_int(csat, "valid");
    int64_t promoters = member_int(nps, "promoters"), detractors = member_int(nps, "detractors");
    int64_t asked = promoters + detractors + member_int(nps, "passives");
    for (; *name != '\0'; name++) /* names come from other sites: nothing that steers a terminal */
        (void)fputc((unsigned char)*name < 0x20 || *name == 0x7F ? ' ' : *name, style->to);
    (void)fputs(named ? ": " : "", style->to);
    say_to(style->to, "satisfied %s (n=%" PRId64 ")",
           percent_text(member_int(csat, "satisfied"), valid, &a), valid);
    double low = json_number_value(json_object_get(csat, "low")),
           high = json_number_value(json_object_get(csat, "high"));
    if (valid > 0 && high > 0.0)
        say_to(style->to, ", 95 %% between %s and %s",
               percent_text((int64_t)(low * 10000.0 + 0.5), 10000, &b),
               percent_text((int64_t)(high * 10000.0 + 0.5), 10000, &c));
    if (asked > 0) {
        /* a net score is a difference of shares, written without the per cent sign */
        const char *net = percent_text(promoters - detractors, asked, &b);
        say_to(style->to, ", NPS %.*s (n=%" PRId64 ")", (int)strcspn(net, " "), net, asked);
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
    if (member_int(json_object_get(satisfaction, "csat"), "valid") == 0 &&
        json_array_size(json_object_get(satisfaction, "waves")) == 0) {
        say_to(style->to, "no answers\n");
        return;
    }
    print_answers(satisfaction, "", style);
    json_array_foreach(json_object_get(satisfaction, "waves"), index, wave)
    {
        label(style, "");
        print_answers(wave, member_text(wave, "wave", &a), style);
    }
}

/* How many bytes the label's columns take; 0: the line is shorter. */
static size_t label_bytes(const char *line, size_t width)
{
    size_t at = 0, columns = 0;
    for (; line[at] != '\0'; at++) {
        bool starts = ((unsigned char)line[at] & 0xC0) != 0x80;
        if (starts && columns == width)
            return at;
        columns += starts;
    }
    return columns == width ? at : 0;
}

/* A line of the draft: its label, then the text broken to the screen. */
static void print_line(char *line, const struct picture_style *style)
{
    size_t width = (size_t)picture_label_width();
    struct wrap wrap = {.indent = width, .at = width, .columns = (size_t)style->columns};
    size_t label = label_bytes(line, width);
    if (label == 0)
        return;
    (void)fprintf(style->to, "%s%.*s%s", style->colour ? "\033[1m" : "", (int)label, line,
                  style->colour ? "\033[0m" : "");
    print_wrapped(line + label, wrap, style->to);
}

bool picture_print_summary(const json_t *picture, struct picture_style style)
{
    char *text = NULL;
    size_t len = 0;
    struct picture_style draft = {.to = open_memstream(&text, &len)};
    if (draft.to == NULL)
        return false;
    print_award(picture, &draft);
    print_history(picture, &draft);
    picture_print_forecast(picture, draft.to);
    print_coverage(picture, &draft);
    print_signals(picture, &draft);
    print_challenged(picture, &draft);
    print_disputed(picture, &draft);
    print_freshness(picture, &draft);
    print_complaints(picture, &draft);
    print_contacts(picture, &draft);
    print_satisfaction(picture, &draft);
    bool whole = !ferror(draft.to);
    whole = fclose(draft.to) == 0 && whole && text != NULL; /* no memory: no text, and no error */
    for (char *line = text, *end; whole && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        print_line(line, &style);
    }
    free(text);
    (void)fputc('\n', style.to);
    print_wrapped(
        tr(N_("This is an indicative self-assessment; only a licensed body can assess for the "
              "award.")),
        (struct wrap){.columns = (size_t)style.columns}, style.to);
    return whole;
}
