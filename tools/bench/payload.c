#include "tools/bench/payload.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "proto/cse/elements.h"
#include "proto/record/hlc.h"

enum { WRITES_MAX = 16, VALUES_BYTES_MAX = 8192, TEXT_MAX = 1024, DAYS = 300 };
enum { EVIDENCE_SHARE = 31, COMPLAINT_SHARE = 46, ANSWER_SHARE = 80 };
/* Text that brings an entry to the size it is to have on average. */
enum { EVIDENCE_TEXT = 380, COMPLAINT_TEXT = 430, ANSWER_TEXT = 30, EDIT_TEXT = 60 };

static const char *const words[] = {
    "service", "customer", "counter", "answer",  "waiting",  "letter",   "review", "published",
    "council", "library",  "housing", "benefit", "result",   "feedback", "clear",  "explained",
    "team",    "monthly",  "visit",   "survey",  "improved", "report",   "access", "telephone",
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

uint64_t payload_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void payload_secret(uint64_t seed, uint64_t place, const char *purpose, uint8_t out[32])
{
    uint8_t input[16];
    put_u64(input, seed);
    put_u64(input + 8, place);
    (void)crypto_generichash(out, 32, input, sizeof(input), (const uint8_t *)purpose,
                             strlen(purpose));
}

static uint32_t below(uint64_t *random, uint32_t bound)
{
    return (uint32_t)(payload_random(random) % bound);
}

/* Words of about `len` characters, three quarters to five quarters of it. */
static size_t text_of(uint64_t *random, size_t len, char *out, size_t size)
{
    size_t used = 0, want = len * 3 / 4 + below(random, (uint32_t)(len / 2 + 1));
    while (used < want && used + 16 < size) {
        int more = snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "",
                            words[below(random, WORDS)]);
        used += more > 0 ? (size_t)more : 0;
    }
    out[used] = '\0';
    return used;
}

static void date_of(uint64_t *random, char out[16])
{
    uint32_t day = below(random, DAYS);
    (void)snprintf(out, 16, "2026-%02u-%02u", day / 30 + 1, day % 28 + 1);
}

struct draft {
    struct payload *payload;
    const struct kind *kind;
    struct {
        uint16_t field;
        bool personal;
        size_t member, value, end;
    } parts[WRITES_MAX];
    uint32_t count;
};

static void put_value(struct draft *draft, const char *name, const char *text)
{
    struct mp_buf *values = &draft->payload->values;
    struct mp_buf one;
    struct err_info info;
    const struct field *field = field_by_name(draft->kind, name);

    mp_buf_init(&one, VALUES_BYTES_MAX);
    enum err err = field_from_text(field, text, &one, &info);
    if (err == ERR_OK) {
        draft->parts[draft->count].field = field->number;
        draft->parts[draft->count].personal = field->personal;
        draft->parts[draft->count].member = mp_buf_bytes(values).len;
        if (field->set)
            mp_put_raw(values, mp_buf_bytes(&one));
        draft->parts[draft->count].value = mp_buf_bytes(values).len;
        if (field->set)
            mp_put_bool(values, true);
        else
            mp_put_raw(values, mp_buf_bytes(&one));
        draft->parts[draft->count++].end = mp_buf_bytes(values).len;
    }
    mp_buf_deinit(&one);
}

static void put_text(struct draft *draft, const char *name, size_t len)
{
    char text[TEXT_MAX];
    (void)text_of(&draft->payload->random, len, text, sizeof(text));
    put_value(draft, name, text);
}

static void put_number(struct draft *draft, const char *name, uint32_t from, uint32_t count)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%u", from + below(&draft->payload->random, count));
    put_value(draft, name, text);
}

static void put_date(struct draft *draft, const char *name)
{
    char text[16];
    date_of(&draft->payload->random, text);
    put_value(draft, name, text);
}

static void fill_evidence(struct draft *draft)
{
    put_text(draft, "title", 40);
    put_value(draft, "elements",
              element_id((uint8_t)(below(&draft->payload->random, ELEMENTS) + 1)));
    put_date(draft, "date");
    put_text(draft, "proves", EVIDENCE_TEXT);
    put_text(draft, "reference", 40);
}

static void fill_complaint(struct draft *draft)
{
    put_value(draft, "nature", "complaint");
    put_date(draft, "received_on");
    put_text(draft, "channel", 8);
    put_text(draft, "service", 16);
    put_text(draft, "category", 16);
    put_text(draft, "issue", 60);
    put_number(draft, "severity", 1, 5);
    put_text(draft, "name", 18);
    put_text(draft, "contact", 24);
    put_text(draft, "description", COMPLAINT_TEXT);
}

static void fill_answer(struct draft *draft)
{
    put_value(draft, "wave", below(&draft->payload->random, 2) == 0 ? "2026-1" : "2026-2");
    put_date(draft, "answered_on");
    put_number(draft, "overall", 1, 5);
    put_number(draft, "ease", 1, 7);
    put_number(draft, "recommend", 0, 11);
    put_text(draft, "service", ANSWER_TEXT);
}

static enum err encode(struct draft *draft, const uint8_t rid[RID_BYTES], const struct dot *seen,
                       struct mp_buf *entry_out)
{
    struct payload *payload = draft->payload;
    struct op_draft_write writes[WRITES_MAX] = {0};
    const uint8_t *base = mp_buf_bytes(&payload->values).data;
    uint8_t salt[SALT_BYTES];
    struct op_draft op = {.kind = draft->kind->number,
                          .author = bytes_of_text("bench"),
                          .writes = writes,
                          .write_count = draft->count};

