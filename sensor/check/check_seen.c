/* SPDX-License-Identifier: Apache-2.0 */
/* check_seen: silence first, then servers and their sides, TLS, wrapping, and what got lost. */
#include "sensor/check/check_seen.h"

#include <inttypes.h>

#include "sensor/language.h"

enum { SERVERS_SHOWN = 10, VLANS_SHOWN = 8, TEXT = 160 };

/* Shares from which on something is said, in per cent. */
enum { TWICE_FROM = 10, MOSTLY = 50 };

static uint64_t per_cent(uint64_t part, uint64_t whole)
{
    return whole ? part * 100 / whole : 0;
}

static void server_text(const struct endpoint *at, char out[TEXT])
{
    char ip[IP_TEXT];

    ip_format(&at->ip, ip);
    snprintf(out, TEXT, at->ip.family == 6 ? "[%s]:%u" : "%s:%u", ip, at->port);
}

/* --- nothing of mail --- */

static void silent_interfaces(struct said *s, const struct check_seen *seen)
{
    const struct options *o = seen->o;

    for (unsigned i = 0; i < o->ifaces_n; i++) {
        if (seen->received[i] == CHECK_NOT_TOLD)
            continue;
        if (seen->received[i] == 0) {
            said(s, SAID_WRONG, "%s took no packet at all: nothing is mirrored to it", o->ifaces[i]);
            said_way_out(s, "look at the cable and the port's light, at `ip link show %s`, and at the switch: the mirror session must name "
                            "this port as its destination", o->ifaces[i]);
        } else {
            said(s, SAID_OK, "%s took %" PRIu64 " packets of all kinds", o->ifaces[i], seen->received[i]);
        }
    }
}

static void no_mail(struct said *s, const struct check_seen *seen)
{
    const struct glance_counts *n = glance_counts(seen->glance);

    if (seen->o->paths_n) {
        said(s, SAID_WRONG, "none of its %" PRIu64 " packets is of a mail port", n->frames);
        said_way_out(s, "was the right port recorded? Mail on other ports is found by --ports LIST, or by nDPI with --ports any");
        return;
    }
    said(s, SAID_WRONG, "no packet of a mail port passed");
    said_way_out(s, "mirror the port of the mail server, or of the firewall before it; if the server was only quiet, look longer: --look 10m");
    if (seen->o->filter)
        said_way_out(s, "or the filter expression refuses it: try without");
}

/* --- servers --- */

static void server_line(struct said *s, const struct glance_server *v)
{
    char at[TEXT];
    const char *sides = v->both              ? _("both sides")
                        : v->one[0]          ? _("only what goes to it")
                        : v->one[1]          ? _("only what it sends")
                                             : _("attempts without an answer");

    server_text(&v->at, at);
    said_item(s, P_("%-28s %6" PRIu64 " connection,  %6" PRIu64 " packets to it, %6" PRIu64 " from it: %s",
                    "%-28s %6" PRIu64 " connections, %6" PRIu64 " packets to it, %6" PRIu64 " from it: %s", v->connections), at,
              v->connections, v->packets[0], v->packets[1], sides);
}

static void servers(struct said *s, const struct glance_server *v, unsigned n)
{
    said(s, SAID_OK, P_("%u mail server:", "%u mail servers:", n), n);
    for (unsigned i = 0; i < n && i < SERVERS_SHOWN; i++)
        server_line(s, &v[i]);
    if (n > SERVERS_SHOWN)
        said_item(s, N_("and %u more"), n - SERVERS_SHOWN);
}

/* A tap has a port for each direction; a mirror session may have been set up for one. */
static void one_sided(struct said *s, const struct check_seen *seen, const struct glance_server *v, unsigned n)
{
    uint64_t to = 0, from = 0, both = 0;

    for (unsigned i = 0; i < n; i++) {
        both += v[i].both;
        to += v[i].one[0];
        from += v[i].one[1];
    }
    if (!to && !from) {
        if (both)
            said(s, SAID_OK, "both sides of every connection are seen");
        return;
    }
    if (both > to + from) { /* the look began and ended in the midst of some */
        said(s, SAID_NOTE, "%" PRIu64 " of %" PRIu64 " connections showed one side only: some begin or end while we look", to + from,
             both + to + from);
        return;
    }
    said(s, SAID_WRONG, to && from ? N_("one side is missing: %" PRIu64 " of %" PRIu64 " connections show only one, now this, now that")
                        : to       ? N_("one side is missing: %" PRIu64 " of %" PRIu64 " connections show only what goes to the server")
                                   : N_("one side is missing: %" PRIu64 " of %" PRIu64 " connections show only what the server sends"),
         to + from, both + to + from);
    said_way_out(s, "without the other side nobody can tell what was accepted, or even which commands were sent");
    said_way_out(s, seen->o->paths_n ? N_("record both directions: of a tap both ports, of a mirror session \"both\", not only rx or tx")
                                     : N_("mirror both directions (\"both\", not only rx or tx); of a tap name both ports: -i eth1 -i eth2"));
}

