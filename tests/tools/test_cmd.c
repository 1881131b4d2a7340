#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sys/table.h"
#include "proto/cse/elements.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/fields.h"
#include "tools/cmd/picture.h"

static const struct {
    const char *name, *kind;
    enum fields_mode mode;
    const char *words[3];
    const char *json; /* NULL: fails, and says */
    const char *says;
} words[] = {
    {"texts, numbers, truth",
     "complaint",
     FIELDS_NEW,
     {"channel=web", "stage=2", "at_risk=yes"},
     "{\"channel\":\"web\",\"stage\":2,\"at_risk\":true}",
     NULL},
    {"a date",
     "complaint",
     FIELDS_NEW,
     {"received_on=2026-01-02"},
     "{\"received_on\":\"2026-01-02\"}",
     NULL},
    {"a time with a blank",
     "contact",
     FIELDS_NEW,
     {"opened_at=2026-01-02 09:05"},
     "{\"opened_at\":\"2026-01-02T09:05:00\"}",
     NULL},
    {"an equals sign in the value",
     "complaint",
     FIELDS_NEW,
     {"channel=a=b"},
     "{\"channel\":\"a=b\"}",
     NULL},
    {"a set",
     "evidence",
     FIELDS_NEW,
     {"elements=4.3.2, 1.1.1"},
     "{\"elements\":[\"4.3.2\",\"1.1.1\"]}",
     NULL},
    {"a set changed",
     "evidence",
     FIELDS_CHANGE,
     {"elements+=4.3.2", "elements+=1.1.1", "elements-=2.1.1"},
     "{\"elements\":{\"add\":[\"4.3.2\",\"1.1.1\"],\"remove\":[\"2.1.1\"]}}",
     NULL},
    {"a set emptied", "evidence", FIELDS_CHANGE, {"elements="}, "{\"elements\":[]}", NULL},
    {"a field cleared", "complaint", FIELDS_CHANGE, {"channel="}, "{\"channel\":null}", NULL},
    {"nothing in a new record", "complaint", FIELDS_NEW, {"channel="}, "{}", NULL},
    {"a site's short name", "review", FIELDS_NEW, {"site=housing"}, "{\"site\":\"housing\"}", NULL},
    {"no equals sign", "complaint", FIELDS_NEW, {"channel"}, NULL, "is not FIELD=VALUE"},
    {"no name", "complaint", FIELDS_NEW, {"=web"}, NULL, "is not FIELD=VALUE"},
    {"an unknown field", "complaint", FIELDS_NEW, {"chanel=web"}, NULL, "did you mean 'channel'?"},
    {"adding to a plain field",
     "complaint",
     FIELDS_CHANGE,
     {"channel+=web"},
     NULL,
     "needs a field that is a set"},
    {"adding to a new record",
     "evidence",
     FIELDS_NEW,
     {"elements+=4.3.2"},
     NULL,
     "is for 'cse edit'"},
    {"an element there is not", "evidence", FIELDS_NEW, {"elements=4.3.2,9.9.9"}, NULL, "9.9.9"},
    {"a day there is not", "complaint", FIELDS_NEW, {"received_on=2026-02-30"}, NULL, "2026-02-30"},
    {"a file as a value", "evidence", FIELDS_NEW, {"files=x"}, NULL, "--attach"},
};

Test(cmd, fields)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct err_info info = {0};
        json_t *fields = json_object();
        enum err err = ERR_OK;
        for (size_t w = 0; w < 3 && words[i].words[w] != NULL && err == ERR_OK; w++)
            err = fields_add(fields, kind_by_name(words[i].kind), words[i].words[w], words[i].mode,
                             &info);
        char *text = json_dumps(fields, JSON_COMPACT | JSON_PRESERVE_ORDER);
        if (words[i].json != NULL)
            cr_expect(err == ERR_OK && strcmp(text, words[i].json) == 0, "%s: %s %s", words[i].name,
                      text, info.text);
        else
            cr_expect(err != ERR_OK && strstr(info.text, words[i].says) != NULL, "%s: '%s'",
                      words[i].name, info.text);
        free(text);
        json_decref(fields);
    }
}

static const struct {
    int64_t hits, counted;
    const char *text;
} percents[] = {
    {2364, 2919, "81.0 %"}, {2206, 2688, "82.1 %"}, {1, 3, "33.3 %"},  {1, 8, "12.5 %"},
    {1, 2000, "0.1 %"},     {0, 5, "0.0 %"},        {5, 5, "100.0 %"}, {0, 0, "–"},
    {-1, 3, "-33.3 %"},
};

