#include "lib/sys/cli.h"

#include <string.h>

/* Optimal string alignment: how many letters to insert, drop, change or swap with a neighbour. */

enum { WORD_BYTES_MAX = 32 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t cost[WORD_BYTES_MAX + 1][WORD_BYTES_MAX + 1];
    for (size_t i = 0; i <= a_len; i++)
        cost[i][0] = i;
    for (size_t j = 0; j <= b_len; j++)
        cost[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            size_t best = cost[i - 1][j - 1] + change;
            best = smaller(best, smaller(cost[i - 1][j], cost[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = smaller(best, cost[i - 2][j - 2] + 1);
            cost[i][j] = best;
        }
    }
    return cost[a_len][b_len];
}

const char *cli_nearest(const char *word, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t len = strlen(word);
    if (len == 0 || len > WORD_BYTES_MAX)
        return NULL;
    size_t best = len / 3 + 1; /* more than a third wrong is another word */
    for (size_t i = 0; i < count; i++) {
        size_t name_len = strlen(names[i]);
        if (name_len > WORD_BYTES_MAX)
            continue;
        size_t distance = edit_distance(word, len, names[i], name_len);
        if (distance < name_len && (distance < best || (distance == best && nearest == NULL))) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