static void encryption(struct said *s, const struct glance_server *v, unsigned n)
{
    uint64_t tls = 0, text = 0;

    for (unsigned i = 0; i < n; i++) {
        tls += v[i].encrypted;
        text += v[i].readable;
    }
    if (!tls && text)
        said(s, SAID_OK, P_("%" PRIu64 " connection can be read, none speaks TLS", "%" PRIu64 " connections can be read, none speaks TLS", text),
             text);
    if (!tls)
        return;
    if (per_cent(tls, tls + text) < MOSTLY) {
        said(s, SAID_OK, "of %" PRIu64 " connections %" PRIu64 " can be read; the others speak TLS (STARTTLS or port 465)", text + tls, text);
        return;
    }
    if (text)
        said(s, SAID_NOTE, "most is encrypted: %" PRIu64 " of %" PRIu64 " connections speak TLS (STARTTLS or port 465)", tls, tls + text);
    else
        said(s, SAID_WRONG, "all is encrypted: every connection speaks TLS (STARTTLS or port 465)");
    said_way_out(s, "of those in TLS mxtap tells who connected, from where, under which name, how much was sent, but no mail");
    said_way_out(s, "to see the mails, tap where they travel in the clear: between the relay that ends TLS and the server behind it");
}

/* --- how it is wrapped --- */

static void vlans(struct said *s, const struct check_seen *seen)
{
    const struct glance_counts *n = glance_counts(seen->glance);
    char ids[TEXT] = "";
    unsigned shown = 0, more = 0;
    size_t at = 0;

    for (unsigned id = 0; id < 4096; id++) {
        if (!(n->vlan[id / 8] & 1 << (id & 7)))
            continue;
        if (shown++ < VLANS_SHOWN)
            at += (size_t)snprintf(ids + at, sizeof(ids) - at, "%s%u", at ? ", " : "", id);
        else
            more++;
    }
    if (more)
        snprintf(ids + at, sizeof(ids) - at, " ...");
    said(s, SAID_OK, "VLAN tags are there (%s): mxtap reads through them, there is nothing to do", ids);
    if (!seen->o->paths_n)
        said_way_out(s, "only a filter expression of your own must know of them: -- 'host X or (vlan and host X)'");
}

static void wrapping(struct said *s, const struct check_seen *seen)
{
    const struct glance_counts *n = glance_counts(seen->glance);

    if (n->tagged)
        vlans(s, seen);
    if (n->tunnelled) {
        said(s, SAID_OK, P_("%" PRIu64 " packet of mail came in a tunnel (GRE, ERSPAN, VXLAN, GENEVE, MPLS, PPPoE, IP in IP): mxtap looks inside",
                             "%" PRIu64 " packets of mail came in tunnels (GRE, ERSPAN, VXLAN, GENEVE, MPLS, PPPoE, IP in IP): mxtap looks inside",
                             n->tunnelled), n->tunnelled);
        said_way_out(s, "what carries them must take packets larger than 1500 bytes (MTU), or large mails arrive in pieces or not at all");
    }
    if (n->too_deep)
        said(s, SAID_NOTE, "%" PRIu64 " packets hide under more tunnels or tags than are taken off (%d)", n->too_deep, LIMIT_ENCAPSULATIONS);
    if (n->link_type) {
        said(s, SAID_WRONG, "%" PRIu64 " packets are of a link type that mxtap cannot read", n->link_type);
        said_way_out(s, "record on an Ethernet interface, or on Linux' pseudo-interface any");
    }
    if (per_cent(n->twice, n->payloads) >= TWICE_FROM)
        said(s, SAID_NOTE, "%" PRIu64 " %% of the segments came twice: one path is mirrored at two places. Each is counted once; one place "
             "less is half the work", per_cent(n->twice, n->payloads));
}

/* --- what got lost --- */

static void cut(struct said *s, const struct check_seen *seen)
{
    uint64_t n = glance_counts(seen->glance)->cut;

    if (!n)
        return;
    said(s, SAID_WRONG, P_("%" PRIu64 " packet is cut short", "%" PRIu64 " packets are cut short", n), n);
    if (seen->o->paths_n)
        said_way_out(s, "record whole packets: tcpdump -s 0");
    else
        said_way_out(s, seen->o->snaplen < 65535 ? N_("leave --snaplen out, so that whole packets are taken")
                                                 : N_("what mirrors them cuts them: look for a truncation setting of the mirror session"));
}

static void lost(struct said *s, const struct check_seen *seen)
{
    const struct capture_counts *k = &seen->kernel;

    cut(s, seen);
    if (glance_counts(seen->glance)->connections_more)
        said(s, SAID_NOTE, "more connections than are told apart here (%d): the rest was not looked at", LIMIT_GLANCE_CONNECTIONS);
    if (seen->o->paths_n)
        return;
    if (k->dropped_kernel) {
        said(s, SAID_WRONG, "the kernel dropped %" PRIu64 " packets: they came faster than they were read", k->dropped_kernel);
        said_way_out(s, "a larger --buffer helps against bursts (it is %" PRIu64 " MB now, up to 2047 MB); a filter expression leaves out "
                        "what is not wanted", seen->o->buffer >> 20);
    }
    if (k->dropped_interface) {
        said(s, SAID_WRONG, "the interface dropped %" PRIu64 " packets before the kernel saw them", k->dropped_interface);
        said_way_out(s, "more is mirrored than the card takes: a larger ring (ethtool -G), or mirror less");
    }
    if (!k->dropped_kernel && !k->dropped_interface && glance_counts(seen->glance)->frames)
        said(s, SAID_OK, "no packet was dropped");
}

void check_say_seen(struct said *s, const struct check_seen *seen)
{
    unsigned n = 0;
    const struct glance_server *v = glance_servers(seen->glance, &n);

    if (!seen->o->paths_n)
        silent_interfaces(s, seen);
    if (v) {
        servers(s, v, n);
        one_sided(s, seen, v, n);
        encryption(s, v, n);
    } else {
        no_mail(s, seen);
    }
    wrapping(s, seen);
    lost(s, seen);
}