Test(cmd, percentages_half_up)
{
    for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
        struct member_text buffer;
        const char *text = percent_text(percents[i].hits, percents[i].counted, &buffer);
        cr_expect(strcmp(text, percents[i].text) == 0, "%d of %d: '%s'", (int)percents[i].hits,
                  (int)percents[i].counted, text);
    }
}

static json_t *a_picture(size_t site_count)
{
    json_t *elements = json_array(), *sites = json_array();
    for (size_t s = 0; s < site_count; s++) {
        char slug[16];
        (void)snprintf(slug, sizeof(slug), "site-%zu", s);
        (void)json_array_append_new(sites, json_pack("{s:s, s:s, s:n, s:i}", "id", slug, "state",
                                                     s == 0 ? "current" : "late", "last_heard",
                                                     "pending", 3));
    }
    for (uint8_t place = 1; place <= ELEMENTS; place++)
        (void)json_array_append_new(
            elements, json_pack("{s:s, s:s, s:b, s:b, s:[{s:s, s:s}]}", "id", element_id(place),
                                "band", place == 1 ? "PC" : "U", "provisional", 1, "disputed",
                                (int)(place == 1), "sites", "site", "site-0", "band", "PC"));
    return json_pack("{s:s, s:{s:s, s:[s, s]}, s:o, s:o, s:{s:{s:i, s:i}, s:{s:i, s:i, s:i}}}",
                     "organisation", "Northmoor", "award", "state", "not_awardable", "could_be",
                     "not_awardable", "awardable", "sites", sites, "elements", elements,
                     "satisfaction", "csat", "satisfied", 2206, "valid", 2688, "nps", "promoters",
                     1, "passives", 0, "detractors", 2);
}

static char *render(size_t site_count, bool colour, int columns)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);
    struct picture_style style = {.to = to, .colour = colour, .columns = columns};
    json_t *picture = a_picture(site_count);
    picture_print_map(picture, style);
    cr_assert(picture_print_summary(picture, style));
    json_decref(picture);
    (void)fclose(to);
    return text;
}

Test(cmd, picture_says_what_it_is)
{
    char *text = render(3, false, 100);
    static const char *const parts[] = {"PC!~",
                                        "site-2",
                                        "late",
                                        "self-assessed: not awardable (could become: awardable)",
                                        "1 of 57 elements assessed (1.8 %)",
                                        "heard never, 3 changes not here yet",
                                        "satisfied 82.1 % (n=2688)",
                                        "NPS -33.3 (n=3)",
                                        "indicative"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        cr_expect(strstr(text, parts[i]) != NULL, "'%s' is missing in:\n%s", parts[i], text);
    cr_expect(strstr(text, "certified") == NULL && strchr(text, '\033') == NULL);
    free(text);
    text = render(3, true, 100);
    cr_expect(strstr(text, "\033[30;43m PC!~") != NULL);
    free(text);
}

/* Whatever the number of sites, no line is wider than the screen and every site has its column. */
Test(cmd, picture_fits_the_screen)
{
    static const int columns[] = {72, 80, 100, 200};
    for (size_t sites = 0; sites < 4 * 30; sites += 3) {
        int width = columns[sites / 30];
        char *text = render(sites % 30, false, width);
        for (char *line = text, *end; *line != '\0'; line = end + 1) {
            end = strchr(line, '\n');
            *end = '\0';
            cr_expect(text_width(line) <= (size_t)width, "%zu sites in %d columns: %s", sites % 30,
                      width, line);
            *end = '\n';
        }
        for (size_t s = 0; s < sites % 30; s++) {
            char slug[16];
            (void)snprintf(slug, sizeof(slug), "site-%zu ", s);
            cr_expect(strstr(text, slug) != NULL, "%zu sites: %s", sites % 30, slug);
        }
        free(text);
    }
}

static char *summary_of(json_t *picture)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);
    cr_assert(picture_print_summary(picture, (struct picture_style){.to = to, .columns = 100}));
    (void)fclose(to);
    json_decref(picture);
    return text;
}

Test(cmd, summary_names_what_is_challenged)
{
    json_t *picture = a_picture(1);
    json_t *element = json_array_get(json_object_get(picture, "elements"), 3);
    (void)json_object_set_new(element, "challenged", json_true());
    (void)json_object_set_new(element, "challenge",
                              json_pack("{s:s, s:s}", "reason", "nothing-recorded", "text",
                                        "nothing on record speaks for it"));
    (void)json_object_set_new(element, "ceiling", json_string("NC"));
    (void)json_object_set_new(element, "band", json_string("C"));
    char line[128];
    (void)snprintf(
        line, sizeof(line),
        "\nchallenged    %s all sites rated C, records carry NC: nothing on record speaks for it\n",
        element_id(4));
    char *text = summary_of(picture);
    cr_expect_not_null(strstr(text, line), "%s", text);
    cr_expect_not_null(strstr(text, "\ndisputed      1.1.1\n"), "%s", text);
    free(text);
}

