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

/* Values of ASCII; X: none. */
enum { X = 0x80 };

static const uint8_t sextets[2][BLOCK] = {
    {X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
     X, X, X, X, X, X, X, X, X, X, X, 62, X, X, X, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X, X, X, X, X, X},
    {X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X, X, X, X, X,
     X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X, X, X, X, X},
};

/* Pairs of sextets to 12 bits, pairs of those to 24, and their bytes in order. */
AVX512 static inline __m512i packed(__m512i x)
{
    const __m512i order = _mm512_setr_epi32(0x06000102, 0x090a0405, 0x0c0d0e08, 0x16101112, 0x191a1415, 0x1c1d1e18, 0x26202122, 0x292a2425,
                                            0x2c2d2e28, 0x36303132, 0x393a3435, 0x3c3d3e38, 0, 0, 0, 0);

    x = _mm512_maddubs_epi16(x, _mm512_set1_epi32(0x01400140));
    x = _mm512_madd_epi16(x, _mm512_set1_epi32(0x00011000));
    return _mm512_permutexvar_epi8(order, x);
}

/* Writes the 48 bytes of a block, and 16 of no meaning behind them. Returns a high bit for each byte that is not of the alphabet. */
AVX512 static inline __m512i decode(const uint8_t *p, uint8_t *out)
{
    __m512i x = vector_load_avx512(p), values = _mm512_permutex2var_epi8(vector_load_avx512(sextets[0]), x, vector_load_avx512(sextets[1]));

    _mm512_storeu_si512(out, packed(values));
    return _mm512_or_si512(x, values);
}

/* Of a line the last block is laid over the first, and goes over what that wrote behind its bytes. */
AVX512 size_t base64_lines_avx512(const uint8_t *p, size_t n, size_t length, uint8_t *out)
{
    size_t i = 0, last = length - BLOCK;

    for (; i + length + 2 <= n && p[i + length] == '\r' && p[i + length + 1] == '\n'; i += length + 2, out += length / 4 * 3) {
        __m512i first = decode(p + i, out), second = decode(p + i + last, out + last / 4 * 3);

        if (_mm512_movepi8_mask(_mm512_or_si512(first, second)))
            break;
    }
    return i;
}

#endif
