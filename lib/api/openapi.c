/* openapi.json from the same table the routes come from, so that it cannot fall behind them. */
#include "lib/api/internal.h"
#include "lib/api/routes.h"

#include <ctype.h>

struct described {
    const char *method, *path, *operation, *query, *summary;
    bool uploads;
};

static const struct described rows[] = {
#define X(method_name, path_text, handler, upload_table, body_max, role, query_names, \
          summary_text) \
    {.method = #method_name, \
     .path = (path_text), \
     .operation = #handler, \
     .query = (query_names), \
     .summary = (summary_text), \
     .uploads = (body_max) != 0},
    API_ROUTES(X)
#undef X
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static void put_parameter(struct jsonw *json, const char *in, struct bytes name, bool required)
{
    jsonw_object_begin(json);
    jsonw_put_text(json, "name", name);
    jsonw_put_string(json, "in", in);
    jsonw_put_bool(json, "required", required);
    jsonw_key(json, "schema");
    jsonw_object_begin(json);
    jsonw_put_string(json, "type", "string");
    jsonw_object_end(json);
    jsonw_object_end(json);
}

static void put_parameters(struct jsonw *json, const struct described *row)
{
    jsonw_key(json, "parameters");
    jsonw_array_begin(json);
    for (const char *at = strchr(row->path, '{'); at != NULL; at = strchr(at, '{')) {
        size_t len = strcspn(++at, "}");
        put_parameter(json, "path", bytes_of(at, len), true);
    }
    for (const char *at = row->query; *at != '\0';) {
        size_t len = strcspn(at, " ");
        put_parameter(json, "query", bytes_of(at, len), false);
        at += len + (at[len] == ' ' ? 1 : 0);
    }
    jsonw_array_end(json);
}

static void put_content(struct jsonw *json, const char *media)
{
    jsonw_key(json, "content");
    jsonw_object_begin(json);
    jsonw_key(json, media);
    jsonw_object_begin(json);
    jsonw_object_end(json);
    jsonw_object_end(json);
}

static void put_operation(struct jsonw *json, const struct described *row)
{
    char method[8];
    size_t len = 0;
    for (; row->method[len] != '\0' && len + 1 < sizeof method; len++)
        method[len] = (char)tolower((unsigned char)row->method[len]);
    method[len] = '\0';
    jsonw_key(json, method);
    jsonw_object_begin(json);
    jsonw_put_string(json, "operationId", row->operation);
    jsonw_put_string(json, "summary", row->summary);
    put_parameters(json, row);
    if (strcmp(row->method, "GET") != 0 && strcmp(row->method, "DELETE") != 0) {
        jsonw_key(json, "requestBody");
        jsonw_object_begin(json);
        bool rows_body = row->uploads && strstr(row->path, "imports") != NULL;
        put_content(json, rows_body      ? "application/vnd.cse.rows"
                          : row->uploads ? "application/octet-stream"
                                         : HTTP_JSON);
        jsonw_object_end(json);
    }
    jsonw_key(json, "responses");
    jsonw_object_begin(json);
    jsonw_key(json, "2XX");
    jsonw_object_begin(json);
    jsonw_put_string(json, "description", "Done");
    jsonw_object_end(json);
    jsonw_key(json, "default");
    jsonw_object_begin(json);
    jsonw_put_string(json, "description", "A problem, with its code and what to do");
    put_content(json, HTTP_PROBLEM);
    jsonw_object_end(json);
    jsonw_object_end(json);
    jsonw_object_end(json);
}

/* Is this the first row of its path? */
static bool is_first(size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(rows[j].path, rows[i].path) == 0)
            return false;
    return true;
}

void api_openapi(struct api_call call)
{
    struct jsonw json;
    answer_begin(call, &json);
    jsonw_object_begin(&json);
    jsonw_put_string(&json, "openapi", "3.1.0");
    jsonw_key(&json, "info");
    jsonw_object_begin(&json);
    jsonw_put_string(&json, "title", "CSE Sync");
    jsonw_put_string(&json, "version", CSE_VERSION);
    jsonw_object_end(&json);
    jsonw_key(&json, "paths");
    jsonw_object_begin(&json);
    for (size_t i = 0; i < ROWS; i++) {
        if (!is_first(i))
            continue;
        jsonw_key(&json, rows[i].path);
        jsonw_object_begin(&json);
        for (size_t j = i; j < ROWS; j++)
            if (strcmp(rows[j].path, rows[i].path) == 0)
                put_operation(&json, &rows[j]);
        jsonw_object_end(&json);
    }
    jsonw_object_end(&json);
    jsonw_object_end(&json);
    answer_end(call, 200, &json);
}
