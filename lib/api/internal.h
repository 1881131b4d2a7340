#pragma once

#include <jansson.h>

#include "lib/api/api.h"
#include "lib/http/json.h"
#include "lib/sys/files.h"
#include "lib/sys/log.h"
#include "proto/base/arena.h"
#include "proto/cse/picture.h"
#include "proto/record/kinds.h"

/* What the files of this folder share. Nobody else includes this. */

enum {
    API_VIEW_BYTES_MAX = 32 * 1024 * 1024,     /* memory to show one record or one picture */
    API_ANSWER_BYTES_MAX = 32 * 1024 * 1024,   /* one JSON answer */
    API_ANSWER_BYTES_TARGET = 4 * 1024 * 1024, /* a list stops growing here and gives a cursor */
    API_SCAN_RECORDS_MAX = 20 * 1000,          /* records a filtered list looks at in one request */
    API_APPLY_OPS_MAX = 2000, /* applied behind one local write, so that the writer reads it back */
    API_WHERE_MAX = 8,        /* conditions in one list */
    API_SITES_CACHED = 64,
    API_COUNTED_MAX = 10 * 1000, /* conflicts and set-aside operations are counted up to here */
    API_JOBS_MAX = 10 * 1000,    /* imports remembered */
    API_JOBS_ACTIVE_MAX = 16,
    API_ROW_BYTES_MAX = OP_BYTES_MAX - 4096, /* one staged row: its operation must fit as well */
    API_ROW_BUFFER_BYTES = 1024 * 1024,
    API_WORDING_BYTES_MAX = 4000, /* one element's wording */
    API_STATUS_CLASSES = 6,       /* 1xx … 5xx, index 0 unused */
    API_PROBE_MS = 5000,          /* a failed store is tried again at most this often */
    API_ID_BYTES = 16,
    ANSWER_SMALL_BYTES = 8 * 1024,
    API_ID_TEXT_BYTES = 2 * API_ID_BYTES + 1,
};

/* The first sites met in one request; a list of 1,000 records mostly speaks of the same few. */
struct site_names {
    struct store_txn *txn;
    uint32_t count;
    struct {
        uint64_t site;
        char text[SLUG_BYTES_MAX + 1];
    } rows[API_SITES_CACHED];
    char spare[SLUG_BYTES_MAX + 1];
};

struct api {
    struct api_config config;
    char imports_dir[PATH_BYTES_MAX];
    struct store *store;
    uint64_t requests[API_STATUS_CLASSES];
    bool merged; /* the newest change made here is in the records, to be read back */
    bool astray; /* the log could not be read back after a write that failed */
    uint64_t probed_ms;
    bool stopped; /* a commit's outcome is unknown: nothing may be answered or written any more */
    bool jobs_waiting;   /* there may be an import or undo to move on */
    uint64_t retry_ms;   /* Unix: after a failure no job is moved before */
    int32_t filed_on;    /* the day the last quarter was looked at for evidence to file */
    uint32_t uploads;    /* imports being received */
    uint8_t *row_buffer; /* API_ROW_BUFFER_BYTES */
};

struct api_call {
    struct api *api;
    const struct http_request *request;
    struct http_response *response;
    enum language language; /* of the answer */
};

/* ---- transactions (write.c) ---- */

uint64_t api_now_ms(const struct api *api);
int32_t api_today(const struct api *api);

/* Begin reading. On an error the problem is already the answer. */
NODISCARD bool api_read(struct api_call call, struct store_txn **txn_out);
/* Commit durably; ends `txn`. Errors: what the store says; ERR_UNKNOWN_OUTCOME has told the daemon
 * to stop. */
NODISCARD enum err api_commit(struct api *api, struct store_txn *txn, struct err_info *info);
/* Abort and let the ledger forget what it thought of the transaction. */
void api_abort(struct api *api, struct store_txn *txn);
/* Tell the daemon, and at the broker apply behind the write. */
void api_committed(struct api *api);
/* One change in a transaction of its own, durable. Errors: as ledger_write and api_commit. */
NODISCARD enum err api_change(struct api *api, const struct change *change,
                              struct written *written_out, struct err_info *info);
