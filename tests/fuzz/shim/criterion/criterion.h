#pragma once

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* The test worlds say what they expect in Criterion's words; a fuzzer has no Criterion, and a
 * failed expectation is its finding. What else they would print is left out. */

#define CR_FIRST(condition, ...)      (condition)
#define CR_PAIR(op, left, right, ...) ((left)op(right))

#define cr_assert(...)      assert(CR_FIRST(__VA_ARGS__, 0))
#define cr_assert_eq(...)   assert(CR_PAIR(==, __VA_ARGS__, 0))
#define cr_assert_geq(...)  assert(CR_PAIR(>=, __VA_ARGS__, 0))
#define cr_assert_lt(...)   assert(CR_PAIR(<, __VA_ARGS__, 0))
#define cr_assert_fail(...) abort()
#define cr_log_error(...)   (void)fprintf(stderr, __VA_ARGS__)
