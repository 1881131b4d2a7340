/* The heat map. A cell is a band on its colour with a mark behind it: '!' disputed, '~'
 * provisional, so that nothing is said by colour alone. */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "lib/sys/table.h"
#include "proto/cse/elements.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/picture.h"

enum {
    ID_WIDTH = 6,
    TITLE_WIDTH_MIN = 40,
    TITLE_WIDTH_MAX = 62,
    ALL_WIDTH = 8,
    SITE_WIDTH_MIN = 7,
    SITE_WIDTH_MAX = 12
};

struct map {
    const json_t *picture;
    struct picture_style style;
    size_t first, count; /* the sites of this block */
    int site_width, title_width;
};

static const char *colour_of(const char *band)
{
    static const struct {
        const char *band, *escape;
    } colours[] = {
        {"CP", "\033[30;46m"}, {"C", "\033[30;42m"},   {"PC", "\033[30;43m"},
        {"NC", "\033[97;41m"}, {"NA", "\033[37;100m"}, {"U", "\033[90m"},
    };
    for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
        if (strcmp(colours[i].band, band) == 0)
            return colours[i].escape;
    }
    return "";
}

static void print_cell(const struct map *map, const json_t *cell, int width)
{
    struct member_text a;
    const char *band = cell != NULL ? member_text(cell, "band", &a) : "U";
    bool assessed = strcmp(band, "U") != 0;
    char text[16];
    (void)snprintf(text, sizeof(text), " %s%s%s", assessed ? band : "·",
                   json_is_true(json_object_get(cell, "disputed")) ? "!" : "",
                   assessed && json_is_true(json_object_get(cell, "provisional")) ? "~" : "");
    int pad = width - 1 - (int)text_width(text);
    bool paint = map->style.colour;
    (void)fprintf(map->style.to, "%s%s%*s%s ", paint ? colour_of(band) : "", text,
                  pad > 0 ? pad : 0, "", paint ? "\033[0m" : "");
}

/* Cut to `width` columns and filled up with blanks. */
static void print_padded(FILE *to, const char *text, int width)
{
    char cut[256];
    (void)snprintf(cut, sizeof(cut), "%s", text);
    while ((int)text_width(cut) > width - 1 && cut[0] != '\0') {
        size_t len = strlen(cut) - (strlen(cut) > strlen("…") ? strlen("…") + 1 : 1);
        while (len > 0 && ((unsigned char)cut[len] & 0xC0) == 0x80)
            len--;
        (void)snprintf(cut + len, sizeof(cut) - len, "…");
        if (len == 0)
            break;
    }
    (void)fprintf(to, "%s%*s", cut, width - (int)text_width(cut), "");
}

static void print_sites(const struct map *map, const char *key)
{
    struct member_text a;
    const json_t *sites = json_object_get(map->picture, "sites");
    for (size_t i = map->first; i < map->first + map->count; i++) {
        const char *text = member_text(json_array_get(sites, i), key, &a);
        /* what is current needs no word */
        print_padded(map->style.to, strcmp(text, "current") == 0 ? "" : tr(text), map->site_width);
    }
    (void)fputc('\n', map->style.to);
}

static bool any_not_current(const struct map *map)
{
    struct member_text a;
    const json_t *sites = json_object_get(map->picture, "sites");
    for (size_t i = map->first; i < map->first + map->count; i++) {
        if (strcmp(member_text(json_array_get(sites, i), "state", &a), "current") != 0)
            return true;
    }
    return false;
}

static void print_header(const struct map *map)
{
    FILE *to = map->style.to;
    (void)fprintf(to, "%*s", ID_WIDTH + map->title_width, "");
    print_padded(to, tr(N_("all")), ALL_WIDTH);
    print_sites(map, "id");
    if (!any_not_current(map))
        return;
    (void)fprintf(to, "%*s", ID_WIDTH + map->title_width + ALL_WIDTH, "");
    print_sites(map, "state");
}

static const json_t *find_by(const json_t *list, const char *key, const char *value)
{
    size_t index;
    json_t *item;
    struct member_text a;
    json_array_foreach(list, index, item)
    {
        if (strcmp(member_text(item, key, &a), value) == 0)
            return item;
    }
    return NULL;
}

static void print_criterion(const struct map *map, uint8_t number)
{
    char id[4], head[160] = "", counts[160] = "";
    struct member_text state;
    (void)snprintf(id, sizeof(id), "%u", number);
    const json_t *criterion = find_by(json_object_get(map->picture, "criteria"), "id", id);
    const char *text = member_text(criterion, "state", &state);
    if (criterion != NULL) {
        say_in(head, sizeof(head), ": %s",
               strcmp(text, "not_met") == 0          ? N_("not met")
               : strcmp(text, "not_applicable") == 0 ? N_("not applicable")
               : strcmp(text, "met") == 0            ? N_("met")
                                                     : text);
        say_in(counts, sizeof(counts),
               "(%" PRId64 " of %" PRId64 " met, partial %" PRId64 " of at most %" PRId64
               ", failed %" PRId64 ", open %" PRId64 ")",
               member_int(criterion, "met"),
               member_int(criterion, "elements") - member_int(criterion, "not_applicable"),
               member_int(criterion, "partial"), member_int(criterion, "partial_max"),
               member_int(criterion, "non_compliant"), member_int(criterion, "not_assessed"));
    }
    (void)fprintf(map->style.to, "\n%s%s  %s%s%s", map->style.colour ? "\033[1m" : "", id,
                  tr(criterion_title(number)), map->style.colour ? "\033[0m" : "", head);
    size_t wide = strlen(id) + 2 + text_width(tr(criterion_title(number))) + text_width(head) + 1 +
                  text_width(counts);
    bool fits = wide <= (size_t)map->style.columns;
    (void)fprintf(map->style.to, "%s%s\n", fits ? " " : "\n   ", counts);
}