/* Several in one transaction: all or none; *written_out is the first. */
NODISCARD enum err api_changes(struct api *api, const struct change *changes, uint32_t count,
                               struct written *written_out, struct err_info *info);
/* ERR_FULL when new records are refused. */
NODISCARD enum err api_check_room(struct api *api, struct err_info *info);
/* Can a change not be saved now? Then *why_out says why. After a write that failed, the daemon's
 * own too, it tries a small one. */
bool api_unready(struct api *api, struct err_info *why_out);

/* Who asks, for the author of an operation; `text_out` holds AUTHOR_BYTES_MAX + 1. */
void api_author(const struct http_request *request, char *text_out);

/* At the broker, once a day: file the evidence of the quarter that has ended (periods.c). */
void periods_tick(struct api *api);

/* ---- names (names.c) ---- */

/* A site's short name, or 16 hex digits of one that is not in the roster. Valid until the next
 * call. */
const char *site_name(struct site_names *names, uint64_t site);
/* Errors: ERR_INVALID (no such site). */
NODISCARD enum err site_by_name(struct store_txn *txn, const char *text, uint64_t *site_out,
                                struct err_info *info);

/* The kind named in a path; NULL table row and its number for one that this program does not know
 * ("77"). Errors: ERR_NOT_FOUND with the nearest name. */
struct kind_choice {
    const struct kind *kind; /* NULL: unknown here */
    uint16_t number;
};
NODISCARD enum err kind_choose(const char *text, struct kind_choice *choice_out,
                               struct err_info *info);
/* A record by its id or by the beginning of one (6 digits or more) that fits one record only, of
 * *kind_inout; 0: of any kind, and then *kind_inout says which. Errors: ERR_NOT_FOUND, ERR_INVALID
 * (fits several), store errors. */
NODISCARD enum err record_find(struct store_txn *txn, const char *text, uint16_t *kind_inout,
                               uint8_t rid_out[RID_BYTES], struct err_info *info);
/* The kind and id of a path /{kind}/{id}; "any" looks the kind up. */
NODISCARD enum err record_choose(struct store_txn *txn, const struct http_request *request,
                                 struct kind_choice *choice_out, uint8_t rid_out[RID_BYTES],
                                 struct err_info *info);
/* ERR_INVALID that names the field and the nearest or all valid ones. */
enum err field_unknown(const struct kind *kind, const char *name, struct err_info *info);
bool id_parse(const char *text, uint8_t id_out[API_ID_BYTES]);

/* ---- values (value_json.c, fields_json.c, record_json.c) ---- */

/* One MessagePack value of a field as JSON; `field` NULL: as MessagePack says. `member`: value of a
 * FILE set, else empty. */
void value_to_json(struct jsonw *json, const struct field *field, struct bytes value,
                   struct site_names *names);
/* A member of a FILE set: {"hash","name","media","size"}. */
void file_to_json(struct jsonw *json, struct bytes member, struct bytes value);

struct write_list {
    struct api *api;
    struct store_txn *txn;            /* for site names */
    const struct record_view *before; /* the record now, or NULL */
    struct mp_buf buf; /* what the writes point into, by offset until write_list_finish */
    uint32_t count;
    struct change_write writes[OP_WRITES_MAX];
    struct {
        size_t member_at, member_len, value_at, value_len;
    } spans[OP_WRITES_MAX];
};
void write_list_init(struct write_list *list, struct api *api, struct store_txn *txn);
void write_list_deinit(struct write_list *list);
/* {"fields":{…}} as writes; `before` is the record now (for sets), NULL for a new one. Errors:
 * ERR_INVALID, ERR_LIMIT. */
NODISCARD enum err write_list_fields(struct write_list *list, const struct kind *kind,
                                     const json_t *fields, const struct record_view *before,
                                     struct err_info *info);
