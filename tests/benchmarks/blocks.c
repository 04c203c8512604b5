/* The draws that the model looks up each month for each council, and nothing else: one block for
   its incidents and one for each offer. The words are folded together so that none is left out. */

#include "philox.h"

uint32_t blocks(uint64_t seed, uint32_t first_month, uint32_t months, const uint32_t *council,
                uint32_t councils, uint32_t offers, uint32_t incident, uint32_t membership)
{
    uint32_t folded = 0;
    for (uint32_t month = first_month; month < first_month + months; month++)
        for (uint32_t block = 0; block <= offers; block++) {
            uint32_t item = block ? block - 1 : 0, purpose = block ? membership : incident;
            for (uint32_t i = 0; i < councils; i++) {
                words w = {month, council[i], item, purpose};
                w = philox(w, (uint32_t)seed, (uint32_t)(seed >> 32));
                folded ^= w.a ^ w.b ^ w.c ^ w.d;
            }
        }
    return folded;
}