static void print_element(const struct map *map, const json_t *element, uint8_t place)
{
    FILE *to = map->style.to;
    struct member_text a;
    const json_t *sites = json_object_get(map->picture, "sites");
    print_padded(to, element_id(place), ID_WIDTH);
    print_padded(to, tr(element_title(place)), map->title_width);
    print_cell(map, element, ALL_WIDTH);
    for (size_t i = map->first; i < map->first + map->count; i++) {
        const char *slug = member_text(json_array_get(sites, i), "id", &a);
        print_cell(map, find_by(json_object_get(element, "sites"), "site", slug), map->site_width);
    }
    (void)fputc('\n', to);
}

static void print_block(const struct map *map)
{
    const json_t *elements = json_object_get(map->picture, "elements");
    uint8_t criterion = 0;
    const struct sub_criterion *sub = NULL;
    print_header(map);
    for (uint8_t place = 1; place <= ELEMENTS; place++) {
        const json_t *element = find_by(elements, "id", element_id(place));
        if (element == NULL) /* --element */
            continue;
        if (element_criterion(place) != criterion)
            print_criterion(map, element_criterion(place));
        criterion = element_criterion(place);
        if (sub_criterion_of(place) != sub && sub_criterion_of(place) != NULL)
            (void)fprintf(map->style.to, "%-*s%s\n", ID_WIDTH, sub_criterion_of(place)->id,
                          tr(sub_criterion_of(place)->title));
        sub = sub_criterion_of(place);
        print_element(map, element, place);
    }
}

void picture_print_map(const json_t *picture, struct picture_style style)
{
    struct map map = {.picture = picture, .style = style, .site_width = SITE_WIDTH_MIN};
    struct member_text a;
    size_t index, all = json_array_size(json_object_get(picture, "sites"));
    json_t *site;
    json_array_foreach(json_object_get(picture, "sites"), index, site)
    {
        int width = (int)text_width(member_text(site, "id", &a)) + 2;
        map.site_width = width > map.site_width ? width : map.site_width;
    }
    map.site_width = map.site_width < SITE_WIDTH_MAX ? map.site_width : SITE_WIDTH_MAX;
    int room = style.columns - ID_WIDTH - ALL_WIDTH;
    size_t fit = room - TITLE_WIDTH_MIN > map.site_width
                     ? (size_t)((room - TITLE_WIDTH_MIN) / map.site_width)
                     : 1;
    int rest = room - (int)(all < fit ? all : fit) * map.site_width;
    map.title_width = rest < TITLE_WIDTH_MIN   ? TITLE_WIDTH_MIN
                      : rest > TITLE_WIDTH_MAX ? TITLE_WIDTH_MAX
                                               : rest;
    do {
        map.count = all - map.first < fit ? all - map.first : fit;
        print_block(&map);
        (void)fputc('\n', style.to);
        map.first += map.count;
    } while (map.first < all);
    print_wrapped(
        tr(N_("CP compliance plus, C compliance, PC partial, NC none, NA not applicable, "
              "· not assessed, ! disputed, ~ provisional: a site has not assessed it yet")),
        (struct wrap){.columns = (size_t)style.columns}, style.to);
}

/* ---- as a table for other programs ---- */

static void put_cell(FILE *to, const char *text, bool first)
{
    bool quote = strpbrk(text, ",\"\r\n") != NULL;
    (void)fprintf(to, "%s%s", first ? "" : ",", quote ? "\"" : "");
    for (; *text != '\0'; text++) {
        if (*text == '"')
            (void)fputc('"', to);
        (void)fputc(*text, to);
    }
    (void)fputs(quote ? "\"" : "", to);
}

void picture_write_csv(const json_t *picture, FILE *to)
{
    static const char *const keys[] = {"id",          "band",       "worst",
                                       "provisional", "coverage",   "minor_gaps",
                                       "ceiling",     "challenged", "disputed"};
    static const char *const evidence[] = {"current", "ageing", "expired"};
    size_t index, s;
    json_t *element, *site;
    struct member_text a, b;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        put_cell(to, i == 0 ? "element" : keys[i], i == 0);
    for (size_t i = 0; i < 3; i++)
        (void)fprintf(to, ",evidence_%s", evidence[i]);
    json_array_foreach(json_object_get(picture, "sites"), s, site)
        put_cell(to, member_text(site, "id", &a), false);
    (void)fputs("\r\n", to);
    json_array_foreach(json_object_get(picture, "elements"), index, element)
    {
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
            put_cell(to, member_text(element, keys[i], &a), i == 0);
        for (size_t i = 0; i < 3; i++)
            put_cell(to, member_text(json_object_get(element, "evidence"), evidence[i], &a), false);
        json_array_foreach(json_object_get(picture, "sites"), s, site)
            put_cell(to,
                     member_text(find_by(json_object_get(element, "sites"), "site",
                                         member_text(site, "id", &b)),
                                 "band", &a),
                     false);
        (void)fputs("\r\n", to);
    }
}
