/* SPDX-License-Identifier: Apache-2.0 */
/* name_sound: whether a label of a name can be said: tcbnvck and a8r8m8 cannot, montaly and kekenainai02 can. */
#ifndef MXTAP_JUDGE_NAME_SOUND_H
#define MXTAP_JUDGE_NAME_SOUND_H

#include "decoders/base/bytes.h"

/*
 * True for a label of six characters or more, ASCII and no IDN, where of at least five pairs of letters three in five are
 * pairs that words hardly ever have, or that goes from letters to digits and back four times. Measured by
 * tests/unit/sensor_name_sound.c: 0.8 % of the home pages of Debian's packages, whose names are full of abbreviations, no
 * Japanese place name; 39 % of random letters, 51 % of random letters and digits.
 */
bool name_is_random(struct span label);

#endif
