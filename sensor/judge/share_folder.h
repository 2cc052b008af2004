/* SPDX-License-Identifier: Apache-2.0 */
/* share_folder: where the files that come with mxtap lie. */
#ifndef MXTAP_JUDGE_SHARE_FOLDER_H
#define MXTAP_JUDGE_SHARE_FOLDER_H

#include "decoders/base/bytes.h"

/* The path of a file or folder that came with this program, in the arena: beside it (../share/mxtap of bin/, share/ of
 * the source tree for build/), else where make install puts it. NULL where none of them has it. */
const char *share_folder_has(const char *name, struct arena *a);

#endif
