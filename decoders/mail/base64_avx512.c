/* SPDX-License-Identifier: Apache-2.0 */
/* base64_avx512: all of ASCII is one look-up; the other bytes, which it takes for ASCII, show by their own uppermost bit. */
#include "decoders/mail/base64_avx512.h"

#include "decoders/base/processor.h"

#ifdef __x86_64__
#include "decoders/base/vector.h"

/* Z: of the alphabet. B: a blank or control, passed over. J: junk, or = which is looked at elsewhere. */
enum { Z = 0, B = 0x80, J = 0x81, BLOCK = 64 };

static const uint8_t ascii[2][BLOCK] = {
    {B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B,
     B, J, J, J, J, J, J, J, J, J, J, Z, J, J, J, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, J, J, J, J, J, J},
    {J, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, J, J, J, J, J,
     J, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, J, J, J, J, J},
};

AVX512 size_t base64_alphabet_avx512(const uint8_t *p, size_t n, bool *junk)
{
    const __m512i lower = vector_load_avx512(ascii[0]), upper = vector_load_avx512(ascii[1]);
    __m512i kinds = _mm512_setzero_si512(), bytes = kinds;
    size_t others = 0, i = 0;

    for (; i < n; i += BLOCK) {
        __m512i x = n - i >= BLOCK ? vector_load_avx512(p + i) : vector_part_avx512(p + i, n - i); /* zeros are no alphabet */
        __m512i kind = _mm512_permutex2var_epi8(lower, x, upper);

        others += (size_t)__builtin_popcountll(_mm512_movepi8_mask(_mm512_or_si512(kind, x)));
        kinds = _mm512_or_si512(kinds, kind);
        bytes = _mm512_or_si512(bytes, x);
    }
    *junk |= (_mm512_test_epi8_mask(kinds, _mm512_set1_epi8(1)) | _mm512_movepi8_mask(bytes)) != 0;
    return i - others;
}

#endif
