/* SPDX-License-Identifier: Apache-2.0 */
/* classify_mail: nDPI with its dissectors of mail alone, for one worker or two. */
#ifndef MXTAP_FLOWS_CLASSIFY_MAIL_H
#define MXTAP_FLOWS_CLASSIFY_MAIL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * To make its tables takes longer than to ask them about some thousands of connections, and the start of one waits for that of the other: so
 * two workers of a replay have one, and hold its lock for the few microseconds that a connection's first packets take. More would meet there.
 */
struct classify_mail;
struct classify_mails; /* of several workers */

/* Nothing starts yet. NULL without memory. */
struct classify_mail *classify_mail_new(void);
/* Who comes first starts it, others wait. Any thread. False: nDPI does not start. */
bool classify_mail_start(struct classify_mail *m);
/* Behind that: bytes that it took. */
size_t classify_mail_bytes(struct classify_mail *m);
/* Behind that, any thread: the module, nobody else's until it is given back. */
struct ndpi_detection_module_struct *classify_mail_take(struct classify_mail *m);
void classify_mail_give(struct classify_mail *m);
/* Somebody leaves, and what nDPI gathered for him is not all freed: it is at the end. */
void classify_mail_kept(struct classify_mail *m);
/* Behind all who have it. */
void classify_mail_free(struct classify_mail *m);

/* For that many workers. Nothing starts yet. NULL without memory. */
struct classify_mails *classify_mails_new(unsigned workers);
/* That of the first worker starts now, in a thread of its own (where none is to be had, with the first who needs it). Not where threads
 * are to be locked: a lock binds a thread and its children. */
void classify_mails_ahead(struct classify_mails *s);
/* That of worker i; NULL where there is no s. */
struct classify_mail *classify_mails_of(struct classify_mails *s, unsigned i);
/* Of those who share one: the one that speaks for it. */
bool classify_mails_first(unsigned i);
/* Behind all workers. */
void classify_mails_free(struct classify_mails *s);

#endif
