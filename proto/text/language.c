/* Which language somebody means. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/text/text.h"

static const char *const codes[LANGUAGES] = {"en", "en", "ro", "ru", "lt", "pl"};

const char *language_code(enum language language)
{
    return codes[language];
}

static bool from_tag(const char *tag, size_t len, enum language *language_out)
{
    size_t code = 0;
    while (code < len && tag[code] != '-' && tag[code] != '_' && tag[code] != '.' &&
           tag[code] != '@')
        code++;
    for (int i = LANGUAGE_EN; i < LANGUAGES; i++) {
        if (strlen(codes[i]) == code && strncasecmp(codes[i], tag, code) == 0) {
            *language_out = (enum language)i;
            return true;
        }
    }
    return false;
}

bool language_from_tag(const char *tag, enum language *language_out)
{
    return from_tag(tag, strlen(tag), language_out);
}

/* "q=0.8" as thousands; 1000 when there is none, 0 when it cannot be read. */
static int quality_of(const char *at, size_t len)
{
    int digits = 3, value;
    const char *end = at + len;
    const char *q = memchr(at, ';', len);
    if (q == NULL)
        return 1000;
    for (q++; q < end && (*q == ' ' || *q == '\t'); q++)
        ;
    if (end - q < 3 || (*q != 'q' && *q != 'Q') || q[1] != '=' || (q[2] != '0' && q[2] != '1'))
        return 0;
    value = q[2] - '0';
    for (q += q + 3 < end && q[3] == '.' ? 4 : 3; digits > 0; digits--) {
        bool digit = q < end && *q >= '0' && *q <= '9';
        value = value * 10 + (digit ? *q - '0' : 0);
        q += digit ? 1 : 0;
    }
    return value > 1000 ? 1000 : value;
}

enum language language_accepted(const char *header, enum language otherwise)
{
    enum language best = otherwise, found;
    int best_quality = 0;
    for (const char *at = header; at != NULL && *at != '\0';) {
        at += strspn(at, " \t,");
        size_t len = strcspn(at, ",");
        size_t tag = strcspn(at, ",; \t");
        int quality = quality_of(at, len);
        if (quality > best_quality && from_tag(at, tag, &found)) {
            best_quality = quality;
            best = found;
        }
        at += len;
    }
    return best;
}
