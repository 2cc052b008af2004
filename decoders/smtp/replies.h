/* SPDX-License-Identifier: Apache-2.0 */
/* replies: what a reply means to the command it answers, and which command that is. */
#ifndef MXTAP_SMTP_REPLIES_H
#define MXTAP_SMTP_REPLIES_H

#include "decoders/smtp/dialogue_state.h"

/* A HELO name is kept one byte longer than it is shown: what is cut is known to be cut where it is shown. */
enum { HELO_KEPT = LIMIT_SMTP_HELO + 1 };

/* --- replies.c --- */
/* A command of this kind was sent; text (copied) and to (recipient) as in struct pending. Without a
 * server to be seen, or without room, it is answered at once, by no reply. */
void replies_expect(struct dialogue *d, unsigned kind, struct transaction *x, int to,
                    struct span text);
void replies_take(struct dialogue *d, const struct reply *r);
/* The oldest command got r, or (NULL) a reply that nobody saw. */
void replies_answer_next(struct dialogue *d, const struct reply *r);
/* The server gave its verdict on x while its content was still coming. */
void replies_final_early(struct dialogue *d, struct transaction *x, const struct reply *r);
/* AUTH got its final reply. */
void replies_auth_over(struct dialogue *d, uint16_t code);
/* Every command that waits gets no reply. */
void replies_give_up(struct dialogue *d);

/* --- starttls.c --- */
/* What STARTTLS is told, r NULL where nobody saw it: TLS follows, or plain text. */
void replies_starttls(struct dialogue *d, struct pending *p, const struct reply *r);

/* --- resync.c: after lost bytes --- */
/* True where the oldest waiting command is the one that r answers; those that lost theirs were
 * given up. False: r answers none (that was dealt with). */
bool resync_reply(struct dialogue *d, const struct reply *r);
/* A command of this kind is being sent: which of the doubtful ones must have been answered? */
void resync_before_command(struct dialogue *d, unsigned kind);
/* Both sides lost enough for the current mail to have ended and another one to have begun: what comes now is
 * not said to be of the first. False where it may well be. */
bool resync_leave_lost_mail(struct dialogue *d);
/* A mail came whose 354 is among lost replies: all up to its DATA was answered. False where none were lost. */
bool resync_behind_assumed(struct dialogue *d);
/* Commands were lost. */
void resync_client_gap(struct dialogue *d);
/* Replies were lost. */
void resync_server_gap(struct dialogue *d);

#endif
