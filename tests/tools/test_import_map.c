#include <criterion/criterion.h>
#include <string.h>

#include "tests/tools/temp_file.h"
#include "tools/import/import.h"

static const struct {
    const char *name, *text, *says;
} bad[] = {
    {"not a mapping", "- a\n- b\n", "x.yaml:1"},
    {"no kind", "columns:\n  - {column: A, field: title}\n", "'kind' is missing"},
    {"an unknown kind", "kind: complain\ncolumns:\n  - {column: A, field: title}\n",
     "x.yaml:1: kind: there is no kind 'complain'"},
    {"no columns", "kind: complaint\n", "'columns' is missing or empty"},
    {"an unknown key at the top", "kind: complaint\ncolunms: []\n",
     "x.yaml:2: colunms: unknown key; did you mean 'columns'?"},
    {"an unknown key of a column", "kind: complaint\ncolumns:\n  - {column: A, fild: reference}\n",
     "did you mean 'field'?"},
    {"an unknown field", "kind: complaint\ncolumns:\n  - {column: A, field: receved_on}\n",
     "'receved_on' is no field of complaint; did you mean 'received_on'?"},
    {"a column without name", "kind: complaint\ncolumns:\n  - {field: reference}\n",
     "x.yaml:3: this entry names no column"},
    {"neither field nor skip", "kind: complaint\ncolumns:\n  - {column: A}\n",
     "name a field or skip_row_if"},
    {"a time pattern for a date",
     "kind: complaint\ncolumns:\n  - {column: A, field: received_on, time: \"%Y\"}\n",
     "the field is no time; use date:"},
    {"a date pattern for a text",
     "kind: complaint\ncolumns:\n  - {column: A, field: channel, date: \"%Y\"}\n",
     "the field is no date"},
    {"values that are no mapping",
     "kind: complaint\ncolumns:\n  - {column: A, field: channel, values: [a, b]}\n",
     "values: must be a mapping"},
    {"empty that is no list",
     "kind: complaint\ncolumns:\n  - {column: A, field: channel, empty: x}\n",
     "empty: must be a list of texts"},
    {"split for a plain field",
     "kind: complaint\ncolumns:\n  - {column: A, field: channel, split: \";\"}\n",
     "split: the field takes one value"},
    {"decimals for a text",
     "kind: complaint\ncolumns:\n  - {column: A, field: channel, decimals: 2}\n",
     "decimals: the field is no whole number"},
    {"decimals out of range",
     "kind: response\ncolumns:\n  - {column: A, field: weight_millionths, decimals: 12}\n",
     "decimals: must be 0 to 9"},
    {"required that is no truth value",
     "kind: complaint\ncolumns:\n  - {column: A, field: channel, required: sure}\n", "required:"},
    {"a wrong constant",
     "kind: complaint\ncolumns:\n  - {column: A, field: channel}\n"
     "constants:\n  natur: complaint\n",
     "x.yaml:5: natur: 'natur' is no field of complaint"},
    {"other_columns",
     "kind: complaint\ncolumns:\n  - {column: A, field: channel}\n"
     "other_columns: keep\n",
     "x.yaml:4: other_columns: must be ignore or error"},
    {"files", "kind: evidence\ncolumns:\n  - {column: A, field: files}\n",
     "files cannot come out of a CSV"},
};

Test(import_map, faults_name_file_and_line)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct import_map *map = NULL;
        struct err_info info = {0};
        enum err err = map_load_text("x.yaml", bytes_of_text(bad[i].text), &map, &info);
        cr_expect(err == ERR_INVALID, "%s: code %d", bad[i].name, err);
        cr_expect(strncmp(info.text, "x.yaml:", 7) == 0, "%s: '%s'", bad[i].name, info.text);
        cr_expect(strstr(info.text, bad[i].says) != NULL, "%s: '%s'", bad[i].name, info.text);
        map_free(map);
    }
}

