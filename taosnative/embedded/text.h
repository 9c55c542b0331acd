/* Text that is not UTF-8, as text.py tells it, for compiled code: bytes to the escaped form and back.
 *
 * A byte that is no part of valid UTF-8, and each byte of a character U+10FF00 … U+10FFFF, stands as the character
 * U+10FF00 + byte: F4 8F, BC … BF, 80 … BF.  No function allocates; none needs the GIL. */
#ifndef TAOSNATIVE_EMBEDDED_TEXT_H
#define TAOSNATIVE_EMBEDDED_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TEXT_ESCAPED_WIDTH 4 /* bytes of an escaped byte: what `text_escape` writes at most for one */
#define TEXT_UCS4_WIDTH 4

static inline bool text_is_continuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

/* Bytes of the character of valid UTF-8 that begins at `at`; 0 where none does. */
static inline size_t text_character(const uint8_t *at, const uint8_t *end)
{
    uint8_t first = *at;
    size_t left = (size_t)(end - at);
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    if (left < 2 || !text_is_continuation(at[1])) return 0;
    if (first < 0xE0) return 2;
    if (first == 0xE0 && at[1] < 0xA0) return 0; /* longer than need be */
    if (first == 0xED && at[1] > 0x9F) return 0; /* half of a surrogate pair */
    if (left < 3 || !text_is_continuation(at[2])) return 0;
    if (first < 0xF0) return 3;
    if (first == 0xF0 && at[1] < 0x90) return 0;
    if (first == 0xF4 && at[1] > 0x8F) return 0; /* beyond U+10FFFF */
    if (left < 4 || !text_is_continuation(at[3])) return 0;
    return 4;
}

/* Whether four bytes of valid UTF-8 are one of U+10FF00 … U+10FFFF. */
static inline bool text_is_reserved(const uint8_t *at) { return at[0] == 0xF4 && at[1] == 0x8F && at[2] >= 0xBC; }

static inline const uint8_t *text_skip_ascii(const uint8_t *at, const uint8_t *end)
{
    uint64_t eight;
    while (end - at >= 8) {
        memcpy(&eight, at, 8);
        if (eight & UINT64_C(0x8080808080808080)) break;
        at += 8;
    }
    while (at < end && *at < 0x80) at++;
    return at;
}

/* Whether the bytes are their own escaped form. */
static inline bool text_is_plain(const uint8_t *at, const uint8_t *end)
{
    while ((at = text_skip_ascii(at, end)) < end) {
        size_t n = text_character(at, end);
        if (n == 0 || (n == 4 && text_is_reserved(at))) return false;
        at += n;
    }
    return true;
}

static inline uint8_t *text_put_escaped(uint8_t byte, uint8_t *out)
{
    out[0] = 0xF4;
    out[1] = 0x8F;
    out[2] = (uint8_t)(0xBC | (byte >> 6));
    out[3] = (uint8_t)(0x80 | (byte & 0x3F));
    return out + TEXT_ESCAPED_WIDTH;
}

/* The escaped form; `out` has TEXT_ESCAPED_WIDTH bytes for each that comes in. Returns the end of what was written. */
static inline uint8_t *text_escape(const uint8_t *at, const uint8_t *end, uint8_t *out)
{
    while (at < end) {
        size_t n = text_character(at, end);
        bool as_it_is = n > 0 && !(n == 4 && text_is_reserved(at));
        if (n == 0) n = 1;
        for (size_t i = 0; i < n; i++) {
            if (as_it_is)
                *out++ = at[i];
            else
                out = text_put_escaped(at[i], out);
        }
        at += n;
    }
    return out;
}

/* Whether bytes of valid UTF-8 have anything escaped; a false alarm costs time, no truth. */
static inline bool text_may_be_escaped(const uint8_t *at, const uint8_t *end)
{
    return at < end && memchr(at, 0xF4, (size_t)(end - at)) != NULL;
}

/* The bytes that valid UTF-8 stands for, no more than come in; `out` may be where they are. Returns their end. */
static inline uint8_t *text_unescape(const uint8_t *at, const uint8_t *end, uint8_t *out)
{
    while (at < end) {
        if (end - at >= 4 && text_is_reserved(at)) {
            *out++ = (uint8_t)((at[2] << 6) | (at[3] & 0x3F));
            at += 4;
        } else {
            *out++ = *at++;
        }
    }
    return out;
}

static inline uint32_t text_code_point(const uint8_t *at, size_t n)
{
    switch (n) {
    case 1: return at[0];
    case 2: return ((at[0] & 0x1Fu) << 6) | (at[1] & 0x3Fu);
    case 3: return ((at[0] & 0x0Fu) << 12) | ((at[1] & 0x3Fu) << 6) | (at[2] & 0x3Fu);
    default: return ((at[0] & 0x07u) << 18) | ((at[1] & 0x3Fu) << 12) | ((at[2] & 0x3Fu) << 6) | (at[3] & 0x3Fu);
    }
}

/* UTF-8 as UCS-4 in this machine's order; `out` has TEXT_UCS4_WIDTH bytes for each that comes in, at any address.
 * Returns the end of what was written; NULL where the bytes are not UTF-8. */
static inline uint8_t *text_to_ucs4(const uint8_t *at, const uint8_t *end, uint8_t *out)
{
    while (at < end) {
        size_t n = text_character(at, end);
        if (n == 0) return NULL;
        uint32_t character = text_code_point(at, n);
        memcpy(out, &character, sizeof character);
        out += TEXT_UCS4_WIDTH;
        at += n;
    }
    return out;
}

#endif
