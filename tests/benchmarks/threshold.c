/* The rule of rule.py: what a council hears is kept up to date by those that join. */

#include <string.h>
#include "philox.h"

void play(uint64_t seed, uint32_t purpose, int64_t councils, int64_t months,
          const int64_t *listener_start, const int64_t *listener, const int64_t *listener_weight,
          const double *threshold, double base, double pull, double full_weight,
          const int64_t *first, int64_t firsts,
          uint8_t *joined, int64_t *heard, int64_t *newcomer, int64_t *curve)
{
    int64_t total = 0, newcomers = firsts;
    memset(joined, 0, councils * sizeof *joined);
    memset(heard, 0, councils * sizeof *heard);
    memcpy(newcomer, first, firsts * sizeof *first);
    for (int64_t month = 0; month <= months; month++) {
        for (int64_t k = 0; k < newcomers; k++) {
            int64_t i = newcomer[k];
            joined[i] = 1;
            for (int64_t tie = listener_start[i]; tie < listener_start[i + 1]; tie++)
                heard[listener[tie]] += listener_weight[tie];
        }
        total += newcomers;
        if (month > 0)
            curve[month - 1] = total;
        newcomers = 0;
        for (int64_t i = 0; i < councils && month < months; i++) {
            if (joined[i])
                continue;
            words luck = {(uint32_t)month, (uint32_t)i, 0, purpose};
            luck = philox(luck, (uint32_t)seed, (uint32_t)(seed >> 32));
            double share = (double)heard[i] / full_weight;
            double over = share > threshold[i] ? share - threshold[i] : 0.0;
            if ((luck.a + 0.5) * (1.0 / 4294967296.0) < base + pull * over)
                newcomer[newcomers++] = i;
        }
    }
}
