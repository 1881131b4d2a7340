#include "proto/cse/picture_fold.h"

enum { WAVES_START = 16 };

static bool make_room(struct fold *fold)
{
    struct picture *picture = fold->picture;
    if (picture->wave_count < fold->wave_cap)
        return true;
    uint32_t cap = fold->wave_cap == 0 ? WAVES_START : fold->wave_cap * 2;
    struct survey_wave *waves = arena_take(fold->arena, cap * sizeof(*waves));
    if (waves == NULL) {
        fold->err = ERR_NO_MEMORY;
        return false;
    }
    if (picture->wave_count > 0)
        memcpy(waves, picture->waves, picture->wave_count * sizeof(*waves));
    picture->waves = waves;
    fold->wave_cap = cap;
    return true;
}

struct satisfaction_counts *fold_wave(struct fold *fold, struct bytes name)
{
    struct picture *picture = fold->picture;
    uint32_t low = 0, high = picture->wave_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = bytes_compare(bytes_of_text(picture->waves[middle].wave), name);
        if (order == 0)
            return &picture->waves[middle].counts;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (picture->wave_count == PICTURE_WAVES_MAX || !make_room(fold))
        return NULL;
    struct survey_wave *at = &picture->waves[low];
    memmove(at + 1, at, (picture->wave_count - low) * sizeof(*at));
    *at = (struct survey_wave){0};
    memcpy(at->wave, name.data, name.len);
    picture->wave_count++;
    return &at->counts;
}
