#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/sys/descriptors.h"
#include "lib/sys/files.h"

/* Each test is a process of its own, so that its limit is too. */

static void limit_to(rlim_t count)
{
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = count;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

Test(sys_descriptors, what_was_held_back_is_lent_when_none_is_left_and_taken_back)
{
    struct descriptors_reserve reserve = {.count = 0};
    descriptors_hold(&reserve);
    cr_assert_eq(reserve.count, DESCRIPTORS_RESERVE);
    cr_expect(!descriptors_tend(&reserve), "while there are others nothing changes");
    int next = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    cr_assert_geq(next, 0);
    (void)close(next);
    limit_to((rlim_t)next);
    cr_expect_eq(descriptors_left(), 0);
    cr_expect(descriptors_tend(&reserve), "now they are lent");
    cr_expect(reserve.lent);
    cr_expect_gt(descriptors_left(), 0, "so that somebody can be told");
    cr_expect(!descriptors_tend(&reserve), "not taken back while there are no others");
    cr_expect(reserve.lent);
    cr_expect_gt(descriptors_left(), 0);
    limit_to((rlim_t)next + 2 * DESCRIPTORS_RESERVE);
    cr_expect(descriptors_tend(&reserve), "taken back");
    cr_expect(!reserve.lent);
    cr_expect_eq(reserve.count, DESCRIPTORS_RESERVE);
    descriptors_free(&reserve);
    cr_expect_eq(reserve.count, 0);
}

Test(sys_descriptors, running_out_of_them_is_a_limit)
{
    cr_expect_eq(err_from_errno(EMFILE), ERR_LIMIT);
    cr_expect_eq(err_from_errno(ENFILE), ERR_LIMIT);
}
