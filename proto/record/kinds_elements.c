/* The standard's 57 elements by place: 5 criteria of 11, 11, 12, 13 and 10 elements in 15
 * sub-criteria. */
#include "proto/record/kinds.h"

#include <string.h>

static const char *const ids[ELEMENTS] = {
    "1.1.1", "1.1.2", "1.1.3", "1.2.1", "1.2.2", "1.2.3", "1.3.1", "1.3.2", "1.3.3", "1.3.4",
    "1.3.5", "2.1.1", "2.1.2", "2.1.3", "2.1.4", "2.1.5", "2.1.6", "2.2.1", "2.2.2", "2.2.3",
    "2.2.4", "2.2.5", "3.1.1", "3.1.2", "3.2.1", "3.2.2", "3.2.3", "3.2.4", "3.3.1", "3.3.2",
    "3.3.3", "3.4.1", "3.4.2", "3.4.3", "4.1.1", "4.1.2", "4.1.3", "4.2.1", "4.2.2", "4.2.3",
    "4.2.4", "4.3.1", "4.3.2", "4.3.3", "4.3.4", "4.3.5", "4.3.6", "5.1.1", "5.1.2", "5.2.1",
    "5.2.2", "5.2.3", "5.2.4", "5.2.5", "5.3.1", "5.3.2", "5.3.3",
};

uint8_t element_from_id(const char *id)
{
    for (uint8_t i = 0; i < ELEMENTS; i++) {
        if (strcmp(ids[i], id) == 0)
            return (uint8_t)(i + 1);
    }
    return 0;
}

const char *element_id(uint8_t place)
{
    return place >= 1 && place <= ELEMENTS ? ids[place - 1] : NULL;
}

uint8_t element_criterion(uint8_t place)
{
    const char *id = element_id(place);
    return id == NULL ? 0 : (uint8_t)(id[0] - '0');
}
