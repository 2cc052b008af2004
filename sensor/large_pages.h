/* SPDX-License-Identifier: Apache-2.0 */
/* large_pages: the heap in pages of 2 MB, where the system gives them. What is at work at once (hundreds of connections, their mails,
 * decoders, records) lies in thousands of small pages, more than the processor knows by heart: it looked each up anew. */
#ifndef MXTAP_SENSOR_LARGE_PAGES_H
#define MXTAP_SENSOR_LARGE_PAGES_H

/* Before most memory is taken. Sets how glibc's malloc grows, for the life of the process: 16 MB at a time, of which what is not used
 * is not resident. */
void large_pages_open(void);
/* Now and then: the heap may have grown since. By the thread that called large_pages_open. */
void large_pages_go_on(void);
/* By each thread that has much memory of its own, before it takes it: the first 16 MB of its part of the heap, some 2 MB of which are spent. */
void large_pages_thread(void);

#endif
