/* SPDX-License-Identifier: Apache-2.0 */
/* capture: interface, file, folder, standard input as one source of timed frames; the only room
 * with <pcap.h>. */
#ifndef MXTAP_INTAKE_CAPTURE_H
#define MXTAP_INTAKE_CAPTURE_H

#include <stdio.h>

#include "decoders/base/bytes.h"

struct frame {
    int64_t ts_us;       /* packet time, microseconds since 1970 */
    struct span bytes;   /* captured; valid until the next read */
    uint32_t wire;       /* its length on the wire */
    int link_type;       /* DLT_ number */
    unsigned iface;      /* which of the interfaces it came from */
    uint64_t number;     /* within its source, from 1 */
    bool filtered; /* offline: the user's BPF expression refused it (it counts, nothing else) */
};

struct capture;
struct fanout;

enum { CAPTURE_ERR = 512 };

struct live_options {
    const char *const *ifaces;
    unsigned ifaces_n;
    const char *filter;      /* the user's expression, NULL = none */
    const uint16_t *ports;   /* for the built-in filter; none = every TCP port */
    unsigned ports_n;
    bool dns;                /* the built-in filter lets DNS pass too */
    int snaplen;             /* bytes */
    uint64_t buffer;         /* bytes of kernel ring, each interface */
    bool promiscuous;
    struct fanout *fanout;   /* one of several workers' captures of the same interfaces; NULL: there is one */
};

/*
 * Opens all interfaces, with the filter in the kernel. NULL with one line in err; *status is then 1
 * (interface, permission) or 2 (filter expression).
 */
struct capture *capture_open_live(const struct live_options *o, int *status, char err[CAPTURE_ERR]);

/*
 * Looks every path up (folders become their files in name order) but opens none yet. "-" is
 * standard input. NULL with one line in err; *status 1 (no such file, no permission) or 2 (filter
 * expression). The strings are borrowed until capture_free.
 */
struct capture *capture_open_files(const char *const *paths, unsigned n, const char *filter,
                                   int *status, char err[CAPTURE_ERR]);

/*
 * For several workers that each read the same files for themselves, at the same time. Whether all of c's files are such that
 * they can (see plain_file_look): they are looked at here, and held to what they were; false as well without memory.
 */
bool capture_files_plain(struct capture *c);
/* Behind that: reads them once more, from the first one on. c is borrowed for life. NULL without memory. */
struct capture *capture_open_again(const struct capture *c);

/* The file (or, live, all interfaces together) that the frames come from now. */
struct capture_source {
    /* Base name of the file, "-", or interfaces with commas; lives until capture_free. */
    struct span name;
    char id[65];  /* files: SHA-256 in hex of the first 64 frames; live: "" */
    bool follows; /* starts no more than a minute before the last packet seen: flows go on */
    uint64_t packets, bytes; /* delivered so far, filtered ones too; bytes as on the wire */
};

enum capture_result {
    CAPTURE_FRAME,
    CAPTURE_IDLE,    /* live: nothing for a while; frame.ts_us says how far the capture clock is */
    CAPTURE_SOURCE,  /* the next file begins; capture_source tells about it */
    CAPTURE_TROUBLE, /* something could not be read; capture_trouble says what; go on */
    CAPTURE_END
};

/* Blocks at most a fifth of a second live; a signal ends the wait (CAPTURE_IDLE). */
enum capture_result capture_next(struct capture *c, struct frame *f);

/* As capture_next; of CAPTURE_FRAME, *n: it and those that lie ready behind it, at most max, all valid until the next read. */
enum capture_result capture_next_some(struct capture *c, struct frame *f, unsigned max, unsigned *n);

const struct capture_source *capture_source(const struct capture *c);
/* One line, valid until the next call; *status: 1 or 3 (damaged). */
const char *capture_trouble(const struct capture *c, int *status);

/* Live: since the start, over all interfaces. Files: received only. */
struct capture_counts {
    uint64_t received, dropped_kernel, dropped_interface;
};
void capture_counts(struct capture *c, struct capture_counts *out);

/* Bytes of the current file and how many of them were read; 0 of 0 where nobody can tell. For
 * progress. */
void capture_progress(const struct capture *c, uint64_t *done, uint64_t *all);

void capture_free(struct capture *c);

/* Interfaces one a line, as tcpdump -D. False with err. */
bool capture_list_interfaces(FILE *out, char err[CAPTURE_ERR]);

#endif
