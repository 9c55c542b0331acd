/* Reads blocks as the decoder does, without Python, so that a compiler's sanitizers watch every access.
 *
 * Its argument is a file of cases: int32 columns; for each column type, kind (0 fixed, 1 variable, 2 decimal), width,
 * unit, a byte each; int32 bytes, and the block.  Each case is read whole, then cut at each of its bytes, and then with
 * bytes changed at random.  It prints how many were sound.  Every block lies in memory of exactly its own length. */
#include <stdio.h>
#include <stdlib.h>

#include "taosnative/block.h"
#include "taosnative/columns.h"

enum { MOST_COLUMNS = 5000 };

static uint64_t state = 88172645463325252u;

static uint32_t any(uint32_t below) { /* xorshift */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16) % below;
}

static void *need(size_t n_bytes) {
    void *memory = malloc(n_bytes ? n_bytes : 1);
    if (memory == NULL) abort();
    return memory;
}

static volatile uint64_t sum; /* so that every byte of a value is read */

static int read_fixed(const taosnative_layout *layout, const taosnative_segment *segment, int64_t n_rows) {
    uint8_t *mask = need((size_t)n_rows), *values = need((size_t)n_rows * 8);
    taosnative_expand(segment->nulls, n_rows, mask);
    taosnative_copy(segment->nulls, segment->data, n_rows, layout->width, UINT64_MAX, values);
    sum += (uint64_t)taosnative_first_null(segment->nulls, n_rows) + (uint64_t)taosnative_first_not_bool(mask, n_rows);
    for (int64_t row = 0; row < n_rows; row++) {
        const int is_null = (segment->nulls[row / 8] >> (7 - row % 8)) & 1;
        if (mask[row] != is_null) abort();
        if (!is_null && memcmp(values + row * layout->width, segment->data + row * layout->width, layout->width)) abort();
    }
    free(mask);
    free(values);
    return TAOSNATIVE_SOUND;
}

static int read_values(const taosnative_layout *layout, const taosnative_segment *segment, int64_t n_rows, int32_t column,
                       taosnative_fault *fault) {
    char text[TAOSNATIVE_DECIMAL_TEXT];
    for (int64_t row = 0; row < n_rows; row++) {
        const uint8_t *value;
        int64_t n_bytes;
        const int code = taosnative_value(segment, layout, column, row, &value, &n_bytes, fault);
        if (code != TAOSNATIVE_SOUND) return code;
        for (int64_t i = 0; i < n_bytes; i++) sum += value[i];
        if (layout->decimal && value != NULL) sum += (uint64_t)taosnative_decimal(value, layout->width, segment->scale, text);
    }
    return TAOSNATIVE_SOUND;
}

static int read_block(const uint8_t *bytes, int64_t n_bytes, const taosnative_layout *layouts, int32_t n_columns) {
    taosnative_block block;
    taosnative_fault fault;
    int code = taosnative_block_open(&block, bytes, n_bytes, -1, n_columns, &fault);
    for (int32_t column = 0; code == TAOSNATIVE_SOUND && column < n_columns; column++) {
        const taosnative_layout *layout = &layouts[column];
        taosnative_segment segment;
        code = taosnative_block_take(&block, column, layout, &segment, &fault);
        if (code != TAOSNATIVE_SOUND) break;
        code = layout->variable || layout->decimal ? read_values(layout, &segment, block.n_rows, column, &fault)
                                                   : read_fixed(layout, &segment, block.n_rows);
    }
    if (code != TAOSNATIVE_SOUND && (fault.code != code || fault.at < 0 || fault.at > n_bytes)) abort();
    return code == TAOSNATIVE_SOUND;
}

/* Reads `n_bytes` of a block in memory of just that size, with `n_changes` bytes changed. */
static int try_block(const uint8_t *block, int64_t n_bytes, int n_changes, const taosnative_layout *layouts, int32_t n) {
    uint8_t *copy = need((size_t)n_bytes);
    memcpy(copy, block, (size_t)n_bytes);
    for (int i = 0; i < n_changes; i++) {
        const uint32_t head = n_bytes < 200 ? (uint32_t)n_bytes : 200;
        copy[any(any(2) ? head : (uint32_t)n_bytes)] = (uint8_t)any(256);
    }
    const int is_sound = read_block(copy, n_bytes, layouts, n);
    free(copy);
    return is_sound;
}

int main(int argc, char **argv) {
    static taosnative_layout layouts[MOST_COLUMNS];
    FILE *cases = argc == 2 ? fopen(argv[1], "rb") : NULL;
    long n_whole = 0, n_cut = 0, n_changed = 0;
    int32_t n_columns, n_bytes;
    if (cases == NULL) return 2;
    while (fread(&n_columns, 4, 1, cases) == 1) {
        uint8_t row[4];
        if (n_columns > MOST_COLUMNS) return 2;
        for (int32_t i = 0; i < n_columns; i++) {
            if (fread(row, 4, 1, cases) != 1) return 2;
            layouts[i] = (taosnative_layout){
                .type = row[0], .variable = row[1] == 1, .decimal = row[1] == 2, .width = row[2], .unit = row[3]};
        }
        if (fread(&n_bytes, 4, 1, cases) != 1) return 2;
        uint8_t *block = need((size_t)n_bytes);
        if (fread(block, (size_t)n_bytes, 1, cases) != 1) return 2;
        n_whole += try_block(block, n_bytes, 0, layouts, n_columns);
        for (int32_t end = 0; end < n_bytes; end++) n_cut += try_block(block, end, 0, layouts, n_columns);
        for (int i = 0; i < 200; i++) n_changed += try_block(block, n_bytes, 1 + (int)any(4), layouts, n_columns);
        free(block);
    }
    fclose(cases);
    printf("%ld %ld %ld\n", n_whole, n_cut, n_changed);
    return 0;
}
