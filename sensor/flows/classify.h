/* SPDX-License-Identifier: Apache-2.0 */
/* classify: nDPI names a flow from its first packets; the only room with <ndpi_api.h>. */
#ifndef MXTAP_FLOWS_CLASSIFY_H
#define MXTAP_FLOWS_CLASSIFY_H

#include "decoders/base/squeeze.h"
#include "decoders/net/packet.h"

struct classify;
struct classify_flow; /* nDPI's memory of one flow; may hold what AUTH said, so it is zeroed on its way out */

/* One per worker. at_once: its word is needed as soon as there can be one, not only when a flow ends. nDPI itself starts when it is first
 * asked (five milliseconds or more): what three packets like a usual mail session's are is certain without it. Where it does not start
 * then, or finds no memory later, a line says so, and it is asked no more: connections are CLASSIFY_UNKNOWN and counted. NULL with err filled where there is no memory. */
struct classify *classify_new(struct mem *m, bool at_once, char err[256]);
void classify_free(struct classify *c);
/* It starts now, before the first packet, in the thread that calls all below or before there is one. False with err filled where it does
 * not. */
bool classify_start(struct classify *c, char err[256]);

/* What nDPI thinks of a flow so far. */
enum classify_verdict { CLASSIFY_UNDECIDED, CLASSIFY_MAIL, CLASSIFY_OTHER, CLASSIFY_UNKNOWN };

/*
 * p: a packet of the flow that carries payload. *f is made at the first one, and freed and set to NULL as
 * soon as nDPI has decided or given up: then the verdict is final and *name (static) is its word for it.
 * Do not call again for that flow.
 */
enum classify_verdict classify_push(struct classify *c, struct classify_flow **f, const struct packet *p,
                                    int64_t ts_us, const char **name);
/*
 * A flow that only the mail dissectors saw so far is known by its packets: they are all that has to be kept while nobody
 * speaks. fold appends them; folded gives f's memory back without a word on it; unfold shows them to nDPI again, taking
 * them off *in: false where memory is refused (the flow stays unnamed, and is not pushed again).
 */
bool classify_may_rest(const struct classify_flow *f);
void classify_fold(const struct classify_flow *f, struct squeezed *out);
void classify_folded(struct classify *c, struct classify_flow **f);
bool classify_unfold(struct classify *c, struct classify_flow **f, struct span *in);

/* The flow ended undecided. */
void classify_drop(struct classify *c, struct classify_flow **f);

/* Bytes that nDPI itself holds, beside what the struct mem counts: for flows, and what it started with since the first packet. */
size_t classify_bytes(const struct classify *c);

/* nDPI's numbers of protocols are below that. */
enum { CLASSIFY_NAMES_MOST = 512 };
/* How many flows got each name; the last is no name of nDPI's: it was to be asked of them, and could not be. */
void classify_counts(const struct classify *c, uint64_t flows[CLASSIFY_NAMES_MOST]);
/* The name of number i, one that a flow got; static. NULL where nDPI does not start here, and another's did. */
const char *classify_name(struct classify *c, unsigned i);

#endif
