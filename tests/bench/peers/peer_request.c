#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/bytes.h"
#include "tests/bench/peers/peer.h"

/* A batch of ours becomes one request: what is sent before the answers to it are waited for. */

enum { OID_INT8 = 20, OID_BYTEA = 17, OID_UUID = 2950, OID_JSONB = 3802, WINDOW_TEXT = 256 };

void text_put(struct text *text, const void *bytes, size_t len)
{
    if (text->len + len > text->size) {
        text->size = (text->len + len) * 2;
        text->bytes = realloc(text->bytes, text->size);
        if (text->bytes == NULL)
            abort(); /* a measurement without memory is none */
    }
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

void text_format(struct text *text, const char *format, ...)
{
    char line[WINDOW_TEXT];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (len > 0 && (size_t)len < sizeof(line))
        text_put(text, line, (size_t)len);
}

static void put_int(struct text *text, uint32_t value, size_t bytes)
{
    uint8_t out[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                      (uint8_t)value};
    text_put(text, out + 4 - bytes, bytes);
}

/* The payload's values are short texts of plain letters, small numbers and truth; the rest, which
 * it does not have, would stand as hexadecimal. */
static void put_json_value(struct text *text, struct bytes value)
{
    const uint8_t *at = value.data;
    size_t head = 0;
    if (value.len > 0 && (at[0] & 0xE0u) == 0xA0u)
        head = 1;
    else if (value.len > 1 && at[0] == 0xD9u)
        head = 2;
    else if (value.len > 2 && at[0] == 0xDAu)
        head = 3;
    if (head > 0) {
        text_put(text, "\"", 1);
        text_put(text, at + head, value.len - head);
        text_put(text, "\"", 1);
    } else if (value.len == 1 && at[0] < 0x80u) {
        text_format(text, "%u", at[0]);
    } else if (value.len == 1 && (at[0] == 0xC2u || at[0] == 0xC3u)) {
        text_format(text, at[0] == 0xC3u ? "true" : "false");
    } else {
        text_put(text, "\"", 1);
        for (size_t i = 0; i < value.len; i++)
            text_format(text, "%02x", at[i]);
        text_put(text, "\"", 1);
    }
}

/* "field":value,… without the braces; a member of a set stands beside its field's number. */
static void put_json_fields(struct text *text, const struct op *op)
{
    text_format(text, "\"kind\":%u", op->kind);
    for (uint16_t i = 0; i < op->write_count; i++) {
        const struct op_write *write = &op->writes[i];
        text_format(text, ",\"%u", write->field);
        for (size_t k = 0; k < write->member.len; k++)
            text_format(text, k == 0 ? ".%02x" : "%02x", write->member.data[k]);
        text_format(text, "\":");
        put_json_value(text, write->value);
    }
}

static enum err read_op(const struct batch *batch, uint32_t place, struct op *op_out)
{
    struct entry entry;
    enum err err = entry_decode(batch->entries[place], &entry);
    return err == ERR_OK ? op_decode(batch->origin, &entry, op_out) : err;
}

/* A length of 32 bits that is known when what it counts has been put. */
static size_t begin_length(struct text *text)
{
    put_int(text, 0, 4);
    return text->len - 4;
}

static void end_length(struct text *text, size_t at, bool itself)
{
    size_t len = text->len - at - (itself ? 0 : 4);
    put_u32(text->bytes + at, (uint32_t)len);
}

static size_t begin_array(struct text *text, uint32_t oid, uint32_t count)
{
    size_t at = begin_length(text);
    put_int(text, 1, 4);
    put_int(text, 0, 4);
    put_int(text, oid, 4);
    put_int(text, count, 4);
    put_int(text, 1, 4);
    return at;
}

static size_t begin_bind(struct text *text, const char *statement, uint32_t params)
{
    text_put(text, "B", 1);
    size_t at = begin_length(text);
    text_put(text, "", 1);
    text_put(text, statement, strlen(statement) + 1);
    put_int(text, 1, 2); /* all are binary */
    put_int(text, 1, 2);
    put_int(text, params, 2);
    return at;
}

static void end_bind(struct text *text, size_t at)
{
    static const uint8_t execute[] = {'E', 0, 0, 0, 9, 0, 0, 0, 0, 0};
    put_int(text, 0, 2);
    end_length(text, at, true);
    text_put(text, execute, sizeof(execute));
}

static void put_pg_log(struct text *text, const struct batch *batch)
{
    uint8_t number[8];
    size_t bind = begin_bind(text, "log", 3);
    put_int(text, 8, 4);
    put_u64(number, batch->origin.site & INT64_MAX);
    text_put(text, number, sizeof(number));
    size_t seqs = begin_array(text, OID_INT8, batch->count);
    for (uint32_t i = 0; i < batch->count; i++) {
        put_int(text, 8, 4);
        put_u64(number, batch->first + i);
        text_put(text, number, sizeof(number));
    }
    end_length(text, seqs, false);
    size_t entries = begin_array(text, OID_BYTEA, batch->count);
    for (uint32_t i = 0; i < batch->count; i++) {
        put_int(text, (uint32_t)batch->entries[i].len, 4);
        text_put(text, batch->entries[i].data, batch->entries[i].len);
    }
    end_length(text, entries, false);
    end_bind(text, bind);
}

/* A record may be merged once in one statement: what a batch says of it is put together here, and
 * of two values of a field JSONB keeps the later. That work is not the server's. */
static enum err put_pg_merge(struct text *text, const struct batch *batch)
{
    static struct op op;
    static uint8_t rids[BATCH_OPS_MAX][RID_BYTES];
    static struct text docs[BATCH_OPS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        enum err err = read_op(batch, i, &op);
        if (err != ERR_OK)
            return err;
        uint32_t at = 0;
        while (at < count && memcmp(rids[at], op.rid, RID_BYTES) != 0)
            at++;
        if (at == count) {
            memcpy(rids[count], op.rid, RID_BYTES);
            docs[count++].len = 0;
            text_put(&docs[at], "\x01{", 2); /* the version of JSONB's binary form */
        } else {
            text_put(&docs[at], ",", 1);
        }
        put_json_fields(&docs[at], &op);
    }
    size_t bind = begin_bind(text, "merge", 2);
    size_t names = begin_array(text, OID_UUID, count);
    for (uint32_t i = 0; i < count; i++) {
        put_int(text, RID_BYTES, 4);
        text_put(text, rids[i], RID_BYTES);
    }
    end_length(text, names, false);
    size_t values = begin_array(text, OID_JSONB, count);
    for (uint32_t i = 0; i < count; i++) {
        text_put(&docs[i], "}", 1);
        put_int(text, (uint32_t)docs[i].len, 4);
        text_put(text, docs[i].bytes, docs[i].len);
    }
    end_length(text, values, false);
    end_bind(text, bind);
    return ERR_OK;
}

static void put_message(enum peer peer, struct text *text, uint32_t place, struct bytes body)
{
    if (peer == PEER_NATS || peer == PEER_NATS_BATCH) {
        text_format(text, "PUB ops.%u _INBOX.%u.a %zu\r\n", place, place, body.len);
    } else {
        char key[32];
        int len = snprintf(key, sizeof(key), "ops:%u", place);
        text_format(text, "*5\r\n$4\r\nXADD\r\n$%d\r\n%s\r\n$1\r\n*\r\n$1\r\nd\r\n$%zu\r\n", len,
                    key, body.len);
    }
    text_put(text, body.data, body.len);
    text_put(text, "\r\n", 2);
}

static enum err make_request(enum peer peer, const struct load_frame *frame, uint32_t place,
                             struct request *request_out)
{
    static const uint8_t sync[] = {'S', 0, 0, 0, 4};
    static struct batch batch;
    struct text text = {0};
    struct bytes all = bytes_of(frame->batch, frame->len);
    struct mp_reader reader = mp_reader_of(all);
    enum err err = batch_read(&reader, &batch);
    uint32_t replies = 1;
    if (err != ERR_OK)
        return err;
    if (peer == PEER_PG_LOG || peer == PEER_PG_MERGE) {
        put_pg_log(&text, &batch);
        err = peer == PEER_PG_MERGE ? put_pg_merge(&text, &batch) : ERR_OK;
        text_put(&text, sync, sizeof(sync));
    } else if (peer == PEER_NATS || peer == PEER_REDIS) {
        for (uint32_t i = 0; i < batch.count; i++)
            put_message(peer, &text, place, batch.entries[i]);
        replies = batch.count;
    } else {
        put_message(peer, &text, place, all);
    }
    *request_out = (struct request){
        .bytes = text.bytes, .len = text.len, .ops = batch.count, .replies = replies};
    return err;
}

enum err peer_requests(enum peer peer, const struct load_site *site, uint32_t place,
                       struct sender *sender)
{
    enum err err = ERR_OK;
    sender->requests = calloc(site->frame_count, sizeof(*sender->requests));
    if (sender->requests == NULL)
        return ERR_NO_MEMORY;
    for (uint32_t i = 0; err == ERR_OK && i < site->frame_count; i++) {
        err = make_request(peer, &site->frames[i], place, &sender->requests[i]);
        sender->count++;
    }
    return err;
}

enum err peer_dump(const struct load_site *site, FILE *file)
{
    static struct batch batch;
    static struct op op;
    struct text text = {0};
    enum err err = ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < site->frame_count; i++) {
        struct mp_reader reader =
            mp_reader_of(bytes_of(site->frames[i].batch, site->frames[i].len));
        err = batch_read(&reader, &batch);
        text.len = 0;
        for (uint32_t k = 0; err == ERR_OK && k < batch.count; k++) {
            char rid[RID_TEXT_BYTES];
            err = read_op(&batch, k, &op);
            rid_format(op.rid, rid);
            text_format(&text, "%s{\"_id\":\"%s\",", k == 0 ? "[" : ",", rid);
            put_json_fields(&text, &op);
            text_put(&text, "}", 1);
        }
        text_put(&text, "]\n", 2);
        if (err == ERR_OK && fwrite(text.bytes, 1, text.len, file) != text.len)
            err = ERR_IO;
    }
    free(text.bytes);
    return err;
}
