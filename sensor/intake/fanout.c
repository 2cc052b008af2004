/* SPDX-License-Identifier: Apache-2.0 */
/* fanout: share's sum in the kernel's own small language (classic BPF). */
#include "sensor/intake/fanout.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "sensor/language.h"

enum {
    PROGRAM = 128, /* operations; it has 107 */
    NET = SKF_NET_OFF, /* offsets count from the IP header, whatever is in front of it */
    SUM = 0, HEADER = 1 /* the program's cells: the sum so far; length of the IPv4 header */
};

struct program {
    struct sock_filter op[PROGRAM];
    unsigned short n;
};

static unsigned add(struct program *p, unsigned code, uint32_t k)
{
    p->op[p->n] = (struct sock_filter)BPF_STMT((uint16_t)code, k);
    return p->n++;
}

static unsigned add_test(struct program *p, unsigned test, uint32_t k)
{
    return add(p, BPF_JMP | BPF_K | test, k);
}

/* Where the test at i holds, or else, the program goes on at the next operation. */
static void here_if(struct program *p, unsigned i)
{
    p->op[i].jt = (uint8_t)(p->n - i - 1);
}

static void here_else(struct program *p, unsigned i)
{
    p->op[i].jf = (uint8_t)(p->n - i - 1);
}

/* What this load gives is added to the sum. */
static void sum_load(struct program *p, unsigned load, uint32_t at)
{
    add(p, BPF_LD | load, at);
    add(p, BPF_MISC | BPF_TAX, 0);
    add(p, BPF_LD | BPF_MEM, SUM);
    add(p, BPF_ALU | BPF_ADD | BPF_X, 0);
    add(p, BPF_ST, SUM);
}

static void end(struct program *p, const struct share *s)
{
    add(p, BPF_LD | BPF_MEM, SUM);
    add(p, BPF_ALU | BPF_ADD | BPF_K, s->add);
    add(p, BPF_ALU | BPF_MUL | BPF_K, s->times[0]);
    add(p, BPF_MISC | BPF_TAX, 0);
    add(p, BPF_ALU | BPF_RSH | BPF_K, 16);
    add(p, BPF_ALU | BPF_XOR | BPF_X, 0);
    add(p, BPF_ALU | BPF_MUL | BPF_K, s->times[1]);
    add(p, BPF_ALU | BPF_RSH | BPF_K, 16);
    add(p, BPF_ALU | BPF_MOD | BPF_K, s->n);
    add(p, BPF_RET | BPF_A, 0);
}

/* Ports lie behind a header whose length it tells; a fragment has none to be relied upon. */
static void ipv4(struct program *p, const struct share *s)
{
    unsigned fragment, tcp;

    sum_load(p, BPF_W | BPF_ABS, (uint32_t)NET + 12);
    sum_load(p, BPF_W | BPF_ABS, (uint32_t)NET + 16);
    add(p, BPF_LD | BPF_H | BPF_ABS, (uint32_t)NET + 6);
    fragment = add_test(p, BPF_JSET, 0x3fff);
    add(p, BPF_LD | BPF_B | BPF_ABS, (uint32_t)NET + 9);
    tcp = add_test(p, BPF_JEQ, 6);
    add(p, BPF_LD | BPF_B | BPF_ABS, (uint32_t)NET);
    add(p, BPF_ALU | BPF_AND | BPF_K, 15);
    add(p, BPF_ALU | BPF_LSH | BPF_K, 2);
    add(p, BPF_ST, HEADER);
    add(p, BPF_LDX | BPF_MEM, HEADER);
    sum_load(p, BPF_H | BPF_IND, (uint32_t)NET);
    add(p, BPF_LDX | BPF_MEM, HEADER);
    sum_load(p, BPF_H | BPF_IND, (uint32_t)NET + 2);
    here_if(p, fragment);
    here_else(p, tcp);
    end(p, s);
}

static void ipv6(struct program *p, const struct share *s)
{
    unsigned tcp;

    for (uint32_t at = 8; at < 40; at += 4)
        sum_load(p, BPF_W | BPF_ABS, (uint32_t)NET + at);
    add(p, BPF_LD | BPF_B | BPF_ABS, (uint32_t)NET + 6);
    tcp = add_test(p, BPF_JEQ, 6);
    sum_load(p, BPF_H | BPF_ABS, (uint32_t)NET + 40);
    sum_load(p, BPF_H | BPF_ABS, (uint32_t)NET + 42);
    here_else(p, tcp);
    end(p, s);
}

static void write_program(struct program *p, const struct share *s)
{
    unsigned four, six;

    add(p, BPF_LD | BPF_IMM, 0);
    add(p, BPF_ST, SUM);
    add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
    four = add_test(p, BPF_JEQ, 0x0800);
    six = add_test(p, BPF_JEQ, 0x86dd);
    add(p, BPF_RET | BPF_K, 0);
    here_if(p, four);
    ipv4(p, s);
    here_if(p, six);
    ipv6(p, s);
}

static bool set_program(int fd, const struct share *s)
{
    struct program p = {.n = 0};
    struct sock_fprog text;

    write_program(&p, s);
    text = (struct sock_fprog){.len = p.n, .filter = p.op};
    return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &text, sizeof(text)) == 0;
}

static bool join(int fd, uint16_t id, unsigned kind)
{
    uint32_t word = id | kind << 16;

    return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &word, sizeof(word)) == 0;
}

/* The kernel gives a number that no other program's group has. */
static bool make_group(int fd, struct fanout *f, unsigned iface)
{
    uint32_t word = 0;
    socklen_t n = sizeof(word);

    if (!join(fd, 0, PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID) || !set_program(fd, &f->share) ||
        getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &word, &n) != 0)
        return false;
    f->group[iface].id = (uint16_t)word;
    f->group[iface].made = true;
    return true;
}

bool fanout_join(int fd, struct fanout *f, unsigned iface, char err[CAPTURE_ERR])
{
    if (f->group[iface].made ? join(fd, f->group[iface].id, PACKET_FANOUT_CBPF) : make_group(fd, f, iface))
        return true;
    snprintf(err, CAPTURE_ERR, _("the kernel does not divide its frames among workers: %s"), strerror(errno));
    return false;
}
