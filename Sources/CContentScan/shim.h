#ifndef GATEPOST_CCONTENTSCAN_SHIM_H
#define GATEPOST_CCONTENTSCAN_SHIM_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)

/* Swift compiles for every x86-64, whose vectors have 16 octets, and cannot compile one function for a later one. */

enum {
    GATEPOST_SCAN_BARE = 1,
    GATEPOST_SCAN_NUL = 2,
    GATEPOST_SCAN_EIGHT_BIT = 4
};

/* How many octets the vectors have that are worth it on this processor: 64, 32, or 0 for what Swift compiles for. */
static inline int gatepost_scan_width(void) {
    return __builtin_cpu_supports("avx512bw") ? 64 : __builtin_cpu_supports("avx2") ? 32 : 0;
}

typedef uint8_t gatepost_octets __attribute__((vector_size(32)));
typedef uint64_t gatepost_words __attribute__((vector_size(32)));

__attribute__((target("avx2"), always_inline))
static inline gatepost_octets gatepost_load(const uint8_t *octets) {
    gatepost_octets block;
    __builtin_memcpy(&block, octets, sizeof block);
    return block;
}

/* Passes over blocks of 64 octets, from an index of 1 or more on, up to one with a dot behind LF; the index behind them.
   Adds to `found` whether they have a CR without LF or a LF without CR, a NUL, an octet beyond ASCII. */
__attribute__((target("avx2")))
static inline size_t gatepost_scan_by_32(const uint8_t *octets, size_t start, size_t count, unsigned *found) {
    gatepost_octets bare = {0}, combined = {0}, least = ~bare;
    size_t index = start;
    for (; count - index >= 64; index += 64) {
        const gatepost_octets low = gatepost_load(octets + index), high = gatepost_load(octets + index + 32);
        const gatepost_octets before_low = gatepost_load(octets + index - 1);
        const gatepost_octets before_high = gatepost_load(octets + index + 31);
        const gatepost_octets dots = (gatepost_octets)(((before_low == '\n') & (low == '.'))
            | ((before_high == '\n') & (high == '.')));
        if (__builtin_reduce_or((gatepost_words)dots)) break;
        bare |= (gatepost_octets)((before_low == '\r') ^ (low == '\n'));
        bare |= (gatepost_octets)((before_high == '\r') ^ (high == '\n'));
        least = __builtin_elementwise_min(least, __builtin_elementwise_min(low, high));
        combined |= low | high;
    }
    if (__builtin_reduce_or((gatepost_words)bare)) *found |= GATEPOST_SCAN_BARE;
    if (__builtin_reduce_or((gatepost_words)(gatepost_octets)(least == 0))) *found |= GATEPOST_SCAN_NUL;
    if (__builtin_reduce_or((gatepost_words)combined) & 0x8080808080808080) *found |= GATEPOST_SCAN_EIGHT_BIT;
    return index;
}

typedef uint8_t gatepost_wide_octets __attribute__((vector_size(64)));
typedef uint64_t gatepost_wide_words __attribute__((vector_size(64)));
typedef _Bool gatepost_marks __attribute__((ext_vector_type(64)));

/* A bit for each lane that is not zero. */
__attribute__((target("avx512bw"), always_inline))
static inline uint64_t gatepost_marks_of(gatepost_wide_octets lanes) {
    const gatepost_marks marks = __builtin_convertvector(lanes, gatepost_marks);
    uint64_t bits;
    __builtin_memcpy(&bits, &marks, sizeof bits);
    return bits;
}

/* The same by vectors of 64 octets, whose comparisons are bits. */
__attribute__((target("avx512bw")))
static inline size_t gatepost_scan_by_64(const uint8_t *octets, size_t start, size_t count, unsigned *found) {
    gatepost_wide_octets combined = {0}, least = ~combined;
    uint64_t bare = 0;
    size_t index = start;
    for (; count - index >= 64; index += 64) {
        gatepost_wide_octets block, before;
        __builtin_memcpy(&block, octets + index, sizeof block);
        __builtin_memcpy(&before, octets + index - 1, sizeof before);
        if (gatepost_marks_of((gatepost_wide_octets)((before == '\n') & (block == '.')))) break;
        bare |= gatepost_marks_of((gatepost_wide_octets)((before == '\r') ^ (block == '\n')));
        least = __builtin_elementwise_min(least, block);
        combined |= block;
    }
    if (bare) *found |= GATEPOST_SCAN_BARE;
    if (gatepost_marks_of((gatepost_wide_octets)(least == 0))) *found |= GATEPOST_SCAN_NUL;
    if (__builtin_reduce_or((gatepost_wide_words)combined) & 0x8080808080808080) *found |= GATEPOST_SCAN_EIGHT_BIT;
    return index;
}

#endif

#endif
