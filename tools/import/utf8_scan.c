#include "tools/import/utf8_scan.h"

static bool start(struct utf8_scan *scan, uint8_t byte)
{
    scan->low = 0x80;
    scan->high = 0xBF;
    if (byte < 0x80)
        return byte != 0;
    if (byte >= 0xC2 && byte <= 0xDF) {
        scan->need = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        scan->need = 2;
        scan->low = byte == 0xE0 ? 0xA0 : 0x80;
        scan->high = byte == 0xED ? 0x9F : 0xBF;
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        scan->need = 3;
        scan->low = byte == 0xF0 ? 0x90 : 0x80;
        scan->high = byte == 0xF4 ? 0x8F : 0xBF;
    } else {
        return false;
    }
    return true;
}

bool utf8_scan_take(struct utf8_scan *scan, uint8_t byte)
{
    if (scan->need == 0)
        return start(scan, byte);
    if (byte < scan->low || byte > scan->high)
        return false;
    scan->need--;
    scan->low = 0x80;
    scan->high = 0xBF;
    return true;
}

bool utf8_scan_done(const struct utf8_scan *scan)
{
    return scan->need == 0;
}