/* Convert the one row of a file; "map" NULL: none. Gives the fields as text, or "bad: reason". */
static void convert(const char *kind_name, const char *map_text, const char *csv, char *out,
                    size_t size)
{
    struct temp_file file = temp_file_with(csv, strlen(csv));
    struct import_map *map = NULL;
    struct csv_reader *reader = NULL;
    struct plan *plan = NULL;
    struct err_info info = {0};
    const struct kind *kind = kind_by_name(kind_name);
    struct csv_row row;
    bool more;
    char reason[ERR_TEXT_BYTES];
    enum row_verdict verdict = ROW_LEFT_OUT;
    struct mp_buf fields;
    mp_buf_init(&fields, OP_BYTES_MAX);
    enum err err =
        map_text == NULL ? ERR_OK : map_load_text("x.yaml", bytes_of_text(map_text), &map, &info);
    if (err == ERR_OK)
        err = csv_open(file.path, &reader, &info);
    if (err == ERR_OK)
        err = plan_new(kind, map, csv_header(reader), (struct site_lookup){0}, &plan, &info);
    if (err == ERR_OK)
        err = csv_next(reader, &row, &more, &info);
    if (err == ERR_OK)
        err = plan_convert(plan, &row, &fields, &verdict, reason);
    if (err != ERR_OK) {
        (void)snprintf(out, size, "fails: %s", info.text);
    } else if (verdict == ROW_BAD) {
        (void)snprintf(out, size, "bad: %s", reason);
    } else if (verdict == ROW_LEFT_OUT) {
        (void)snprintf(out, size, "left out");
    } else {
        struct mp_reader at = mp_reader_of(mp_buf_bytes(&fields));
        uint32_t count = mp_read_map(&at);
        size_t len = 0;
        out[0] = '\0';
        for (uint32_t i = 0; i < count; i++) {
            const struct field *field = field_by_number(kind, (uint16_t)mp_read_uint(&at));
            struct bytes value = mp_read_any(&at);
            char text[256] = "?";
            if (field->set) {
                struct mp_reader set = mp_reader_of(value);
                uint32_t members = mp_read_array(&set);
                size_t at_text = 0;
                for (uint32_t m = 0; m < members; m++) {
                    char member[64] = "?";
                    (void)field_to_text(field, mp_read_any(&set), member, sizeof(member));
                    at_text += (size_t)snprintf(text + at_text, sizeof(text) - at_text, "%s%s",
                                                m > 0 ? "+" : "", member);
                }
            } else {
                (void)field_to_text(field, value, text, sizeof(text));
            }
            len += (size_t)snprintf(out + len, size - len, "%s%s=%s", i > 0 ? " " : "", field->name,
                                    text);
        }
        cr_expect(at.err == ERR_OK && mp_at_end(&at) && mp_scan(mp_buf_bytes(&fields)) == ERR_OK);
    }
    mp_buf_deinit(&fields);
    plan_free(plan);
    csv_close(reader);
    map_free(map);
    unlink(file.path);
}

#define COLUMN(rest) \
    "kind: complaint\ncolumns:\n  - {column: D, field: received_on}\n  - {column: A, " rest "}\n"
#define RESPONSE(rest) "kind: response\ncolumns:\n  - {column: A, " rest "}\n"

