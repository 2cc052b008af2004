/* SPDX-License-Identifier: Apache-2.0 */
/* array_room: an array of the system's memory that grows by doubling. */
#ifndef MXTAP_CONSOLE_ARRAY_ROOM_H
#define MXTAP_CONSOLE_ARRAY_ROOM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Room for one more behind n elements of size bytes each. False without memory: the array is as it was. The caller frees it. */
static inline bool array_room(void **array, uint32_t *cap, uint32_t n, size_t size)
{
    uint32_t grown = *cap ? 2 * *cap : 256;
    void *p;

    if (n < *cap)
        return true;
    p = grown > *cap ? realloc(*array, grown * size) : NULL;
    if (!p)
        return false;
    *array = p;
    *cap = grown;
    return true;
}

#endif
