#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sys/files.h"
#include "tools/import/wording.h"

enum { TABLE_BYTES = 16 * 1024 };

/* A table of all elements, one line each, "ID. Text of ID." with blank cells; element `place` reads
 * `instead` (NULL: is left out). */
static void make_table(uint8_t place, const char *instead, char *out)
{
    size_t len = 0;
    out[0] = '\0';
    for (uint8_t p = 1; p <= ELEMENTS; p++) {
        const char *id = element_id(p);
        if (strcmp(id + 3, ".1") == 0 && strcmp(id + 1, ".1.1") == 0)
            len += (size_t)snprintf(out + len, TABLE_BYTES - len, "%c. CRITERION\n of two lines\n",
                                    id[0]);
        if (strcmp(id + 3, ".1") == 0)
            len += (size_t)snprintf(out + len, TABLE_BYTES - len, "%.3s. Heading\n\n", id);
        if (p != place)
            len += (size_t)snprintf(out + len, TABLE_BYTES - len, "%s. Text of %s.\n\n     \n", id,
                                    id);
        else if (instead != NULL)
            len += (size_t)snprintf(out + len, TABLE_BYTES - len, "%s\n\n", instead);
    }
}

static const struct {
    const char *name, *id, *instead, *text;
    uint32_t repairs, ignored;
} good[] = {
    {"as it should be", "4.3.3", "4.3.3. Staff are trained.", "Staff are trained.", 0, 0},
    {"two dots", "4.2.3", "4.2.3.. Compares itself.", "Compares itself.", 0, 0},
    {"no blank after the id", "3.4.2", "3.4.2.Has agreements.", "Has agreements.", 0, 0},
    {"no dot after the id", "3.4.2", "3.4.2 Has agreements.", "Has agreements.", 0, 0},
    {"blanks before the id", "2.1.3", "  \t2.1.3. Policies.", "Policies.", 0, 0},
    {"the first digit is lost", "4.3.3", ".3.3. Staff.", "Staff.", 1, 0},
    {"the first digit and dot are lost", "4.3.3", "3.3. Staff.", "Staff.", 1, 0},
    {"wrapped lines", "1.1.1", "1.1.1. One \n  two\t \nthree.", "One two three.", 0, 0},
    {"a word cut at its hyphen", "4.3.2", "4.3.2. rezolva \xC3\xAEntr-\no limita",
     "rezolva \xC3\xAEntr-o limita", 0, 0},
    {"a stray end of the sentence", "5.3.1", "5.3.1. Action is taken on\n problems.",
     "Action is taken on problems.", 0, 0},
    {"a sentence that goes on after a blank line", "5.3.1",
     "5.3.1. Action is taken on\n\n problems.", "Action is taken on problems.", 0, 0},
    {"a copyright line", "3.1.1", "\xC2\xA9 Somebody\n\n3.1.1. Informs.", "Informs.", 0, 1},
    {"a page number", "3.1.1", "17\n\n3.1.1. Informs.", "Informs.", 0, 1},
    {"numbers in the text", "4.1.1", "4.1.1. Answers within\n10 days, 2.5 at best.",
     "Answers within 10 days, 2.5 at best.", 0, 0},
    {"a date at the start of a line", "4.1.1", "4.1.1. Since\n12.05.2024 it does.",
     "Since 12.05.2024 it does.", 0, 0},
    {"CRLF and no-break spaces", "4.1.1", "4.1.1.\xC2\xA0High\xC2\xA0 standards.\r",
     "High standards.", 0, 0},
};

Test(wording, tables)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char table[TABLE_BYTES];
        struct wording wording;
        struct err_info info = {0};
        uint8_t place = element_from_id(good[i].id);
        make_table(place, good[i].instead, table);
        enum err err = wording_parse("t", bytes_of_text(table), &wording, &info);
        cr_expect(err == ERR_OK, "%s: %s", good[i].name, info.text);
        if (err != ERR_OK)
            continue;
        cr_expect(strcmp(wording.texts[place - 1], good[i].text) == 0, "%s: '%s'", good[i].name,
                  wording.texts[place - 1]);
        cr_expect(wording.repair_count == good[i].repairs, "%s: %u repairs", good[i].name,
                  wording.repair_count);
        cr_expect(wording.ignored_count == good[i].ignored, "%s: %u ignored", good[i].name,
                  wording.ignored_count);
        cr_expect(strcmp(wording.texts[0], "Text of 1.1.1.") == 0 || place == 1, "%s: '%s'",
                  good[i].name, wording.texts[0]);
        wording_free(&wording);
    }
}