/* A wave's name comes from another site. */
Test(cmd, summary_keeps_the_terminal)
{
    json_t *picture = a_picture(1);
    json_t *wave = json_pack("{s:s, s:{s:i, s:i}}", "wave", "spring\n\033[2J", "csat", "satisfied",
                             1, "valid", 2);
    (void)json_object_set_new(json_object_get(picture, "satisfaction"), "waves",
                              json_pack("[o]", wave));
    char *text = summary_of(picture);
    cr_expect_null(strchr(text, '\033'));
    cr_expect_not_null(strstr(text, "              spring [2J: satisfied 50.0 % (n=2)\n"), "%s",
                       text);
    free(text);
}

Test(cmd, summary_tells_a_revoked_site)
{
    json_t *picture = a_picture(2);
    (void)json_object_set_new(json_array_get(json_object_get(picture, "sites"), 1), "revoked",
                              json_true());
    char *text = summary_of(picture);
    cr_expect_not_null(
        strstr(text, "\n              site-1: late, heard never, access revoked, 3 changes"), "%s",
        text);
    cr_expect_null(strstr(text, "site-0: current, heard never, access"), "%s", text);
    free(text);
}

Test(cmd, summary_of_nothing)
{
    json_t *picture =
        json_pack("{s:{s:i}, s:{s:i}}", "complaints", "received", 0, "contacts", "received", 0);
    char *text = summary_of(picture);
    cr_expect_not_null(strstr(text, "complaints    none received\n"), "%s", text);
    cr_expect_not_null(strstr(text, "contacts      none received\n"), "%s", text);
    cr_expect_not_null(strstr(text, "satisfaction  no answers\n"), "%s", text);
    free(text);
}

Test(cmd, values_for_people)
{
    static const struct {
        const char *name, *json, *text;
    } values[] = {
        {"a text", "\"C\"", "C"},
        {"nothing", "null", ""},
        {"truth", "true", "yes"},
        {"a number", "12", "12"},
        {"a set", "[\"1.1.1\",\"4.3.2\"]", "1.1.1, 4.3.2"},
        {"no members", "[]", ""},
        {"files", "[{\"hash\":\"00\",\"name\":\"a.pdf\"},{\"name\":\"b.pdf\"}]", "a.pdf, b.pdf"},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct member_text buffer;
        json_t *json = json_loads(values[i].json, JSON_DECODE_ANY, NULL);
        cr_expect_str_eq(value_text(json, &buffer), values[i].text, "%s", values[i].name);
        json_decref(json);
    }
    json_t *many = json_array();
    for (int i = 0; i < 200; i++)
        (void)json_array_append_new(many, json_string("member"));
    struct member_text buffer;
    cr_expect_str_eq(value_text(many, &buffer), "(see --json)");
    json_decref(many);
}

Test(cmd, times_sites_and_counts_for_people)
{
    struct member_text a, b, c;
    struct count_text one, two, none;
    json_t *json = json_pack("{s:s, s:s, s:s, s:n}", "at", "2026-11-22T07:55:10.043Z", "site",
                             "housing", "nameless", "9b7e84de90019d50", "never");
    cr_expect_str_eq(time_text(json_object_get(json, "at"), &a), "2026-11-22 07:55:10 UTC");
    cr_expect_str_eq(time_text(json_object_get(json, "never"), &a), "");
    cr_expect_str_eq(site_text(json, "site", &b), "housing");
    cr_expect_str_eq(site_text(json, "nameless", &c), "(this site)");
    cr_expect_str_eq(count_text(1, P_("%s change", "%s changes"), &one), "1 change");
    cr_expect_str_eq(count_text(2, P_("%s change", "%s changes"), &two), "2 changes");
    cr_expect_str_eq(count_text(0, P_("%s change", "%s changes"), &none), "0 changes");
    json_decref(json);
}

Test(cmd, what_a_new_record_must_have)
{
    struct fields_text buffer;
    cr_expect_str_eq(fields_required(kind_by_name("complaint"), &buffer), "received_on");
    struct err_info info = {0};
    cr_expect_eq(fields_unknown(kind_by_name("complaint"), "chanel", &info), ERR_USAGE);
    cr_expect_not_null(strstr(info.text, "did you mean 'channel'?"), "%s", info.text);
}
