/* SPDX-License-Identifier: Apache-2.0 */
/* file_copy: a file as it is now, in memory, under a name that libraries can open. */
#ifndef MXTAP_JUDGE_FILE_COPY_H
#define MXTAP_JUDGE_FILE_COPY_H

enum { FILE_COPY_PATH = 32 };

/* A descriptor of a copy in memory that nobody can change, and its path (valid while the descriptor is open); -1 with
 * why. At most 2 GB. */
int file_copy(const char *path, char copy[FILE_COPY_PATH], char why[128]);
/* What was mapped stays. */
void file_copy_close(int fd);

#endif
