/* Reference data: the kinds table as it is compiled in, and the 57 elements. */
#include "lib/api/internal.h"

#include "proto/cse/elements.h"

static const char *type_name(enum field_type type)
{
    switch (type) {
    case FIELD_TEXT:
        return "text";
    case FIELD_INT:
        return "integer";
    case FIELD_BOOL:
        return "boolean";
    case FIELD_DATE:
        return "date";
    case FIELD_TIME:
        return "time";
    case FIELD_ENUM:
        return "enum";
    case FIELD_ELEMENT:
        return "element";
    case FIELD_REF:
        return "record";
    case FIELD_SITE:
        return "site";
    case FIELD_FILE:
        return "file";
    case FIELD_COUNTS:
        return "counts";
    }
    return "text";
}

static void put_field(struct jsonw *json, const struct field *field)
{
    jsonw_object_begin(json);
    jsonw_put_string(json, "name", field->name);
    jsonw_put_uint(json, "number", field->number);
    jsonw_put_said(json, "label", field->label);
    jsonw_put_string(json, "type", type_name(field->type));
    jsonw_put_bool(json, "set", field->set);
    jsonw_put_bool(json, "required", field->required);
    jsonw_put_bool(json, "personal", field->personal);
    if (field->min != 0 || field->max != 0) {
        jsonw_put_int(json, "min", field->min);
        jsonw_put_int(json, "max", field->max);
    }
    if (field->values != NULL) {
        jsonw_key(json, "values");
        jsonw_array_begin(json);
        for (const struct enum_value *at = field->values; at->name != NULL; at++) {
            jsonw_object_begin(json);
            jsonw_put_string(json, "name", at->name);
            jsonw_put_said(json, "label", at->label);
            jsonw_put_uint(json, "number", at->number);
            jsonw_object_end(json);
        }
        jsonw_array_end(json);
    }
    jsonw_object_end(json);
}

/* "1.1.1 1.1.2" as a list. */
static void put_element_list(struct jsonw *json, const char *ids)
{
    jsonw_key(json, "elements");
    jsonw_array_begin(json);
    while (ids != NULL && *ids != '\0') {
        size_t len = strcspn(ids, " ");
        if (len > 0)
            jsonw_text(json, bytes_of(ids, len));
        ids += len + (ids[len] == ' ' ? 1 : 0);
    }
    jsonw_array_end(json);
}

void api_kinds(struct api_call call)
{
    uint32_t count = 0;
    const struct kind *kinds = kinds_all(&count);
    struct jsonw json;
    answer_begin(call, &json);
    jsonw_object_begin(&json);
    jsonw_key(&json, "kinds");
    jsonw_array_begin(&json);
    for (uint32_t i = 0; i < count; i++) {
        jsonw_object_begin(&json);
        jsonw_put_string(&json, "name", kinds[i].name);
        jsonw_put_uint(&json, "number", kinds[i].number);
        jsonw_put_said(&json, "label", kinds[i].label);
        put_element_list(&json, kinds[i].elements);
        jsonw_key(&json, "fields");
        jsonw_array_begin(&json);
        for (uint32_t j = 0; j < kinds[i].field_count; j++)
            put_field(&json, &kinds[i].fields[j]);
        jsonw_array_end(&json);
        jsonw_object_end(&json);
    }
    jsonw_array_end(&json);
    jsonw_object_end(&json);
    answer_end(call, 200, &json);
}

void put_element(struct jsonw *json, uint8_t place, struct bytes wording)
{
    const struct sub_criterion *sub = sub_criterion_of(place);
    char criterion[2] = {(char)('0' + element_criterion(place)), '\0'};
    jsonw_object_begin(json);
    jsonw_put_string(json, "id", element_id(place));
    jsonw_put_said(json, "title", element_title(place));
    jsonw_put_string(json, "criterion", criterion);
    jsonw_put_said(json, "criterion_title", criterion_title(element_criterion(place)));
    jsonw_put_string(json, "sub_criterion", sub != NULL ? sub->id : NULL);
    jsonw_put_said(json, "sub_criterion_title", sub != NULL ? sub->title : NULL);
    if (wording.len > 0)
        jsonw_put_text(json, "wording", wording);
    jsonw_object_end(json);
}
