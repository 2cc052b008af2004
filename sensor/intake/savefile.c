/* SPDX-License-Identifier: Apache-2.0 */
/* savefile: libpcap over a stream that may be compressed. */
#include "sensor/intake/savefile.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/intake/compressed.h"

struct savefile {
    struct compressed *stream;
    pcap_t *pcap;
    bool filtering;
    struct bpf_program program;
    int link_type;
    uint64_t size; /* of the file itself, 0 = unknown */
    char damage[CAPTURE_ERR];
};

static bool stream_open(struct savefile *s, const char *path, char err[CAPTURE_ERR])
{
    char why[256] = "";
    struct stat st;
    int fd;

    if (strcmp(path, "-") == 0)
        fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    else
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        snprintf(err, CAPTURE_ERR, "%s", strerror(errno));
        return false;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        s->size = (uint64_t)st.st_size;
    s->stream = compressed_open(fd, why);
    if (!s->stream)
        snprintf(err, CAPTURE_ERR, "%s", why);
    return s->stream != NULL;
}

static bool pcap_begin(struct savefile *s, char err[CAPTURE_ERR])
{
    char why[PCAP_ERRBUF_SIZE] = "";

    s->pcap = pcap_fopen_offline(compressed_file(s->stream), why);
    if (!s->pcap) {
        const char *damage = compressed_damage(s->stream);

        snprintf(err, CAPTURE_ERR, "not a capture (%s)", damage ? damage : why);
        return false;
    }
    compressed_give_away(s->stream); /* pcap_close closes it */
    s->link_type = pcap_datalink(s->pcap);
    return true;
}

static bool filter_begin(struct savefile *s, const char *filter, char err[CAPTURE_ERR])
{
    if (!filter)
        return true;
    if (pcap_compile(s->pcap, &s->program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        snprintf(err, CAPTURE_ERR, "filter '%.200s': %.200s", filter, pcap_geterr(s->pcap));
        return false;
    }
    s->filtering = true;
    return true;
}

struct savefile *savefile_open(const char *path, const char *filter, enum savefile_trouble *trouble,
                               char err[CAPTURE_ERR])
{
    struct savefile *s = calloc(1, sizeof(*s));
    bool ok = false;

    *trouble = SAVEFILE_UNREADABLE;
    if (!s) {
        snprintf(err, CAPTURE_ERR, "no memory");
        return NULL;
    }
    if (stream_open(s, path, err)) {
        *trouble = SAVEFILE_NO_CAPTURE;
        if (pcap_begin(s, err)) {
            *trouble = SAVEFILE_BAD_FILTER;
            ok = filter_begin(s, filter, err);
        }
    }
    if (!ok) {
        savefile_close(s);
        return NULL;
    }
    return s;
}

static enum savefile_result ended(struct savefile *s, int got)
{
    const char *damage = compressed_damage(s->stream);

    if (compressed_interrupted(s->stream))
        return SAVEFILE_END;
    if (damage)
        snprintf(s->damage, sizeof(s->damage), "%s", damage);
    else if (got == PCAP_ERROR)
        snprintf(s->damage, sizeof(s->damage), "%s", pcap_geterr(s->pcap));
    else
        return SAVEFILE_END;
    return SAVEFILE_DAMAGED;
}

enum savefile_result savefile_next(struct savefile *s, struct frame *f)
{
    struct pcap_pkthdr *h;
    const u_char *bytes;
    int got = pcap_next_ex(s->pcap, &h, &bytes);

    if (got != 1)
        return ended(s, got);
    f->ts_us = (int64_t)h->ts.tv_sec * 1000000 + h->ts.tv_usec;
    f->bytes = span_of(bytes, h->caplen);
    f->wire = h->len < h->caplen ? h->caplen : h->len;
    f->link_type = s->link_type;
    f->iface = 0;
    f->number = 0;
    f->filtered = s->filtering && pcap_offline_filter(&s->program, h, bytes) == 0;
    return SAVEFILE_FRAME;
}

const char *savefile_damage(const struct savefile *s)
{
    return s->damage;
}

void savefile_progress(const struct savefile *s, uint64_t *done, uint64_t *all)
{
    *all = s->size;
    *done = compressed_taken(s->stream);
}

void savefile_close(struct savefile *s)
{
    if (!s)
        return;
    if (s->filtering)
        pcap_freecode(&s->program);
    if (s->pcap)
        pcap_close(s->pcap);
    compressed_close(s->stream);
    free(s);
}
