#include "proto/cse/claims.h"

enum band claim_ceiling(struct evidence_counts evidence)
{
    if (evidence.current > 0)
        return BAND_C;
    return evidence.ageing > 0 ? BAND_PC : BAND_NC;
}

bool claim_challenged(enum band rated, enum band ceiling)
{
    switch (rated) {
    case BAND_U:
    case BAND_NA:
        return false;
    case BAND_CP:
        return ceiling < BAND_C;
    case BAND_NC:
    case BAND_PC:
    case BAND_C:
        return rated > ceiling;
    }
    return false;
}
