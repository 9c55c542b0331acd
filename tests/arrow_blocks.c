/* Makes Arrow's buffers of blocks, and cuts blocks, without Python, so that a compiler's sanitizers watch every access.
 *
 * Its argument is a file of cases as `blocks.c` reads them.  Each is decoded whole, cut in two and decoded, and then with
 * bytes changed at random.  It prints how many were sound.  Every block lies in memory of exactly its own length. */
#include <stdio.h>
#include <stdlib.h>

#include "taosnative/mapping.h"

#include "taosnative/arrow_batch.h"
#include "taosnative/block_cut.h"

enum { MOST_COLUMNS = 5000 };

static taosnative_arrow_column columns[MOST_COLUMNS];
static taosnative_segment segments[MOST_COLUMNS];
static taosnative_layout layouts[MOST_COLUMNS];
static taosnative_cut cuts[MOST_COLUMNS];
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

static int open_block(const uint8_t *bytes, int64_t n_bytes, int32_t n, taosnative_block *block, taosnative_fault *fault) {
    int code = taosnative_block_open(block, bytes, n_bytes, -1, n, fault);
    for (int32_t i = 0; code == TAOSNATIVE_SOUND && i < n; i++)
        code = taosnative_block_take(block, i, &layouts[i], &segments[i], fault);
    return code;
}

/* Decodes a block twice behind itself, and gives the array to a consumer that releases it. */
static int decode(const uint8_t *bytes, int64_t n_bytes, int32_t n) {
    taosnative_block block;
    taosnative_fault fault;
    struct ArrowArray array;
    int code = open_block(bytes, n_bytes, n, &block, &fault);
    if (code != TAOSNATIVE_SOUND) return 0;
    taosnative_arrow_batch *batch = taosnative_arrow_batch_new(n, &taosnative_mapped_memory);
    if (batch == NULL) abort();
    for (int round = 0; round < 2; round++) {
        for (int32_t i = 0; code == TAOSNATIVE_SOUND && i < n; i++)
            code = taosnative_arrow_decode(&columns[i], &segments[i], i, batch->n_rows, block.n_rows, &batch->columns[i],
                                           batch->memory, &fault);
        if (code == TAOSNATIVE_SOUND) batch->n_rows += block.n_rows;
    }
    if (code == TAOSNATIVE_SOUND) {
        taosnative_arrow_batch_fit(batch, columns);
        if (taosnative_arrow_batch_array(batch, columns, &array) != 0) abort();
        array.release(&array);
    }
    taosnative_arrow_batch_let_go(batch);
    return code == TAOSNATIVE_SOUND;
}

/* Cuts a block at a row and puts it together again: the same rows, and so the same buffers. */
static int cut(const uint8_t *bytes, int64_t n_bytes, int32_t n) {
    taosnative_block block;
    taosnative_fault fault;
    int code = open_block(bytes, n_bytes, n, &block, &fault);
    if (code != TAOSNATIVE_SOUND) return 0;
    const int64_t at = block.n_rows == 0 ? 0 : any((uint32_t)block.n_rows + 1);
    memset(cuts, 0, sizeof *cuts * (size_t)n);
    for (int32_t i = 0; code == TAOSNATIVE_SOUND && i < n; i++) {
        code = taosnative_cut_add(&layouts[i], &segments[i], i, 0, at, 0, &cuts[i], &taosnative_mapped_memory, &fault);
        if (code == TAOSNATIVE_SOUND)
            code = taosnative_cut_add(&layouts[i], &segments[i], i, at, block.n_rows, at, &cuts[i],
                                      &taosnative_mapped_memory, &fault);
    }
    int is_sound = code == TAOSNATIVE_SOUND;
    if (is_sound) {
        const int64_t length = taosnative_cut_length(layouts, cuts, n, block.n_rows);
        uint8_t *out = need((size_t)length);
        taosnative_cut_write(bytes, layouts, cuts, n, block.n_rows, out);
        if (open_block(out, length, n, &block, &fault) != TAOSNATIVE_SOUND) abort();
        free(out);
    }
    for (int32_t i = 0; i < n; i++) {
        taosnative_memory_free(&cuts[i].nulls);
        taosnative_memory_free(&cuts[i].data);
    }
    return is_sound;
}

/* With `n_changes` bytes changed, in memory of just that size. */
static int try_block(const uint8_t *block, int64_t n_bytes, int n_changes, int32_t n) {
    uint8_t *copy = need((size_t)n_bytes);
    memcpy(copy, block, (size_t)n_bytes);
    for (int i = 0; i < n_changes; i++) {
        const uint32_t head = n_bytes < 200 ? (uint32_t)n_bytes : 200;
        copy[any(any(2) ? head : (uint32_t)n_bytes)] = (uint8_t)any(256);
    }
    cut(copy, n_bytes, n);
    for (int32_t i = 0; i < n; i++) columns[i].replaces = any(2) == 1;
    const int is_sound = decode(copy, n_bytes, n);
    free(copy);
    return is_sound;
}

static void set_column(int32_t i, const uint8_t row[4]) {
    const taosnative_layout layout = {
        .type = row[0], .variable = row[1] == 1, .decimal = row[1] == 2, .width = row[2], .unit = row[3]};
    int form = TAOSNATIVE_ARROW_FIXED;
    if (layout.decimal) form = TAOSNATIVE_ARROW_DECIMAL;
    if (layout.type == 1) form = TAOSNATIVE_ARROW_BITS;
    if (layout.variable) form = layout.unit == 4 ? TAOSNATIVE_ARROW_UCS4 : TAOSNATIVE_ARROW_UTF8;
    if (layout.type == 16 || layout.type == 18 || layout.type == 20) form = TAOSNATIVE_ARROW_BYTES;
    layouts[i] = layout;
    columns[i] = (taosnative_arrow_column){.layout = layout, .form = form, .scale = layout.width == 16 ? 3 : 2};
}

int main(int argc, char **argv) {
    FILE *cases = argc == 2 ? fopen(argv[1], "rb") : NULL;
    long n_whole = 0, n_changed = 0;
    int32_t n_columns, n_bytes;
    if (cases == NULL) return 2;
    while (fread(&n_columns, 4, 1, cases) == 1) {
        uint8_t row[4];
        if (n_columns > MOST_COLUMNS) return 2;
        for (int32_t i = 0; i < n_columns; i++) {
            if (fread(row, 4, 1, cases) != 1) return 2;
            set_column(i, row);
        }
        if (fread(&n_bytes, 4, 1, cases) != 1) return 2;
        uint8_t *block = need((size_t)n_bytes);
        if (fread(block, (size_t)n_bytes, 1, cases) != 1) return 2;
        n_whole += try_block(block, n_bytes, 0, n_columns);
        for (int i = 0; i < 200; i++) n_changed += try_block(block, n_bytes, 1 + (int)any(4), n_columns);
        free(block);
    }
    fclose(cases);
    printf("%ld %ld\n", n_whole, n_changed);
    return 0;
}
