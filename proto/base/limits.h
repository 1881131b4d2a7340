#pragma once

/* Every bound in the system, with its unit in its name. Nothing grows past these; reaching one is
 * an error with a name. */
enum {
    /* one operation and its parts */
    OP_BYTES_MAX = 64 * 1024,   /* an entry (public + salt + personal) as it is stored and sent */
    OP_WRITES_MAX = 128,        /* fields written by one operation */
    TEXT_BYTES_MAX = 16 * 1024, /* one text value */
    AUTHOR_BYTES_MAX = 64,
    MEMBER_BYTES_MAX = 128,                   /* one set member, encoded */
    VV_ENTRIES_MAX = 64,                      /* origins in one field's context */
    SIBLINGS_MAX = 64,                        /* concurrent values kept of one field */
    RECORD_REGS_MAX = 1024,                   /* fields and set members of one record */
    RECORD_VALUE_BYTES_MAX = 2 * 1024 * 1024, /* values of one record, siblings counted */
    COUNTS_MAX = 16,                          /* numbers in one counts value */
    SLUG_BYTES_MAX = 32,                      /* a site's short name */
    NAME_BYTES_MAX = 128,                     /* a site's or organisation's name */

    /* msgpack scan */
    SCAN_DEPTH_MAX = 8,
    SCAN_OBJECTS_MAX = 16 * 1024,

    /* frames */
    FRAME_BYTES_MAX = 320 * 1024,
    TXNS_BYTES_TARGET = 128 * 1024, /* a TXNS or FEED frame stops growing here */
    BATCH_OPS_MAX = 512,
    BATCH_BYTES_MAX = 256 * 1024,
    BATCHES_PER_FRAME_MAX = 64,
    FINDINGS_PER_ACK_MAX = 32,
    BLOB_CHUNK_BYTES = 64 * 1024,
    BLOB_BYTES_MAX = 256 * 1024 * 1024,
    BLOB_OFFERS_MAX = 16,           /* per frame */
    BLOB_PARTIAL_S_MAX = 24 * 3600, /* an unfinished attachment nobody adds to is thrown away */
    BLOB_WINDOW_CHUNKS = 4,         /* asked for and not yet arrived, per site */

    /* sessions */
    SESSIONS_MAX = 16 * 1024,
    CREDIT_START_BYTES = 256 * 1024,
    CREDIT_SITE_BYTES_MAX = 1024 * 1024,
    CREDIT_TOTAL_BYTES_MAX = 64 * 1024 * 1024,
    UNACKED_FRAMES_MAX = 8,
    FEED_UNACKED_FRAMES_MAX = 4,
    FEED_ENTRIES_PER_FRAME_MAX = 256,
    OLD_KEYS_MAX = 16, /* of a site: so often can its machine be replaced */
    CENTRES_MAX = 8,   /* that wrote for the organisation, one after the other */
    NODE_EFFECTS_MAX = 8,
    BROKER_EFFECTS_MAX = 8,
    HELLO_MS_MAX = 10 * 1000,
    ACK_MS_MAX = 60 * 1000,
    PING_IDLE_MS = 20 * 1000,
    PEER_SILENT_MS_MAX = 60 * 1000,
    BACKOFF_MS_MIN = 1000,
    BACKOFF_MS_MAX = 300 * 1000,
    REFUSED_MS_MIN = 60 * 1000,
    REFUSED_MS_MAX = 3600 * 1000,
    FAULTS_MAX = 128, /* refused frames of one key within FAULTS_WINDOW_MS; more put it off */
    FAULTS_WINDOW_MS = 60 * 1000,
    PUT_OFF_MS = 60 * 1000, /* a key that floods or is refused without end is not listened to */
    CLOCK_WARN_MS = 2 * 60 * 1000,
    CLOCK_PULL_MS_MAX = 5 * 60 * 1000, /* a hybrid clock is never pulled further ahead than this */

