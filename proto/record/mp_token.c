#include "proto/record/mp_token.h"

/* The lead bytes 0xc0..0xdf: what follows, how many bytes its number takes, and the least number
 * that needs them (for negative integers: the magnitude that must be exceeded). */
struct lead {
    enum mp_type type;
    uint8_t width;
    uint64_t least;
};

static const struct lead leads[32] = {
    {MP_NIL, 0, 0},      {MP_BAD, 0, 0},         {MP_BOOL, 0, 0},       {MP_BOOL, 0, 0},
    {MP_BIN, 1, 0},      {MP_BIN, 2, 0x100},     {MP_BIN, 4, 0x10000},  {MP_BAD, 0, 0},
    {MP_BAD, 0, 0},      {MP_BAD, 0, 0},         {MP_BAD, 0, 0},        {MP_BAD, 0, 0},
    {MP_UINT, 1, 0x80},  {MP_UINT, 2, 0x100},    {MP_UINT, 4, 0x10000}, {MP_UINT, 8, 0x100000000},
    {MP_INT, 1, 0x20},   {MP_INT, 2, 0x80},      {MP_INT, 4, 0x8000},   {MP_INT, 8, 0x80000000},
    {MP_BAD, 0, 0},      {MP_BAD, 0, 0},         {MP_BAD, 0, 0},        {MP_BAD, 0, 0},
    {MP_BAD, 0, 0},      {MP_STR, 1, 0x20},      {MP_STR, 2, 0x100},    {MP_STR, 4, 0x10000},
    {MP_ARRAY, 2, 0x10}, {MP_ARRAY, 4, 0x10000}, {MP_MAP, 2, 0x10},     {MP_MAP, 4, 0x10000},
};

static struct mp_token bad(void)
{
    return (struct mp_token){.type = MP_BAD};
}

static uint64_t number_at(const uint8_t *at, uint8_t width)
{
    uint64_t number = 0;
    for (uint8_t i = 0; i < width; i++)
        number = number << 8 | at[i];
    return number;
}

/* `at` is behind the head; `number` is the declared length or count. */
static struct mp_token sized(enum mp_type type, uint64_t number, const uint8_t *at,
                             const uint8_t *end)
{
    uint64_t left = (uint64_t)(end - at);
    if (number > (type == MP_MAP ? left / 2 : left))
        return bad();
    struct mp_token token = {.type = type, .number = number, .next = at};
    if (type == MP_STR || type == MP_BIN) {
        token.body = at;
        token.next = at + number;
    }
    return token;
}

static struct mp_token negative(uint64_t raw, const struct lead *lead, const uint8_t *next)
{
    /* Two's complement: all bits above the width are set. A positive number in a signed form is
     * never the shortest. */
    uint64_t sign = UINT64_C(1) << (8 * lead->width - 1);
    if ((raw & sign) == 0)
        return bad();
    uint64_t magnitude = (sign - (raw & (sign - 1)));
    if (magnitude <= lead->least)
        return bad();
    int64_t value = -(int64_t)(magnitude - 1) - 1;
    return (struct mp_token){.type = MP_INT, .negative = value, .next = next};
}

static struct mp_token long_token(const uint8_t *at, const uint8_t *end)
{
    const struct lead *lead = &leads[*at - 0xc0];
    const uint8_t *behind = at + 1;
    if (lead->type == MP_BAD || lead->width > end - behind)
        return bad();
    if (lead->type == MP_NIL || lead->type == MP_BOOL)
        return (struct mp_token){.type = lead->type, .number = *at & 1, .next = behind};
    uint64_t number = number_at(behind, lead->width);
    behind += lead->width;
    if (lead->type == MP_INT)
        return negative(number, lead, behind);
    if (number < lead->least)
        return bad();
    if (lead->type == MP_UINT)
        return (struct mp_token){.type = MP_UINT, .number = number, .next = behind};
    return sized(lead->type, number, behind, end);
}

struct mp_token mp_token_other(const uint8_t *at, const uint8_t *end)
{
    uint8_t lead = *at;
    if (lead <= 0x8f)
        return sized(MP_MAP, lead & 0x0f, at + 1, end);
    if (lead <= 0x9f)
        return sized(MP_ARRAY, lead & 0x0f, at + 1, end);
    if (lead <= 0xbf)
        return sized(MP_STR, lead & 0x1f, at + 1, end);
    if (lead >= 0xe0)
        return (struct mp_token){.type = MP_INT, .negative = (int64_t)lead - 256, .next = at + 1};
    return long_token(at, end);
}