/* One plain value or, in a set, one member present or absent. Bytes are copied. Errors: ERR_LIMIT,
 * ERR_NO_MEMORY. */
NODISCARD enum err write_list_add(struct write_list *list, uint16_t field, struct bytes member,
                                  struct bytes value, struct err_info *info);
/* The same from buffers (`member` NULL: none), unless there was no memory to fill them. */
NODISCARD enum err write_list_add_made(struct write_list *list, uint16_t field,
                                       const struct mp_buf *member, const struct mp_buf *value,
                                       struct err_info *info);
/* The writes with their bytes in place; valid until the list changes. Errors: ERR_TOO_BIG,
 * ERR_NO_MEMORY. */
NODISCARD enum err write_list_finish(struct write_list *list, struct err_info *info);
/* A JSON value as the field's MessagePack, checked; null gives nil. */
NODISCARD enum err value_from_json(struct write_list *list, const struct field *field,
                                   const json_t *value, struct mp_buf *out, struct err_info *info);
/* A member of a FILE set and its [name, media, size] from a hash or an object. */
NODISCARD enum err file_from_json(struct write_list *list, const struct field *field,
                                  const json_t *value, struct mp_buf *member,
                                  struct mp_buf *description, struct err_info *info);

/* A set's whole list, null, or {"add","remove"}, as writes of what changes. Errors: as
 * write_list_fields. */
NODISCARD enum err set_from_json(struct write_list *list, const struct field *field,
                                 const json_t *value, const struct record_view *before,
                                 struct err_info *info);
/* ERR_INVALID "field: expects …". */
enum err value_wrong_shape(const struct field *field, const char *wanted, struct err_info *info);

struct record_shown {
    const struct record_view *view;
    const char *version;
};
void record_to_json(struct jsonw *json, struct record_shown shown, struct site_names *names);
void kind_name_to_json(struct jsonw *json, uint16_t kind);

/* A list's or export's conditions: site=, element=, where=field:value … */
struct record_filter {
    const struct kind *kind; /* NULL: unknown kind, no conditions but site */
    bool by_site;
    uint64_t site;
    uint8_t element; /* 0: any */
    uint32_t where_count;
    struct {
        const struct field *field;
        uint8_t value[512]; /* MessagePack; a single nil: the field is empty */
        size_t value_len;
    } where[API_WHERE_MAX];
};
NODISCARD enum err filter_parse(struct store_txn *txn, const struct http_request *request,
                                const struct kind *kind, struct record_filter *filter_out,
                                struct err_info *info);
/* Deleted records never fit. */
bool filter_fits(const struct record_filter *filter, const struct record_view *view);
/* Does it look at anything but the kind? */
bool filter_is_plain(const struct record_filter *filter);

/* ---- handlers ---- */

#define API_HANDLER(name) void name(struct api_call call)
API_HANDLER(api_healthz);
API_HANDLER(api_readyz);
API_HANDLER(api_metrics);
API_HANDLER(api_openapi);
API_HANDLER(api_kinds);
API_HANDLER(api_elements);
API_HANDLER(api_wording_put);
API_HANDLER(api_status);
API_HANDLER(api_sites);
API_HANDLER(api_site_invite);
API_HANDLER(api_site_revoke);
API_HANDLER(api_site_release);
API_HANDLER(api_membership_put);
API_HANDLER(api_sync);
API_HANDLER(api_picture);
API_HANDLER(api_picture_compare);
API_HANDLER(api_records_list);
API_HANDLER(api_record_create);
API_HANDLER(api_record_get);
API_HANDLER(api_record_change);
API_HANDLER(api_record_delete);
API_HANDLER(api_record_history);
API_HANDLER(api_blob_post);
API_HANDLER(api_blob_get);
API_HANDLER(api_conflicts);
API_HANDLER(api_conflict_resolve);
API_HANDLER(api_receipt);
API_HANDLER(api_import_post);
API_HANDLER(api_import_get);
API_HANDLER(api_imports);
API_HANDLER(api_import_delete);
API_HANDLER(api_export);
API_HANDLER(api_quarantine);
API_HANDLER(api_deadlines);
API_HANDLER(api_complaints_report);
API_HANDLER(api_rules);
API_HANDLER(api_checks);
API_HANDLER(api_accreditation);
API_HANDLER(api_surveys);
API_HANDLER(api_standards);
API_HANDLER(api_benchmarks);
API_HANDLER(api_period_file);
API_HANDLER(api_timeliness);
API_HANDLER(api_competency);
API_HANDLER(api_competency_model);
API_HANDLER(api_competency_summarise);
API_HANDLER(api_csm);
API_HANDLER(api_csm_questions);

