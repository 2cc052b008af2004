/* SPDX-License-Identifier: Apache-2.0 */
/* dns_build: DNS messages out of a line of words, for tests to read. */
#ifndef MXTAP_TESTS_DNS_BUILD_H
#define MXTAP_TESTS_DNS_BUILD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoders/net/dns.h"

/*
 * Words, in the order of the wire:
 *   id=7 aa tc ra rcode=3 opcode=4      the header; an answer unless it says `ask`
 *   ? www.example A                     the question (class=3: of another class)
 *   ! name TTL TYPE value               an answer; of MX the value is the host, of TXT and HEX its bytes
 *   auth                                the records behind it are of the authority section
 *   add                                 of the additional one
 *   raw HEX                             these bytes, which no count counts
 *   an=5                                the count of answers, whatever there are
 * A name is written in full; "@12" is a pointer to offset 12, "www@12" a label and a pointer; "." the root.
 */
struct dns_built {
    uint8_t p[66000];
    size_t n;
};

static inline void dns_w16(struct dns_built *m, unsigned v)
{
    m->p[m->n++] = (uint8_t)(v >> 8);
    m->p[m->n++] = (uint8_t)v;
}

static inline void dns_put_name(struct dns_built *m, const char *name)
{
    while (*name && *name != '@') {
        size_t n = strcspn(name, ".@");

        if (n) {
            m->p[m->n++] = (uint8_t)n;
            memcpy(m->p + m->n, name, n);
            m->n += n;
        }
        name += n + (name[n] == '.');
    }
    if (*name == '@')
        dns_w16(m, 0xc000 | (unsigned)atoi(name + 1));
    else
        m->p[m->n++] = 0;
}

static inline unsigned dns_type_number(const char *type)
{
    static const struct {
        const char *name;
        unsigned type;
    } types[] = {{"A", 1}, {"NS", 2}, {"CNAME", 5}, {"SOA", 6}, {"PTR", 12}, {"MX", 15}, {"TXT", 16}, {"AAAA", 28},
                 {"OPT", 41}, {"HEX", 65280}};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].name, type) == 0)
            return types[i].type;
    return (unsigned)atoi(type);
}

static inline void dns_put_hex(struct dns_built *m, const char *hex)
{
    for (unsigned v; sscanf(hex, "%2x", &v) == 1; hex += 2)
        m->p[m->n++] = (uint8_t)v;
}

static inline void dns_put_value(struct dns_built *m, unsigned type, const char *value)
{
    struct ip_addr ip;

    if ((type == 1 || type == 28) && ip_parse(span_cstr(value), &ip)) {
        memcpy(m->p + m->n, ip.b, type == 1 ? 4 : 16);
        m->n += type == 1 ? 4 : 16;
    } else if (type == 2 || type == 5 || type == 12) {
        dns_put_name(m, value);
    } else if (type == 15) {
        dns_w16(m, 10);
        dns_put_name(m, value);
    } else if (type == 6) { /* SOA: the value is its minimum */
        dns_put_name(m, "ns.example");
        dns_put_name(m, "root.example");
        for (int i = 0; i < 4; i++)
            dns_w16(m, 0), dns_w16(m, 1);
        dns_w16(m, 0);
        dns_w16(m, (unsigned)atoi(value));
    } else if (type == 16) {
        m->p[m->n++] = (uint8_t)strlen(value);
        memcpy(m->p + m->n, value, strlen(value));
        m->n += strlen(value);
    } else {
        dns_put_hex(m, value);
    }
}

static inline void dns_put_record(struct dns_built *m, char **save)
{
    const char *name = strtok_r(NULL, " ", save), *ttl = strtok_r(NULL, " ", save);
    unsigned type = dns_type_number(strtok_r(NULL, " ", save));
    const char *value = strtok_r(NULL, " ", save);
    size_t length;

    dns_put_name(m, name);
    dns_w16(m, type);
    dns_w16(m, 1);
    dns_w16(m, (unsigned)strtoul(ttl, NULL, 10) >> 16);
    dns_w16(m, (unsigned)strtoul(ttl, NULL, 10) & 0xffff);
    length = m->n;
    dns_w16(m, 0);
    dns_put_value(m, type, value);
    m->p[length] = (uint8_t)((m->n - length - 2) >> 8);
    m->p[length + 1] = (uint8_t)(m->n - length - 2);
}

static inline void dns_put_question(struct dns_built *m, char **save)
{
    dns_put_name(m, strtok_r(NULL, " ", save));
    dns_w16(m, dns_type_number(strtok_r(NULL, " ", save)));
    dns_w16(m, 1);
}

static inline struct span dns_build(struct dns_built *m, const char *words)
{
    char *text = strdup(words), *save = NULL;
    unsigned id = 1, flags = 0x8100, counts[4] = {0}, section = 1;

    m->n = 12;
    for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        if (*w == '?') {
            dns_put_question(m, &save);
            counts[0]++;
        } else if (*w == '!') {
            dns_put_record(m, &save);
            counts[section]++;
        } else if (strcmp(w, "raw") == 0) {
            dns_put_hex(m, strtok_r(NULL, " ", &save));
        } else if (sscanf(w, "class=%u", &id) == 1) {
            m->p[m->n - 1] = (uint8_t)id;
            id = 1;
        } else if (sscanf(w, "id=%u", &id) != 1 && sscanf(w, "an=%u", &counts[1]) != 1) {
            section = strcmp(w, "auth") == 0 ? 2 : strcmp(w, "add") == 0 ? 3 : section;
            flags &= strcmp(w, "ask") == 0 ? ~0x8000u : ~0u;
            flags |= strcmp(w, "aa") == 0 ? 0x400u : strcmp(w, "tc") == 0 ? 0x200u : strcmp(w, "ra") == 0 ? 0x80u : 0;
            flags |= strncmp(w, "rcode=", 6) == 0 ? (unsigned)atoi(w + 6) : 0;
            flags |= strncmp(w, "opcode=", 7) == 0 ? (unsigned)atoi(w + 7) << 11 : 0;
        }
    }
    free(text);
    section = (unsigned)m->n;
    m->n = 0;
    dns_w16(m, id);
    dns_w16(m, flags);
    for (int i = 0; i < 4; i++)
        dns_w16(m, counts[i]);
    m->n = section;
    return span_of(m->p, m->n);
}

#endif
