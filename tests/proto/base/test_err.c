#include "proto/base/err.h"

#include <criterion/criterion.h>
#include <string.h>

Test(err, names)
{
    cr_expect_str_eq(err_slug(ERR_NOT_FOUND), "not-found");
    cr_expect_str_eq(err_slug(ERR_OK), "ok");
    cr_expect_str_eq(err_text(ERR_FORK), "history differs from the one known");
    cr_expect_eq(err_http_status(ERR_DENIED), 403);
    const char *first = err_slug(ERR_IO);
    const char *second = err_slug(ERR_FULL);
    cr_expect_str_eq(first, "io", "a second slug leaves the first alone");
    cr_expect_str_eq(second, "full");
}

Test(err, every_number_is_itself)
{
    static const enum err all[] = {
#define X(name, number, http, text) name,
        ERR_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        cr_expect_eq(err_from_number((uint64_t)all[i]), all[i], "%s", err_slug(all[i]));
        cr_expect_eq((size_t)all[i], i, "numbers have no gap at %zu", i);
    }
    cr_expect_eq(err_from_number(1000), ERR_INTERNAL);
    cr_expect_eq(err_from_number(UINT64_MAX), ERR_INTERNAL);
}

Test(err, wraps_outermost_first)
{
    struct err_info info = {.code = ERR_OK};
    cr_expect_eq(err_set(&info, ERR_IO, "no %s", "disk"), ERR_IO);
    cr_expect_eq(err_wrap(&info, ERR_IO, "open '%s'", "x"), ERR_IO);
    cr_expect_str_eq(info.text, "open 'x': no disk");
    cr_expect_eq(info.code, ERR_IO);
    cr_expect_eq(err_set(&info, ERR_FULL, "again: %s", info.text), ERR_FULL);
    cr_expect_str_eq(info.text, "again: open 'x': no disk");
    cr_expect_eq(err_wrap(NULL, ERR_BUSY, "x"), ERR_BUSY);
    cr_expect_eq(err_set(NULL, ERR_BUSY, "x"), ERR_BUSY);
}

Test(err, wraps_nothing_recorded)
{
    struct err_info info = {.code = ERR_OK};
    cr_expect_eq(err_wrap(&info, ERR_TIMEOUT, "ask"), ERR_TIMEOUT);
    cr_expect_str_eq(info.text, "ask: no answer in time");
}

Test(err, long_texts_are_cut)
{
    char text[2 * ERR_TEXT_BYTES];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct err_info info = {.code = ERR_OK};
    (void)err_set(&info, ERR_IO, "%s", text);
    cr_expect_eq(strlen(info.text), ERR_TEXT_BYTES - 1);
    (void)err_wrap(&info, ERR_IO, "%s", text);
    cr_expect_eq(strlen(info.text), ERR_TEXT_BYTES - 1);
}