static const struct {
    const char *name, *kind, *map, *csv, *gives;
} rows[] = {
    {"names of fields, no map", "complaint", NULL, "received_on,channel\n2026-01-02,web\n",
     "received_on=2026-01-02 channel=web"},
    {"columns an export adds", "complaint", NULL,
     "id,kind,version,received_on\nx,complaint,9f,2026-01-02\n", "received_on=2026-01-02"},
    {"a set in an export", "evidence", NULL, "title,elements\nPlan,4.3.2;1.1.1; 4.3.2\n",
     "title=Plan elements=4.3.2+1.1.1"},
    {"an unknown column", "complaint", NULL, "received_on,chanel\n2026-01-02,web\n",
     "fails: column 'chanel' is no field of complaint (did you mean 'channel'?)"},
    {"no column for a required field", "complaint", NULL, "channel\nweb\n",
     "fails: no column gives 'received_on'"},
    {"a bad date", "complaint", NULL, "received_on\n2026-02-30\n", "bad: "},
    {"a required field left empty", "complaint", NULL, "received_on,channel\n,web\n",
     "bad: received_on is required and column 'received_on' is empty"},
    {"a rule over two fields", "complaint", NULL, "received_on,closed_on\n2026-01-02,2026-01-01\n",
     "bad: closed_on is before received_on"},
    {"a column is missing", "complaint", COLUMN("field: channel"), "D,B\n2026-01-02,1\n",
     "fails: line 1: column 'A' is missing; the file has 'D', 'B'"},
    {"all alternatives are missing", "complaint",
     "kind: complaint\ncolumns:\n  - {column: [X, Y], field: received_on}\n", "Z\n1\n",
     "fails: line 1: column 'X' or 'Y' is missing"},
    {"an alternative is there", "complaint",
     "kind: complaint\ncolumns:\n  - {column: [X, Y], field: received_on}\n", "Y\n2026-01-02\n",
     "received_on=2026-01-02"},
    {"the map is for another kind", "contact", COLUMN("field: channel"), "D,A\n,\n",
     "fails: the map is for complaint, not for contact"},
    {"a field twice", "complaint", COLUMN("field: received_on"), "D,A\n2026-01-02,\n",
     "fails: field 'received_on' is filled twice"},
    {"other columns refused", "complaint", COLUMN("field: channel") "other_columns: error\n",
     "D,A,B\n2026-01-02,x,y\n", "fails: column 'B' is not in the map"},
    {"a value replaced", "complaint",
     COLUMN("field: disputed, values: {J: \"true\", N: \"false\"}"), "D,A\n2026-01-02,J\n",
     "received_on=2026-01-02 disputed=yes"},
    {"a value that is not listed", "complaint",
     COLUMN("field: disputed, values: {J: \"true\"}, otherwise: \"false\""), "D,A\n2026-01-02,?\n",
     "received_on=2026-01-02 disputed=no"},
    {"a listed value that means nothing", "complaint", COLUMN("field: channel, empty: [none]"),
     "D,A\n2026-01-02,none\n", "received_on=2026-01-02"},
    {"a word for nothing anywhere", "complaint", COLUMN("field: channel") "missing: [N/A]\n",
     "D,A\n2026-01-02,N/A\n", "received_on=2026-01-02"},
    {"blanks cut off", "complaint", COLUMN("field: channel, trim: true"), "D,A\n2026-01-02, web \n",
     "received_on=2026-01-02 channel=web"},
    {"a required column is empty", "complaint", COLUMN("field: channel, required: true"),
     "D,A\n2026-01-02,\n", "bad: column 2 ('A'): the cell is empty, and it may not be"},
    {"a row is left out", "complaint", COLUMN("skip_row_if: [test]"), "D,A\n2026-01-02,test\n",
     "left out"},
    {"a constant", "complaint", COLUMN("field: channel") "constants: {nature: comment}\n",
     "D,A\n2026-01-02,web\n", "nature=comment received_on=2026-01-02 channel=web"},
    {"a day of a month", "response",
     RESPONSE("field: answered_on, prefix: \"2017-05-\", date: \"%Y-%m-%d\""), "A\n9\n",
     "answered_on=2017-05-09"},
    {"a day that is none", "response",
     RESPONSE("field: answered_on, prefix: \"2017-02-\", date: \"%Y-%m-%d\""), "A\n30\n",
     "bad: column 1 ('A'): answered_on: '2017-02-30' is not a date of the form %Y-%m-%d"},
    {"a date with a time", "response",
     RESPONSE("field: answered_on, date: \"%m/%d/%Y %I:%M:%S %p\""), "A\n05/09/1969 11:59:00 PM\n",
     "answered_on=1969-05-09"},
    {"decimals, rounded", "response", RESPONSE("field: weight_millionths, decimals: 6"),
     "A\n1.0455967742\n", "weight_millionths=1045597"},
    {"decimals, half up", "response", RESPONSE("field: weight_millionths, decimals: 6"),
     "A\n0.0000005\n", "weight_millionths=1"},
    {"decimals, fewer places", "response", RESPONSE("field: weight_millionths, decimals: 6"),
     "A\n2.5\n", "weight_millionths=2500000"},
    {"decimals, a whole number", "response", RESPONSE("field: weight_millionths, decimals: 6"),
     "A\n3\n", "weight_millionths=3000000"},
    {"decimals, no number", "response", RESPONSE("field: weight_millionths, decimals: 6"),
     "A\n1.2.3\n", "bad: column 1 ('A'): weight_millionths: '1.2.3' is not a number"},
    {"decimals, too large", "response", RESPONSE("field: weight_millionths, decimals: 6"),
     "A\n99999999999999999999\n", "bad: "},
    {"an empty row", "response", RESPONSE("field: channel"), "A,B\n,x\n",
     "bad: nothing in this row becomes a field"},
};

Test(import_map, rows)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char got[1024];
        convert(rows[i].kind, rows[i].map, rows[i].csv, got, sizeof(got));
        cr_expect(strncmp(got, rows[i].gives, strlen(rows[i].gives)) == 0, "%s: got '%s'",
                  rows[i].name, got);
    }
}
