#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/sys/files.h"
#include "proto/record/fields.h"
#include "tests/tools/temp_file.h"
#include "tools/import/import.h"
#include "tools/import/rejects.h"

/* What the rows that come in hold, counted over the second pass. */
struct counts {
    uint64_t rows, in_time, on_time, late, undecidable, rated, satisfied, recommends, no_answer,
        with_date;
};

static void count_row(struct counts *counts, const struct kind *kind, struct mp_reader *at)
{
    int64_t due = INT64_MIN, closed = INT64_MIN;
    uint32_t fields = mp_read_map(at);
    for (uint32_t i = 0; i < fields; i++) {
        uint64_t number = mp_read_uint(at);
        struct mp_reader value = mp_reader_of(mp_read_any(at));
        if (kind->number == KIND_COMPLAINT && number == COMPLAINT_ANSWERED_IN_TIME)
            counts->in_time += mp_read_bool(&value);
        if (kind->number == KIND_CONTACT && number == CONTACT_DUE_AT)
            due = mp_read_int(&value);
        if (kind->number == KIND_CONTACT && number == CONTACT_CLOSED_AT)
            closed = mp_read_int(&value);
        if (kind->number == KIND_RESPONSE && number == RESPONSE_OVERALL) {
            counts->rated++;
            counts->satisfied += mp_read_int(&value) >= 4;
        }
        counts->recommends += kind->number == KIND_RESPONSE && number == RESPONSE_RECOMMEND;
        counts->no_answer += kind->number == KIND_RESPONSE && number == RESPONSE_NO_ANSWER;
        counts->with_date += kind->number == KIND_RESPONSE && number == RESPONSE_ANSWERED_ON;
    }
    counts->undecidable += due == INT64_MIN || closed == INT64_MIN;
    counts->on_time += due != INT64_MIN && closed != INT64_MIN && closed <= due;
    counts->late += due != INT64_MIN && closed != INT64_MIN && closed > due;
}

static enum err count_rows(const struct import_job *job, uint64_t expected, struct counts *counts,
                           struct err_info *info)
{
    static uint8_t buffer[IMPORT_PIECE_BYTES_MIN];
    struct import_rows *rows;
    size_t len = 1;
    uint64_t line_before = 1;
    enum err err = import_rows_open(job, expected, &rows, info);
    if (err != ERR_OK)
        return err;
    while ((err = import_rows_read(rows, buffer, sizeof(buffer), &len, info)) == ERR_OK &&
           len > 0) {
        struct mp_reader at = mp_reader_of(bytes_of(buffer, len));
        while (!mp_at_end(&at) && at.err == ERR_OK) {
            cr_expect(mp_read_array(&at) == 2);
            uint64_t line = mp_read_uint(&at);
            cr_expect(line > line_before);
            line_before = line;
            count_row(counts, job->kind, &at);
            counts->rows++;
        }
        cr_expect(at.err == ERR_OK);
    }
    import_rows_close(rows);
    return err;
}

static const struct {
    const char *file, *map;
    uint64_t rows, duplicates;
    struct counts counts;
} real[] = {
    {"cfpb_consumer_complaints.csv",
     "cfpb_complaints.yaml",
     3186,
     11,
     {.rows = 3186, .in_time = 3093}},
    {"baltimore_311_sample.csv",
     "baltimore_requests.yaml",
     10000,
     0,
     {.rows = 10000, .on_time = 7988, .late = 1567, .undecidable = 445}},
    /* 80.99 % and 82.07 % */
    {"sfo_customer_survey_2016.csv",
     "sfo_survey_2016.yaml",
     3087,
     0,
     {.rows = 3087, .rated = 2919, .satisfied = 2364, .no_answer = 168, .with_date = 3087}},
    {"sfo_customer_survey_2017.csv",
     "sfo_survey_2017.yaml",
     2831,
     0,
     {.rows = 2831,
      .rated = 2688,
      .satisfied = 2206,
      .recommends = 2746,
      .no_answer = 143,
      .with_date = 2831}},
};