    memcpy(op.rid, rid, RID_BYTES);
    for (uint32_t i = 0; i < draft->count; i++) {
        writes[i].field = draft->parts[i].field;
        writes[i].personal = draft->parts[i].personal;
        writes[i].member =
            bytes_of(base + draft->parts[i].member, draft->parts[i].value - draft->parts[i].member);
        writes[i].value =
            bytes_of(base + draft->parts[i].value, draft->parts[i].end - draft->parts[i].value);
        writes[i].ctx = seen;
        writes[i].ctx_count = seen != NULL;
    }
    for (size_t i = 0; i < sizeof(salt); i += 8)
        put_u64(salt + i, payload_random(&payload->random));
    struct dot dot = {.origin = payload->origin, .seq = payload->seq};
    return entry_encode(&op, dot, payload->hlc, salt, entry_out);
}

static enum err make_record(struct payload *payload, struct draft *draft, uint32_t dice,
                            struct mp_buf *entry_out)
{
    struct payload_recent *recent = &payload->recent[payload->record_count++ % PAYLOAD_RECENT];
    recent->kind = dice < EVIDENCE_SHARE    ? KIND_EVIDENCE
                   : dice < COMPLAINT_SHARE ? KIND_COMPLAINT
                                            : KIND_RESPONSE;
    recent->seq = payload->seq;
    draft->kind = kind_by_number(recent->kind);
    rid_make(hlc_ms(payload->hlc), (uint16_t)(payload->record_count & 0xFFF), payload->origin.site,
             recent->rid);
    if (recent->kind == KIND_EVIDENCE)
        fill_evidence(draft);
    else if (recent->kind == KIND_COMPLAINT)
        fill_complaint(draft);
    else
        fill_answer(draft);
    return encode(draft, recent->rid, NULL, entry_out);
}

static enum err make_edit(struct payload *payload, struct draft *draft, struct mp_buf *entry_out)
{
    uint64_t held = payload->record_count < PAYLOAD_RECENT ? payload->record_count : PAYLOAD_RECENT;
    struct payload_recent *recent = &payload->recent[payload_random(&payload->random) % held];
    struct dot seen = {.origin = payload->origin, .seq = recent->seq};
    draft->kind = kind_by_number(recent->kind);
    put_text(draft,
             recent->kind == KIND_EVIDENCE    ? "reference"
             : recent->kind == KIND_COMPLAINT ? "issue"
                                              : "service",
             EDIT_TEXT);
    recent->seq = payload->seq;
    return encode(draft, recent->rid, &seen, entry_out);
}

void payload_begin(struct payload *payload, struct origin origin, uint64_t seed, uint64_t start_ms)
{
    *payload = (struct payload){.origin = origin, .random = seed ^ origin.site};
    payload->hlc = hlc_pack(start_ms, 0);
    mp_buf_init(&payload->values, VALUES_BYTES_MAX);
}

void payload_end(struct payload *payload)
{
    mp_buf_deinit(&payload->values);
}

enum err payload_next(struct payload *payload, struct mp_buf *entry_out)
{
    struct draft draft = {.payload = payload};
    uint32_t dice = below(&payload->random, 100);
    payload->seq++;
    payload->hlc = hlc_pack(hlc_ms(payload->hlc) + 1, 0);
    mp_buf_reset(&payload->values);
    if (dice < ANSWER_SHARE || payload->record_count == 0)
        return make_record(payload, &draft, dice, entry_out);
    return make_edit(payload, &draft, entry_out);
}

enum err payload_csv(const char *path, uint64_t rows, uint64_t seed, struct err_info *info)
{
    FILE *file = fopen(path, "w");
    uint64_t random = seed;
    if (file == NULL)
        return err_set(info, ERR_IO, "%s: %s", path, err_text(ERR_IO));
    (void)fputs("title,elements,date,proves,reference\n", file);
    for (uint64_t i = 0; i < rows; i++) {
        char title[TEXT_MAX], proves[TEXT_MAX], reference[TEXT_MAX], date[16];
        (void)text_of(&random, 40, title, sizeof(title));
        (void)text_of(&random, EVIDENCE_TEXT, proves, sizeof(proves));
        (void)text_of(&random, 40, reference, sizeof(reference));
        date_of(&random, date);
        (void)fprintf(file, "%s,%s,%s,%s,%s\n", title,
                      element_id((uint8_t)(below(&random, ELEMENTS) + 1)), date, proves, reference);
    }
    bool bad = ferror(file) != 0;
    if (fclose(file) != 0 || bad)
        return err_set(info, ERR_IO, "%s: %s", path, err_text(ERR_IO));
    return ERR_OK;
}

size_t payload_json(uint64_t *random, char *out, size_t size)
{
    char title[TEXT_MAX], proves[TEXT_MAX], date[16];
    (void)text_of(random, 40, title, sizeof(title));
    (void)text_of(random, EVIDENCE_TEXT, proves, sizeof(proves));
    date_of(random, date);
    int len = snprintf(out, size,
                       "{\"fields\":{\"title\":\"%s\",\"elements\":[\"%s\"],\"date\":\"%s\","
                       "\"proves\":\"%s\"}}",
                       title, element_id((uint8_t)(below(random, ELEMENTS) + 1)), date, proves);
    return len > 0 && (size_t)len < size ? (size_t)len : 0;
}
