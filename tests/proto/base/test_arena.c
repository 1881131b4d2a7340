#include "proto/base/arena.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(arena, zeroed_and_aligned)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t bytes = 0; bytes < 3000; bytes += 7) {
            uint8_t *piece = arena_take(&arena, bytes);
            cr_assert_not_null(piece);
            cr_expect_eq((uintptr_t)piece % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < bytes; i++)
                cr_assert_eq(piece[i], 0, "byte %zu of %zu in round %d", i, bytes, round);
            memset(piece, 0xa5, bytes);
        }
        arena_reset(&arena);
        cr_expect_eq(arena.used_bytes, 0);
    }
    arena_deinit(&arena);
}

Test(arena, bounded)
{
    struct arena arena;
    arena_init(&arena, 100);
    cr_expect_null(arena_take(&arena, SIZE_MAX));
    cr_expect_null(arena_take(&arena, 200));
    cr_expect_not_null(arena_take(&arena, 100));
    cr_expect_null(arena_take(&arena, 100));
    arena_reset(&arena);
    size_t pieces = 0;
    while (arena_take(&arena, 1) != NULL)
        pieces++;
    cr_expect(pieces >= 1 && pieces <= 100, "small pieces end too: %zu", pieces);
    arena_deinit(&arena);
}

Test(arena, copies)
{
    struct arena arena;
    arena_init(&arena, 4096);
    char *copy = arena_copy(&arena, "abc", 4);
    cr_assert_not_null(copy);
    cr_expect_str_eq(copy, "abc");
    cr_expect_not_null(arena_copy(&arena, NULL, 0));
    arena_deinit(&arena);
    arena_deinit(&arena);
}