Test(import, public_data)
{
    for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
        char path[PATH_BYTES_MAX], map_path[PATH_BYTES_MAX];
        struct import_map *map;
        struct import_summary summary;
        struct counts counts = {0};
        struct err_info info = {0};
        (void)snprintf(path, sizeof(path), "%s/data/%s", SHARED_DIR, real[i].file);
        (void)snprintf(map_path, sizeof(map_path), "%s/%s", MAPS_DIR, real[i].map);
        cr_assert(map_load(map_path, &map, &info) == ERR_OK, "%s", info.text);
        if (!file_exists(path)) {
            (void)fprintf(stderr, "skipped: %s absent\n", path);
            map_free(map);
            continue;
        }
        struct import_job job = {.path = path, .kind = map->kind, .map = map};
        cr_assert(import_check(&job, &summary, &info) == ERR_OK, "%s", info.text);
        cr_expect(summary.rejected == 0, "%s: line %" PRIu64 ": %s", real[i].file,
                  summary.reasons[0].line, summary.reasons[0].text);
        cr_expect(summary.rows == real[i].rows && summary.taken == real[i].rows, "%s: %" PRIu64,
                  real[i].file, summary.rows);
        cr_expect(summary.duplicates.count == real[i].duplicates, "%s: %" PRIu64 " duplicates",
                  real[i].file, summary.duplicates.count);
        cr_expect(count_rows(&job, summary.taken, &counts, &info) == ERR_OK, "%s", info.text);
        const struct counts *want = &real[i].counts;
        cr_expect(counts.rows == want->rows && counts.in_time == want->in_time &&
                      counts.rated == want->rated && counts.satisfied == want->satisfied &&
                      counts.recommends == want->recommends &&
                      counts.no_answer == want->no_answer && counts.with_date == want->with_date,
                  "%s: rows %" PRIu64 " in time %" PRIu64 " rated %" PRIu64 " satisfied %" PRIu64
                  " recommend %" PRIu64 " no answer %" PRIu64 " dated %" PRIu64,
                  real[i].file, counts.rows, counts.in_time, counts.rated, counts.satisfied,
                  counts.recommends, counts.no_answer, counts.with_date);
        cr_expect(want->on_time == 0 ||
                      (counts.on_time == want->on_time && counts.late == want->late &&
                       counts.undecidable == want->undecidable),
                  "%s: %" PRIu64 " %" PRIu64 " %" PRIu64, real[i].file, counts.on_time, counts.late,
                  counts.undecidable);
        map_free(map);
    }
}

/* Rows with faults and repeats below a header. */
#define ROWS \
    "received_on,channel\r\n" \
    "2026-01-02,web\r\n" \
    "2026-02-30,\"a \"\"b\"\"\"\r\n" \
    "2026-01-02,web\r\n" \
    "soon,post\r\n" \
    "2026-01-02,web\r\n"

static struct import_job job_for(const char *path, const char *rejects)
{
    return (struct import_job){
        .path = path, .kind = kind_by_number(KIND_COMPLAINT), .rejects_path = rejects};
}

Test(import, bad_rows_and_repeats_are_listed)
{
    struct temp_file file = temp_file_with(ROWS, sizeof(ROWS) - 1);
    char rejected[PATH_BYTES_MAX];
    struct err_info info = {0};
    struct import_summary summary;
    cr_assert(rejects_path(file.path, rejected, &info) == ERR_OK);
    struct import_job job = job_for(file.path, rejected);
    cr_assert(import_check(&job, &summary, &info) == ERR_OK, "%s", info.text);
    cr_expect(summary.rows == 5 && summary.taken == 3 && summary.rejected == 2);
    cr_expect(summary.reasons[0].line == 3 && summary.reasons[1].line == 5);
    cr_expect(summary.duplicates.count == 2 && summary.duplicates.shown == 2);
    cr_expect(summary.duplicates.rows[0].line == 4 && summary.duplicates.rows[0].first_line == 2);
    cr_expect(summary.duplicates.rows[1].line == 6 && summary.duplicates.rows[1].first_line == 2);
    uint8_t *data = NULL;
    size_t len;
    cr_assert(file_read(rejected, 4096, &data, &len, &info) == ERR_OK, "%s", info.text);
    const char *start = "received_on,channel,\"reason\"\r\n2026-02-30,\"a \"\"b\"\"\",\"line 3: ";
    cr_expect(strncmp((char *)data, start, strlen(start)) == 0, "%s", (char *)data);
    free(data);
    struct counts counts = {0};
    cr_expect(count_rows(&job, summary.taken, &counts, &info) == ERR_OK && counts.rows == 3, "%s",
              info.text);
    cr_expect(count_rows(&job, 2, &counts, &info) == ERR_CONFLICT, "a file that grew");
    cr_expect(count_rows(&job, 4, &counts, &info) == ERR_CONFLICT, "a file that shrank");
    unlink(rejected);
    unlink(file.path);
}

Test(import, a_damaged_file_leaves_nothing)
{
    static const char text[] = "received_on\nnever\n2026-01-02,x\n";
    struct temp_file file = temp_file_with(text, sizeof(text) - 1);
    char rejected[PATH_BYTES_MAX];
    struct err_info info = {0};
    struct import_summary summary;
    cr_assert(rejects_path(file.path, rejected, &info) == ERR_OK);
    struct import_job job = job_for(file.path, rejected);
    cr_expect(import_check(&job, &summary, &info) == ERR_CORRUPT);
    cr_expect(strstr(info.text, "line 3, column 1") != NULL, "%s", info.text);
    cr_expect(!file_exists(rejected));
    unlink(file.path);
}

