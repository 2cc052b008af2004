/* SPDX-License-Identifier: Apache-2.0 */
/* processor: which vector kernels may be called. No kernel here: everybody includes this, few the intrinsics. */
#ifndef MXTAP_BASE_PROCESSOR_H
#define MXTAP_BASE_PROCESSOR_H

#include <stdbool.h>

/* Bits of the widest vectors used. Less than the processor has where tests build it so: each kernel must say what the wider one says. */
#ifndef VECTOR_MOST
#define VECTOR_MOST 512
#endif

#ifdef __x86_64__
static inline bool vector_has_avx2(void)
{
    return VECTOR_MOST >= 256 && __builtin_cpu_supports("avx2");
}

/* BMI2 beside AVX2, and the pext of it in hardware: before Zen 3, AMD's took hundreds of cycles (as its licensee's do). */
static inline bool vector_has_pext(void)
{
    if (!vector_has_avx2() || !__builtin_cpu_supports("bmi2"))
        return false;
    return __builtin_cpu_is("intel") || (__builtin_cpu_is("amd") && !__builtin_cpu_is("amdfam15h") && !__builtin_cpu_is("amdfam17h"));
}

/* No processor has VBMI2 without the other parts, BW, DQ and VBMI among them. */
static inline bool vector_has_avx512(void)
{
    return VECTOR_MOST >= 512 && __builtin_cpu_supports("avx512vbmi2");
}
#endif

#endif
