/* Philox 4x32-10: four words that belong to an address and a key; see sim/model/draws.py. */

#include <stdint.h>

typedef struct {
    uint32_t a, b, c, d;
} words;

static inline words philox(words w, uint32_t key_0, uint32_t key_1)
{
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        uint64_t product_0 = (uint64_t)w.a * 0xD2511F53u;
        uint64_t product_1 = (uint64_t)w.c * 0xCD9E8D57u;
        w = (words){(uint32_t)(product_1 >> 32) ^ w.b ^ key_0, (uint32_t)product_1,
                    (uint32_t)(product_0 >> 32) ^ w.d ^ key_1, (uint32_t)product_0};
        key_0 += 0x9E3779B9u;
        key_1 += 0xBB67AE85u;
    }
    return w;
}
