/* SPDX-License-Identifier: Apache-2.0 */
/* paths: the files behind the paths of the command line, folders in name order. */
#ifndef MXTAP_INTAKE_PATHS_H
#define MXTAP_INTAKE_PATHS_H

#include "decoders/base/bytes.h"

struct path {
    const char *name;  /* to open; "-" = standard input */
    struct span base;  /* behind its last slash */
    bool from_folder;  /* nobody named it: what is no capture is passed over */
};

/*
 * All files, in the order in which they are read, in the arena: those of a folder in byte order of
 * their names, without the ones that begin with a dot and without folders in it. NULL with one line
 * in err (no such file, no permission).
 */
struct path *paths_expand(struct arena *a, const char *const *paths, unsigned n, unsigned *out_n,
                          char err[512]);

/* Its name says that it is a capture: .pcap, .pcapng, .cap, .dmp, also with .gz or .zst. */
bool path_names_a_capture(struct span base);

#endif
