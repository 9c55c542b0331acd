/* text: what is well-formed UTF-8 and UCS-4, and UTF-8 made of either; what is not can become U+FFFD.
 *
 * Knows no Python and no block. */
#ifndef TAOSNATIVE_TEXT_H
#define TAOSNATIVE_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Bytes of UTF-8 that a byte of UTF-8, or a unit of UCS-4, can become: U+FFFD has three, a character up to four. */
enum { TAOSNATIVE_UTF8_GROWTH = 3 };

/* How many bytes from the start are ASCII. */
static inline int64_t taosnative_ascii(const uint8_t *bytes, int64_t n_bytes) {
    int64_t at = 0;
    uint64_t eight;
    uint32_t four;
    for (; at + 8 <= n_bytes; at += 8) {
        memcpy(&eight, bytes + at, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080)) break;
    }
    if (at + 4 <= n_bytes) {
        memcpy(&four, bytes + at, sizeof four);
        if (!(four & UINT32_C(0x80808080))) at += 4;
    }
    while (at < n_bytes && bytes[at] < 0x80) at++;
    return at;
}

/* Bytes of the character that `bytes` begins with; or, negative, of what is none (the longest beginning of one). */
static inline int taosnative_utf8_step(const uint8_t *bytes, int64_t n_bytes) {
    const uint8_t first = bytes[0];
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return -1;
    const int n = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80; /* no longer form than is needed */
    uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF; /* no surrogate, nothing behind U+10FFFF */
    for (int i = 1; i < n; i++) {
        if (i >= n_bytes || bytes[i] < low || bytes[i] > high) return -i;
        low = 0x80;
        high = 0xBF;
    }
    return n;
}

static inline int taosnative_utf8_write(uint32_t character, uint8_t *out) {
    if (character < 0x80) {
        out[0] = (uint8_t)character;
        return 1;
    }
    const int n = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (int i = n - 1; i > 0; i--, character >>= 6) out[i] = (uint8_t)(0x80 | (character & 0x3F));
    out[0] = (uint8_t)((0xF00 >> n & 0xFF) | character);
    return n;
}

/* Copies UTF-8, with U+FFFD for what is none where `replaces`.  Gives the number of bytes written, for which `out` has
 * room (`n_bytes`, or three times as many where `replaces`); or, negative, -1 - the place of the first fault. */
static inline int64_t taosnative_utf8_of_utf8(const uint8_t *bytes, int64_t n_bytes, bool replaces, uint8_t *out) {
    int64_t at = 0, n_out = 0;
    while (at < n_bytes) {
        const int64_t ascii = taosnative_ascii(bytes + at, n_bytes - at);
        memcpy(out + n_out, bytes + at, (size_t)ascii);
        at += ascii;
        n_out += ascii;
        if (at == n_bytes) break;
        const int n = taosnative_utf8_step(bytes + at, n_bytes - at);
        if (n < 0 && !replaces) return -1 - at;
        if (n < 0) {
            n_out += taosnative_utf8_write(0xFFFD, out + n_out);
        } else {
            memcpy(out + n_out, bytes + at, (size_t)n);
            n_out += n;
        }
        at += n < 0 ? -n : n;
    }
    return n_out;
}

/* The same of UCS-4, of which there are `n_bytes`: a multiple of four, and never fewer than are written. */
static inline int64_t taosnative_utf8_of_ucs4(const uint8_t *bytes, int64_t n_bytes, bool replaces, uint8_t *out) {
    int64_t n_out = 0;
    for (int64_t at = 0; at < n_bytes; at += 4) {
        uint32_t character;
        memcpy(&character, bytes + at, sizeof character);
        if (character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF)) {
            if (!replaces) return -1 - at;
            character = 0xFFFD;
        }
        n_out += taosnative_utf8_write(character, out + n_out);
    }
    return n_out;
}

#endif
