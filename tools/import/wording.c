/* One line at a time: it opens an element, opens a heading, goes on with what is open, or is
 * nothing. Blank lines close what is open, except that a sentence may go on after them with a small
 * letter. An id that has lost its first digit takes the criterion of the element before it, if that
 * makes it the next one. */
#include "tools/import/wording.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"

enum { GROUPS_MAX = 3 };

enum open_part { OPEN_NOTHING, OPEN_ELEMENT, OPEN_HEADING };

struct scan {
    struct wording wording;
    const char *name;
    uint32_t line;
    uint8_t last; /* place of the element read last; 0: none */
    enum open_part open;
    bool blank_since; /* a blank line came after the open part */
    struct err_info *info;
};

struct id {
    unsigned groups[GROUPS_MAX];
    uint32_t count;
    bool dot_before, dot_after;
    size_t len; /* of the id with its dots */
};

struct line {
    const char *text; /* without blanks around it */
    size_t len;
};

/* ---- small things about characters ---- */

static size_t blank_len(const char *text, size_t len)
{
    if (len >= 1 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\f'))
        return 1;
    return len >= 2 && memcmp(text, "\xC2\xA0", 2) == 0 ? 2 : 0; /* no-break space */
}

static struct line trim(const char *text, size_t len)
{
    size_t step;
    while ((step = blank_len(text, len)) > 0) {
        text += step;
        len -= step;
    }
    while (len > 0 &&
           (blank_len(text + len - 1, 1) > 0 || (len >= 2 && blank_len(text + len - 2, 2) == 2))) {
        len -= blank_len(text + len - 1, 1) > 0 ? 1 : 2;
    }
    return (struct line){text, len};
}

static uint32_t first_character(struct line line)
{
    const uint8_t *at = (const uint8_t *)line.text;
    if (line.len >= 2 && at[0] >= 0xC2 && at[0] <= 0xDF)
        return ((uint32_t)(at[0] & 0x1F) << 6) | (at[1] & 0x3F);
    return line.len >= 1 ? at[0] : 0;
}

/* Of the Latin, Greek and Cyrillic alphabets. */
static bool is_small_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7) ||
           (c >= 0x100 && c <= 0x177 && c % 2 == 1) || c == 0x219 || c == 0x21B ||
           (c >= 0x3AC && c <= 0x3CE) || (c >= 0x430 && c <= 0x45F);
}

static bool ends_sentence(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && strchr(".!?:;", text[len - 1]) != NULL;
}

/* ---- ids ---- */

/* Digits and dots at the start of the line. False when it does not begin like an id. */
static bool read_id(struct line line, struct id *id_out)
{
    struct id id = {0};
    size_t at = 0;
    while (at < line.len && line.text[at] == '.') {
        id.dot_before = true;
        at++;
    }
    while (at < line.len && line.text[at] >= '0' && line.text[at] <= '9') {
        if (id.count == GROUPS_MAX)
            return false;
        unsigned number = 0;
        for (; at < line.len && line.text[at] >= '0' && line.text[at] <= '9'; at++) {
            number = number * 10 + (unsigned)(line.text[at] - '0');
            if (number > 99) /* a year, an amount */
                return false;
        }
        id.groups[id.count++] = number;
        id.dot_after = at < line.len && line.text[at] == '.';
        while (at < line.len && line.text[at] == '.')
            at++;
        if (!id.dot_after)
            break;
    }
    id.len = at;
    *id_out = id;
    return id.count > 0 && (id.dot_after || id.count > 1);
}

static uint8_t place_of(unsigned a, unsigned b, unsigned c)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%u.%u.%u", a, b, c);
    return element_from_id(text);
}

/* A criterion or sub-criterion that the standard has. */
static bool is_heading(const struct id *id)
{
    return id->dot_after && !id->dot_before &&
           place_of(id->groups[0], id->count == 2 ? id->groups[1] : 1, 1) != 0 && id->count <= 2;
}

/* ".3.3." after 4.3.2: the next element, if it only lacks its criterion. A heading may not be taken
 * for one, so without the dot in front the line must point back to where no heading can be. */
static uint8_t repaired_place(const struct scan *scan, const struct id *id)
{
    if (id->count != 2 || scan->last == 0)
        return 0;
    uint8_t criterion = element_criterion(scan->last);
    uint8_t place = place_of(criterion, id->groups[0], id->groups[1]);
    if (place != scan->last + 1)
        return 0;
    uint8_t heading = place_of(id->groups[0], id->groups[1], 1);
    return id->dot_before || heading == 0 || heading <= scan->last ? place : 0;
}

/* ---- building ---- */

/* Blanks in a row become one; a word cut at its hyphen is put together. */
static enum err append(struct scan *scan, uint8_t place, struct line line)
{
    char **text = &scan->wording.texts[place - 1];
    size_t len = *text != NULL ? strlen(*text) : 0;
    if (len + line.len + 2 > TEXT_BYTES_MAX)
        return err_set(scan->info, ERR_TOO_BIG, "%s: line %" PRIu32 ": the text of %s is too long",
                       scan->name, scan->line, element_id(place));
    char *longer = realloc(*text, len + line.len + 2);
    if (longer == NULL)
        return err_set(scan->info, ERR_NO_MEMORY, "out of memory");
    *text = longer;
    if (len > 0 && longer[len - 1] != '-')
        longer[len++] = ' ';
    for (size_t i = 0; i < line.len;) {
        size_t blank = blank_len(line.text + i, line.len - i);
        if (blank > 0) {
            if (len > 0 && longer[len - 1] != ' ')
                longer[len++] = ' ';
            i += blank;
        } else {
            longer[len++] = line.text[i++];
        }
    }
    longer[len] = '\0';
    return ERR_OK;
}

