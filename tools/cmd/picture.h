#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "proto/base/err.h"

/* The picture for people (GET picture's JSON in, text out). */

struct picture_style {
    FILE *to;
    bool colour;
    int columns; /* of the screen */
};

/* Criteria, sub-criteria and elements down, sites across; as many blocks as the sites need. */
void picture_print_map(const json_t *picture, struct picture_style style);
/* What stands below the map: award, coverage, freshness, complaints, contacts, satisfaction. False:
 * no memory for all of it. */
NODISCARD bool picture_print_summary(const json_t *picture, struct picture_style style);
/* Columns of the labels of the lines below the map, in the language of this process. */
int picture_label_width(void);
/* Nothing when the picture has none. */
void picture_print_forecast(const json_t *picture, FILE *to);

/* One element a row, one column a site. */
void picture_write_csv(const json_t *picture, FILE *to);
