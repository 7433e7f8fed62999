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

/* Whether this processor has what gatepost_scan_blocks is compiled for. */
static inline int gatepost_scan_is_wide(void) {
    return __builtin_cpu_supports("avx2") != 0;
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
static inline size_t gatepost_scan_blocks(const uint8_t *octets, size_t start, size_t count, unsigned *found) {
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

#endif

#endif