static const struct {
    const char *name, *id, *instead, *says;
    enum err code;
} bad[] = {
    {"one is missing", "4.3.3", NULL, "t: 1 of 57 elements are missing: 4.3.3", ERR_INVALID},
    {"one has no text", "4.3.3", "4.3.3.", "1 of 57 elements are missing: 4.3.3", ERR_INVALID},
    {"one is there twice", "1.1.2", "1.1.2. A.\n\n1.1.2. B.", "element 1.1.2 is there twice",
     ERR_INVALID},
    {"one that the standard has not", "1.1.3", "1.1.3. A.\n\n1.1.4. B.", "'1.1.4.' is no element",
     ERR_INVALID},
    {"a lost digit that gives no next element", "4.3.3", ".3.5. A.", "elements are missing: 4.3.3",
     ERR_INVALID},
    {"not UTF-8", "1.1.1", "1.1.1. caf\xE9", "is not UTF-8", ERR_CORRUPT},
};

Test(wording, faults)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char table[TABLE_BYTES];
        struct wording wording;
        struct err_info info = {0};
        make_table(element_from_id(bad[i].id), bad[i].instead, table);
        enum err err = wording_parse("t", bytes_of_text(table), &wording, &info);
        cr_expect(err == bad[i].code, "%s: code %d", bad[i].name, err);
        cr_expect(strstr(info.text, bad[i].says) != NULL, "%s: '%s'", bad[i].name, info.text);
    }
}

Test(wording, nothing)
{
    struct wording wording;
    struct err_info info = {0};
    cr_expect(wording_parse("t", (struct bytes){.data = (const uint8_t *)""}, &wording, &info) ==
              ERR_INVALID);
    cr_expect(strstr(info.text, "57 of 57 elements are missing") != NULL, "%s", info.text);
}

/* A real organisation's table, as a document converter left it. */
Test(wording, a_real_table)
{
    const char *path = SHARED_DIR "/seeds/000_e808d314ff5f5fc6.txt";
    uint8_t *data;
    size_t len;
    struct err_info info = {0};
    if (file_read(path, WORDING_FILE_BYTES_MAX, &data, &len, &info) != ERR_OK)
        cr_skip_test("skipped: %s absent", path);
    struct wording wording;
    cr_assert(wording_parse(path, bytes_of(data, len), &wording, &info) == ERR_OK, "%s", info.text);
    cr_expect(wording.repair_count == 1, "%u", wording.repair_count);
    cr_expect(strcmp(wording.repairs[0].written, ".3.3.") == 0, "%s", wording.repairs[0].written);
    cr_expect(strcmp(element_id(wording.repairs[0].place), "4.3.3") == 0);
    cr_expect(wording.repairs[0].line == 334, "line %u", wording.repairs[0].line);
    cr_expect(wording.ignored_count == 1, "%u", wording.ignored_count); /* the copyright line */
    const char *end =
        strstr(wording.texts[element_from_id("5.3.1") - 1], "sunt identificate probleme.");
    cr_expect(end != NULL, "%s", wording.texts[element_from_id("5.3.1") - 1]);
    for (uint8_t place = 1; place <= ELEMENTS; place++) {
        const char *text = wording.texts[place - 1];
        cr_expect(strncmp(text, "Organizatia", 11) == 0 || strlen(text) > 40, "%s: '%s'",
                  element_id(place), text);
        cr_expect(strlen(text) < 400, "%s: '%s'", element_id(place), text);
        cr_expect(strstr(text, "POPA") == NULL && strstr(text, "SERVICIULUI") == NULL &&
                      strstr(text, "parteneri si comunitati") == NULL && strstr(text, "  ") == NULL,
                  "%s: '%s'", element_id(place), text);
    }
    wording_free(&wording);
    free(data);
}