Test(import, a_list_of_rejects_that_cannot_be_written_is_told)
{
    struct temp_file file = temp_file_with(ROWS, sizeof(ROWS) - 1);
    struct err_info info = {0};
    struct import_summary summary;
    struct import_job job = job_for(file.path, "/nonexistent/x.rejected.csv");
    cr_expect(import_check(&job, &summary, &info) == ERR_OK);
    cr_expect(summary.rejected == 2 && summary.rejects_err == ERR_NOT_FOUND);
    unlink(file.path);
}

Test(import, files_without_rows)
{
    struct err_info info = {0};
    struct import_summary summary;
    struct temp_file file = temp_file_with("received_on\n", 12);
    struct import_job job = job_for(file.path, NULL);
    cr_expect(import_check(&job, &summary, &info) == ERR_INVALID);
    cr_expect(strstr(info.text, "no rows below the header") != NULL, "%s", info.text);
    unlink(file.path);
}

Test(import, names_of_rejects)
{
    char path[PATH_BYTES_MAX];
    cr_expect(rejects_path("a/b.csv", path, NULL) == ERR_OK &&
              strcmp(path, "a/b.rejected.csv") == 0);
    cr_expect(rejects_path("a/b.CSV", path, NULL) == ERR_OK &&
              strcmp(path, "a/b.rejected.csv") == 0);
    cr_expect(rejects_path("b", path, NULL) == ERR_OK && strcmp(path, "b.rejected.csv") == 0);
}

enum { MANY_ROWS = 300 * 1000, MANY_REPEATS = 1000, GROWTH_KIB_MAX = 64 * 1024 };

static long peak_kib(void)
{
    struct rusage usage;
    cr_assert(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_maxrss;
}

/* 300,000 rows with names of their own; every 300th row repeats the first. */
static struct temp_file many_rows(void)
{
    struct temp_file file = temp_file_with("", 0);
    FILE *out = fopen(file.path, "w");
    cr_assert_not_null(out);
    (void)fprintf(out, "Eingang,Weg,Anliegen\n");
    for (int i = 0; i < MANY_ROWS; i++) {
        int n = i % (MANY_ROWS / MANY_REPEATS) == 0 ? 0 : i;
        (void)fprintf(
            out,
            "%02d.%02d.2025,\"Brief, Fax\",\"Anliegen Nummer %d, das etwas l\xC3\xA4nger ist\"\n",
            n % 28 + 1, n % 12 + 1, n);
    }
    cr_assert(fclose(out) == 0);
    return file;
}

Test(import, memory_does_not_grow_with_the_file, .timeout = 240)
{
    static const char map_text[] = "kind: complaint\ncolumns:\n"
                                   "  - {column: Eingang, field: received_on, date: \"%d.%m.%Y\"}\n"
                                   "  - {column: Weg, field: channel}\n"
                                   "  - {column: Anliegen, field: issue}\n";
    struct err_info info = {0};
    struct import_map *map;
    struct import_summary summary;
    struct counts counts = {0};
    struct temp_file file = many_rows();
    cr_assert(map_load_text("m", bytes_of_text(map_text), &map, &info) == ERR_OK, "%s", info.text);
    struct import_job job = {.path = file.path, .kind = map->kind, .map = map};
    long before = peak_kib();
    cr_assert(import_check(&job, &summary, &info) == ERR_OK, "%s", info.text);
    cr_expect(summary.taken == MANY_ROWS, "%" PRIu64 " %s", summary.taken, summary.reasons[0].text);
    cr_expect(summary.duplicates.count == MANY_REPEATS - 1, "%" PRIu64, summary.duplicates.count);
    cr_expect(summary.duplicates.shown == CSV_DUPLICATES_SHOWN);
    cr_expect(summary.duplicates.rows[0].line == 302 && summary.duplicates.rows[0].first_line == 2,
              "%" PRIu64, summary.duplicates.rows[0].line);
    cr_expect(summary.duplicates.rows[CSV_DUPLICATES_SHOWN - 1].line ==
              300 * CSV_DUPLICATES_SHOWN + 2);
    cr_expect(count_rows(&job, summary.taken, &counts, &info) == ERR_OK &&
              counts.rows == MANY_ROWS);
    cr_expect(peak_kib() - before < GROWTH_KIB_MAX, "%ld KiB more", peak_kib() - before);
    map_free(map);
    unlink(file.path);
}