    /* connections of sites (lib/link/lines.h) */
    LINK_HELD_BYTES_MAX = 3 * 1024 * 1024, /* received on one and not read as whole messages: above
                                              what credit and chunks under way may come to */
    LINK_UNHEARD_BYTES_MAX =
        64 * 1024, /* … before the first message of all: far above a greeting */
    LINK_HELD_TOTAL_BYTES_MAX = 256 * 1024 * 1024, /* … on all together */
    LINK_HELD_FEW_BYTES = 32 * 1024 * 1024, /* … which is lowered as far as this while the process
                                               has more memory than the next two */
    LINK_MEMORY_BYTES_MAX = 320 * 1024 * 1024,
    LINK_MEMORY_SITE_BYTES = 32 * 1024, /* for each connection that has spoken */
    LINK_GREETING_BYTES = 8 * 1024, /* handshake and greeting: who holds no more is left alone */
    LINK_PART_BYTES = 35,           /* what ZMTP and CURVE put around a part, at least */
    LINK_SAME_KEY_MAX =
        4, /* connections of one key; a site needs one, and one when it comes back */
    DESCRIPTORS_MAX = 128 * 1024,     /* what a daemon raises its limit to, if it may */
    DESCRIPTORS_SPARE = 32,           /* kept for files, besides those of HTTP */
    LINK_UNHEARD_MS = 20 * 1000,      /* from the connection to its first message */
    LINK_UNHEARD_SHORT_MS = 2 * 1000, /* … while descriptors are short */
    LINK_SILENT_MS = 90 * 1000,       /* without a message; sites say something every 20 s */

    /* store */
    STORE_KEY_BYTES_MAX = 200,
    STORE_VALUE_BYTES_MAX = 96 * 1024,
    STORE_READERS_MAX = 256, /* read transactions open at a time */
    COMMIT_OPS_MAX = 4096,   /* operations in one group commit */
    COMMIT_BYTES_MAX = 4 * 1024 * 1024,
    APPLY_OPS_MAX = 4096,  /* operations applied in one transaction */
    CELL_NUMBERS_MAX = 16, /* integers in one cell */
    CELL_KEY_BYTES_MAX = 64,
    PICTURE_WAVES_MAX =
        1024, /* survey waves a picture lists one by one; further ones count in the total only */
    PICTURE_STANDARDS_MAX = 8 * 1024, /* service standards a picture joins with measurements */
    SUMMARY_PEOPLE_MIN = 4, /* people, and raters, behind what is told of a team's competency */
    PAST_CELLS_MAX = 1024 * 1024, /* cells that have changed since a past day, of one view */
    REISSUE_OPS_MAX =
        100 * 1000, /* own operations written again under a new epoch, in one transaction */
    JOB_ROWS_PER_COMMIT = 1024, /* rows an import or undo moves in one transaction: about 25 ms */

    /* HTTP and commands */
    HTTP_CONNECTIONS_MAX = 256,
    HTTP_BODY_BYTES_MAX = 1024 * 1024, /* bodies other than attachments and imports */
    HTTP_IDLE_S_MAX = 15,
    HTTP_REQUEST_S_MAX = 30,      /* from its first byte to its last; longer as a body comes: */
    HTTP_BODY_BYTES_A_MS_MIN = 1, /* so many bytes excuse a millisecond */
    LIST_LIMIT_DEFAULT = 50,
    LIST_LIMIT_MAX = 1000,
    CSV_FIELD_BYTES_MAX = 64 * 1024,
    CSV_COLUMNS_MAX = 512,
    CSV_ROW_BYTES_MAX = 1024 * 1024,
    CSV_DUPLICATES_SHOWN = 20,   /* rows that stand twice, listed with their lines */
    CSV_REJECTS_MAX = 10 * 1000, /* rows listed in FILE.rejected.csv */

    /* administration */
    INVITE_DAYS_MAX = 90,
    PENDING_KEYS_MAX = 256, /* unknown keys remembered for the roster */
};

_Static_assert(FRAME_BYTES_MAX > TXNS_BYTES_TARGET + OP_BYTES_MAX,
               "a frame holds its target and one operation more");
_Static_assert(BATCH_BYTES_MAX < FRAME_BYTES_MAX, "a batch fits in a frame");
_Static_assert(STORE_VALUE_BYTES_MAX > OP_BYTES_MAX, "an entry fits in a value");
_Static_assert(FRAME_BYTES_MAX > BLOB_CHUNK_BYTES, "a chunk fits in a frame");
_Static_assert(CREDIT_START_BYTES >= TXNS_BYTES_TARGET, "the first frame can always be sent");