extern const struct http_upload api_blob_upload;
extern const struct http_upload api_import_upload;

/* The record as it is now, as the answer; status 201 adds Location. */
void reply_record(struct api_call call, uint16_t kind, const uint8_t rid[RID_BYTES], int status);
/* The same after a durable change: {"id","kind"} alone when the record cannot be shown now. */
void reply_saved(struct api_call call, uint16_t kind, const uint8_t rid[RID_BYTES], int status);

/* Start and end of a JSON answer. */
void answer_begin(struct api_call call, struct jsonw *json);
/* Start one of at most ANSWER_SMALL_BYTES, which will not fail for want of memory once the thing it
 * tells of is done. False: there is no memory, and that is the answer. */
NODISCARD bool answer_reserve(struct api_call call, struct jsonw *json);
void answer_end(struct api_call call, int status, struct jsonw *json);
/* "…Z", or null for 0. */
void put_time(struct jsonw *json, const char *key, uint64_t unix_ms);
void put_hex(struct jsonw *json, const char *key, struct bytes data);
void put_site_id(struct jsonw *json, const char *key, uint64_t site);
/* The page asked for by limit=. Errors: ERR_INVALID. */
NODISCARD enum err page_limit(const struct http_request *request, int64_t *limit_out,
                              struct err_info *info);

/* {"id","title",…,"wording"}; wording left out when empty. */
void put_element(struct jsonw *json, uint8_t place, struct bytes wording);

/* Members of the picture's object from "award" on; `only`: one element's place, 0 for all. */
void put_picture(struct jsonw *json, const struct picture *picture, uint8_t only);

/* Why a rating is challenged; `site` NULL: the organisation's. */
void put_challenge(struct jsonw *json, const struct ceiling *ceiling, uint8_t place,
                   const char *site);
/* Why the ceiling is where it is, as a sentence. */
void ceiling_text(const struct ceiling *ceiling, enum language language, char *text_out,
                  size_t size);
/* Every signal of one element with its figure. */
void put_signals(struct jsonw *json, const struct picture *picture, uint8_t place);

/* What is known of a site beyond its roster row. */
struct site_facts {
    uint64_t last_heard_ms, pending, stored_seq, applied_seq;
    enum freshness freshness;
    bool connected, own;
    uint32_t put_off_s;
};
void site_facts_of(struct api *api, struct store_txn *txn, const struct site_row *row,
                   struct site_facts *facts_out);
/* Own operations logged in this epoch, and those of a node that its broker has not acknowledged (0
 * at the broker). */
uint64_t own_stored(struct api *api, struct store_txn *txn);
uint64_t own_pending(struct api *api, struct store_txn *txn);

/* Numbers that several answers show. */
struct store_numbers {
    struct store_usage usage;
    uint64_t conflicts, set_aside; /* up to API_COUNTED_MAX */
    uint64_t waiting, position;
    struct store_readers readers;
};
/* The broker's sites together. */
struct site_totals {
    uint64_t active, suspect, revoked, connected;
    uint64_t late, silent; /* silent: also those never heard of */
    uint64_t feed_waiting; /* entries of their feeds that are not acknowledged */
};
NODISCARD enum err site_totals_of(struct api *api, struct store_txn *txn,
                                  struct site_totals *totals_out);
NODISCARD enum err store_numbers_of(struct api *api, struct store_txn *txn,
                                    struct store_numbers *numbers_out);
