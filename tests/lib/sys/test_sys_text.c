#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/sys/clock.h"
#include "lib/sys/log.h"
#include "lib/sys/progress.h"
#include "lib/sys/sdnotify.h"
#include "lib/sys/signals.h"
#include "lib/sys/table.h"

/* ---- log ---- */

Test(log, quoting)
{
    static const struct {
        const char *name, *value, *quoted;
    } rows[] = {
        {"plain stays", "/var/lib/x-1", "/var/lib/x-1"},
        {"space", "two words", "\"two words\""},
        {"empty", "", "\"\""},
        {"nothing", NULL, "\"\""},
        {"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
        {"equals sign", "a=b", "\"a=b\""},
        {"line end cannot begin an event", "a\nlevel=error", "\"a\\x0alevel=error\""},
        {"escape sequence", "\033[1m", "\"\\x1b[1m\""},
        {"Cyrillic", "жалоба", "\"жалоба\""},
        {"not UTF-8", "a\xff\xc3", "\"a\\xff\\xc3\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct log_text buffer;
        cr_expect_str_eq(log_quote(rows[i].value, &buffer), rows[i].quoted, "%s", rows[i].name);
    }
}

Test(log, a_long_value_is_cut_at_a_letter)
{
    char value[1200];
    struct log_text buffer;
    for (size_t i = 0; i < sizeof(value); i += 2)
        memcpy(value + i, "ж", 2);
    value[sizeof(value) - 2] = '\0';
    const char *quoted = log_quote(value, &buffer);
    cr_expect_lt(strlen(quoted), sizeof(buffer.text));
    cr_expect_not_null(strstr(quoted, "ж…\""));
}

static size_t read_log(int fd, char *text, size_t size)
{
    ssize_t len = read(fd, text, size - 1);
    cr_assert_geq(len, 0);
    text[len] = '\0';
    return (size_t)len;
}

Test(log, lines)
{
    char text[2 * LOG_LINE_BYTES_MAX];
    char big[2 * LOG_LINE_BYTES_MAX];
    int fds[2];
    cr_assert_eq(pipe2(fds, O_NONBLOCK), 0);
    log_set_output(fds[1], true);
    log_event(LOG_WARN, "sync.late", "site=%s pending=%d", "housing", 3);
    read_log(fds[0], text, sizeof(text));
    cr_expect_str_eq(text, "<4>level=warn event=sync.late site=housing pending=3\n");
    log_event(LOG_INFO, "bare", "%s", "a\nb");
    read_log(fds[0], text, sizeof(text));
    cr_expect_str_eq(text, "<6>level=info event=bare a b\n", "one event, one line");
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    log_event(LOG_ERROR, "big", "v=%s", big);
    size_t len = read_log(fds[0], text, sizeof(text));
    cr_expect_lt(len, LOG_LINE_BYTES_MAX + 16);
    cr_expect_str_eq(text + len - 11, "x cut=true\n");
    log_event(LOG_DEBUG, "hidden", "a=%d", 1);
    cr_expect_eq(read(fds[0], text, sizeof(text)), -1, "below the level");
    log_set_output(fds[1], false);
    log_event(LOG_INFO, "timed", "a=%d", 1);
    read_log(fds[0], text, sizeof(text));
    cr_expect_eq(strncmp(text, "ts=20", 5), 0);
    cr_expect_str_eq(strstr(text, "Z "), "Z level=info event=timed a=1\n");
}

Test(clock, utc_text)
{
    char text[CLOCK_TEXT_BYTES];
    clock_format_utc(UINT64_C(1795338300123), text);
    cr_expect_str_eq(text, "2026-11-22T09:05:00.123Z");
    clock_format_utc(0, text);
    cr_expect_str_eq(text, "1970-01-01T00:00:00.000Z");
    clock_format_utc(UINT64_MAX, text);
    cr_expect_str_eq(text, "9999-12-31T23:59:59.999Z");
}

/* ---- table ---- */

Test(table, widths)
{
    static const struct {
        const char *text;
        size_t width;
    } rows[] = {{"", 0},          {"abc", 3},  {"жалоба", 6}, {"ș", 1},
                {"s\xcc\xa6", 1}, {"日本", 4}, {"a\xff", 2},  {"\xe6\x97", 2}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(text_width(rows[i].text), rows[i].width, "'%s': %zu", rows[i].text,
                     text_width(rows[i].text));
}

Test(table, aligns_cyrillic_and_numbers)
{
    static const struct table_column columns[] = {
        {"Site", false}, {"Pending", true}, {"State", false}};
    static const char *const rows[][3] = {
        {"жильё", "7", "current"}, {"libraries", "12345678", NULL}, {"a\tb", "", "x\033y"}};
    char text[512] = "";
    struct table *table = NULL;
    FILE *to = fmemopen(text, sizeof(text), "w");
    cr_assert_eq(table_new(columns, 3, &table), ERR_OK);
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(table_add(table, rows[i]), ERR_OK);
    cr_expect_eq(table_row_count(table), 3);
    cr_expect_eq(table_print(table, to), ERR_OK);
    fclose(to);
    table_free(table);
    cr_expect_str_eq(text, "Site        Pending  State\n"
                           "жильё             7  current\n"
                           "libraries  12345678  \n"
                           "a b                  x y\n");
}

Test(table, no_colour_where_it_is_not_wanted)
{
    FILE *to = fopen("/dev/null", "w");
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    cr_expect_not(term_has_colour(to), "not a terminal");
    fclose(to);
}

/* ---- progress ---- */

Test(progress, line)
{
    static const struct {
        const char *name;
        uint64_t total, done, now_ms;
        const char *line;
    } rows[] = {
        {"half way", 1000, 500, 3000, "rows 500/1000 50 % 250/s 2 s left"},
        {"not begun", 1000, 0, 1000, "rows 0/1000 0 % 0/s "},
        {"more than promised", 10, 20, 3000, "rows 20/10 100 % 10/s 0 s left"},
        {"total not known", 0, 500, 2000, "rows 500 500/s"},
        {"long", 1000000, 10, 11000, "rows 10/1000000 0 % 1/s 278 h left"},
        {"clock behind", 10, 5, 0, "rows 5/10 50 % 0/s "},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[128];
        struct progress progress = {.label = "rows", .total = rows[i].total, .started_ms = 1000};
        progress_format(&progress, rows[i].done, rows[i].now_ms, line, sizeof(line));
        cr_expect_str_eq(line, rows[i].line, "%s: '%s'", rows[i].name, line);
    }
}

/* ---- signals and systemd ---- */

Test(signals, a_stop_wins_over_a_reload)
{
    int fd = -1;
    cr_assert_eq(signals_open(&fd, NULL), ERR_OK);
    cr_expect_eq(signals_take(fd), SIGNAL_NONE);
    raise(SIGHUP);
    cr_expect_eq(signals_take(fd), SIGNAL_RELOAD);
    raise(SIGHUP);
    raise(SIGTERM);
    cr_expect_eq(signals_take(fd), SIGNAL_STOP);
    close(fd);
}

Test(sdnotify, tells_the_socket)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    char got[256];
    snprintf(name, sizeof(name), "@cse-notify-%d", (int)getpid());
    memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address, size), 0);
    setenv("NOTIFY_SOCKET", name, 1);
    sdnotify_ready();
    ssize_t len = recv(fd, got, sizeof(got), MSG_DONTWAIT);
    cr_assert_gt(len, 0);
    cr_expect_eq(strncmp(got, "READY=1", (size_t)len), 0);
    sdnotify_status("pending %d\nforged=1", 4);
    len = recv(fd, got, sizeof(got), MSG_DONTWAIT);
    cr_assert_gt(len, 0);
    got[len] = '\0';
    cr_expect_str_eq(got, "STATUS=pending 4");
    setenv("WATCHDOG_USEC", "30000000", 1);
    unsetenv("WATCHDOG_PID");
    cr_expect_eq(sdnotify_watchdog_ms(), 15000);
    setenv("WATCHDOG_PID", "1", 1);
    cr_expect_eq(sdnotify_watchdog_ms(), 0, "meant for another process");
    close(fd);
}

Test(table, paragraphs_break_at_blanks)
{
    static const struct {
        const char *name, *text;
        struct wrap wrap;
        const char *printed;
    } rows[] = {
        {"short", "two words", {.indent = 4}, "    two words\n"},
        {"nothing", "", {.at = 3}, "\n"},
        {"in a line begun", "on it goes", {.indent = 2, .at = 72}, "on it\n  goes\n"},
        {"a word too long for a line",
         "a https://example.org/123456789012345678901234567890123456789012345678901234567890 b",
         {.indent = 2},
         "  a\n  https://example.org/123456789012345678901234567890123456789012345678901234567890\n"
         "  b\n"},
        {"a share stays whole", "of 82.4 %, or", {.indent = 1, .at = 70}, "of\n 82.4 %, or\n"},
        {"columns, not bytes", "ääääää x", {.indent = 1, .at = 71}, "ääääää x\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = NULL;
        size_t len;
        FILE *to = open_memstream(&text, &len);
        print_wrapped(rows[i].text, rows[i].wrap, to);
        (void)fclose(to);
        cr_expect_str_eq(text, rows[i].printed, "%s: '%s'", rows[i].name, text);
        free(text);
    }
}