static void note_repair(struct scan *scan, struct line line, const struct id *id, uint8_t place)
{
    struct wording *wording = &scan->wording;
    if (wording->repair_count < WORDING_NOTES_MAX) {
        wording->repairs[wording->repair_count].line = scan->line;
        wording->repairs[wording->repair_count].place = place;
        (void)snprintf(wording->repairs[wording->repair_count].written, WORDING_NOTE_BYTES, "%.*s",
                       (int)id->len, line.text);
    }
    wording->repair_count++;
}

static enum err open_element(struct scan *scan, uint8_t place, struct line rest)
{
    if (scan->wording.texts[place - 1] != NULL)
        return err_set(scan->info, ERR_INVALID, "%s: line %" PRIu32 ": element %s is there twice",
                       scan->name, scan->line, element_id(place));
    scan->last = place;
    scan->open = OPEN_ELEMENT;
    scan->blank_since = false;
    return append(scan, place, rest);
}

/* Text without an id. */
static enum err take_text(struct scan *scan, struct line line)
{
    bool goes_on = !scan->blank_since;
    if (scan->open == OPEN_ELEMENT && scan->blank_since)
        goes_on = is_small_letter(first_character(line)) &&
                  !ends_sentence(scan->wording.texts[scan->last - 1]);
    if (scan->open == OPEN_ELEMENT && goes_on) {
        scan->blank_since = false;
        return append(scan, scan->last, line);
    }
    if (scan->open == OPEN_HEADING && goes_on)
        return ERR_OK;
    if (scan->wording.ignored_count < WORDING_NOTES_MAX)
        scan->wording.ignored[scan->wording.ignored_count] = scan->line;
    scan->wording.ignored_count++;
    return ERR_OK;
}

static enum err take_line(struct scan *scan, struct line line)
{
    struct id id;
    if (line.len == 0) {
        scan->blank_since = true;
        return ERR_OK;
    }
    if (!read_id(line, &id))
        return take_text(scan, line);
    struct line rest = trim(line.text + id.len, line.len - id.len);
    uint8_t place = id.count == GROUPS_MAX ? place_of(id.groups[0], id.groups[1], id.groups[2])
                                           : repaired_place(scan, &id);
    if (place != 0) {
        if (id.count != GROUPS_MAX)
            note_repair(scan, line, &id, place);
        return open_element(scan, place, rest);
    }
    if (id.count == GROUPS_MAX)
        return err_set(scan->info, ERR_INVALID,
                       "%s: line %" PRIu32 ": '%.*s' is no element of the standard", scan->name,
                       scan->line, (int)id.len, line.text);
    if (!is_heading(&id))
        return take_text(scan, line);
    scan->open = OPEN_HEADING;
    scan->blank_since = false;
    return ERR_OK;
}

static enum err check_whole(const struct scan *scan)
{
    char missing[ERR_TEXT_BYTES / 2] = "";
    size_t len = 0, count = 0;
    for (uint8_t place = 1; place <= ELEMENTS; place++) {
        const char *text = scan->wording.texts[place - 1];
        if (text != NULL && text[0] != '\0')
            continue;
        count++;
        if (len + 8 < sizeof(missing))
            len += (size_t)snprintf(missing + len, sizeof(missing) - len, " %s", element_id(place));
    }
    if (count == 0)
        return ERR_OK;
    return err_set(scan->info, ERR_INVALID, "%s: %zu of %d elements are missing:%s%s", scan->name,
                   count, ELEMENTS, missing, len + 8 < sizeof(missing) ? "" : " …");
}

enum err wording_parse(const char *name, struct bytes text, struct wording *wording_out,
                       struct err_info *info)
{
    struct scan scan = {.name = name, .info = info, .blank_since = true};
    const char *at = (const char *)text.data;
    const char *end = at + text.len;
    enum err err = ERR_OK;
    if (text.len >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0)
        at += 3;
    while (at < end && err == ERR_OK) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = stop != NULL ? (size_t)(stop - at) : (size_t)(end - at);
        scan.line++;
        if (!utf8_valid(bytes_of(at, len)))
            err = err_set(info, ERR_CORRUPT, "%s: line %" PRIu32 " is not UTF-8", name, scan.line);
        else
            err = take_line(&scan, trim(at, len));
        at += len + (stop != NULL ? 1 : 0);
    }
    if (err == ERR_OK)
        err = check_whole(&scan);
    if (err != ERR_OK) {
        wording_free(&scan.wording);
        return err;
    }
    *wording_out = scan.wording;
    return ERR_OK;
}

void wording_free(struct wording *wording)
{
    for (uint32_t i = 0; i < ELEMENTS; i++)
        free(wording->texts[i]);
    *wording = (struct wording){0};
}
