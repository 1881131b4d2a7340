#include "tools/cmd/import_report.h"

#include <inttypes.h>

void import_tell(const struct import_summary *summary, const char *rejects_path, FILE *to)
{
    const struct duplicate_list *duplicates = &summary->duplicates;
    struct count_text count;
    say_to(to, "%s: %" PRIu64 " good, %" PRIu64 " rejected",
           count_text((int64_t)summary->rows, P_("%s row", "%s rows"), &count), summary->taken,
           summary->rejected);
    if (summary->left_out > 0)
        say_to(to, ", %" PRIu64 " left out by the map", summary->left_out);
    if (summary->repeated > 0)
        say_to(to, ", %" PRIu64 " say again what an earlier one said", summary->repeated);
    (void)fputc('\n', to);
    if (summary->unclear > 0)
        say_to(to,
               "%s could be read in two ways, listed in the file beside it that ends in "
               ".unclear.csv\n",
               count_text((int64_t)summary->unclear, P_("%s row", "%s rows"), &count));
    for (uint64_t i = 0; i < summary->rejected && i < IMPORT_REASONS_SHOWN; i++)
        say_to(to, "  line %" PRIu64 ": %s\n", summary->reasons[i].line, summary->reasons[i].text);
    if (summary->rejected > IMPORT_REASONS_SHOWN)
        say_to(to, "  … and %" PRIu64 " more\n", summary->rejected - IMPORT_REASONS_SHOWN);
    if (summary->rejected > 0 && rejects_path != NULL && summary->rejects_err == ERR_OK)
        say_to(to, "rejected rows and why: %s\n", rejects_path);
    if (summary->rejects_err != ERR_OK)
        say_to(to, "%s; name another place with --rejects FILE\n", summary->rejects_info.text);
    if (duplicates->count == 0)
        return;
    (void)fprintf(to, "%s\n",
                  count_text((int64_t)duplicates->count,
                             P_("%s row repeats an earlier one:", "%s rows repeat an earlier one:"),
                             &count));
    for (uint32_t i = 0; i < duplicates->shown; i++)
        say_to(to, "  line %" PRIu64 " repeats line %" PRIu64 "\n", duplicates->rows[i].line,
               duplicates->rows[i].first_line);
    if (duplicates->count > duplicates->shown)
        say_to(to, "  … and %" PRIu64 " more\n", duplicates->count - duplicates->shown);
}

json_t *import_json(const struct import_summary *summary, const char *rejects_path)
{
    json_t *lines = json_array();
    for (uint32_t i = 0; i < summary->duplicates.shown; i++)
        (void)json_array_append_new(
            lines, json_pack("{s:I, s:I}", "line", (json_int_t)summary->duplicates.rows[i].line,
                             "first_line", (json_int_t)summary->duplicates.rows[i].first_line));
    json_t *json =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "rows", (json_int_t)summary->rows,
                  "good", (json_int_t)summary->taken, "rejected", (json_int_t)summary->rejected,
                  "left_out", (json_int_t)summary->left_out, "repeated",
                  (json_int_t)summary->repeated, "unclear", (json_int_t)summary->unclear,
                  "duplicates", (json_int_t)summary->duplicates.count, "duplicate_lines", lines);
    if (summary->rejected > 0 && rejects_path != NULL && summary->rejects_err == ERR_OK)
        (void)json_object_set_new(json, "rejects_file", json_string(rejects_path));
    return json;
}
