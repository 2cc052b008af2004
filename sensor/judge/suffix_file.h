/* SPDX-License-Identifier: Apache-2.0 */
/* suffix_file: the text of the public suffix list that is compiled into libpsl, where this machine has the very same. */
#ifndef MXTAP_JUDGE_SUFFIX_FILE_H
#define MXTAP_JUDGE_SUFFIX_FILE_H

#include "decoders/link/suffix.h"

/* Shows it to l, the compiled-in list, which then answers faster and the same. Where there is none, or it is another (libpsl knows the
 * digest), nothing happens: it is no error. */
void suffix_file_tell(struct suffix_list *l);

#endif
