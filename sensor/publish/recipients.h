/* SPDX-License-Identifier: Apache-2.0 */
/* recipients: who received a mail is the operator's secret; known recipients are taken out of any text, and so is, whatever
 * the mode, the password of a URL. */
#ifndef MXTAP_PUBLISH_RECIPIENTS_H
#define MXTAP_PUBLISH_RECIPIENTS_H

#include "sensor/publish/record_json.h"
#include "sensor/publish/text_marks.h"

/*
 * Knows the recipients of one record (envelope, To, Cc, Received's for). Where one of them stands in a text,
 * plain (a@b), VERP (a=b), or either under a coding (sensor/publish/coding.h) or in base64, it is replaced as the mode says:
 *   full  itself     domain  @b     hmac  <16 bytes of HMAC-SHA-256 in hex>@b     none  @
 * Matching folds ASCII case.
 */
struct redactor;

/* In m; NULL when memory is refused. Text that cannot be checked for lack of memory is withheld, never let through. */
struct redactor *redactor_new(struct mem *m, const struct recipients_policy *policy);
void redactor_begin(struct redactor *x, const struct record *r);
void redactor_free(struct redactor *x);

/* s itself where nothing is to hide, else a changed copy, valid until the next call on x, to which it must not
 * be given. NULL: it is withheld. */
struct span redactor_apply(const struct redactor *x, struct span s);
/* The same where x is there, s is not empty, and marks are its text_marks. */
struct span redactor_apply_marked(const struct redactor *x, struct span s, unsigned marks);
/* Since redactor_begin, no recipient is to be hidden: what has none of these marks comes back as it is. */
enum { REDACTOR_MARKS = MARK_USER | MARK_NUMBER | MARK_CODED };
bool redactor_only_marked(const struct redactor *x);

/* A text was withheld since redactor_begin: the record says so (record.too_large). */
bool redactor_withheld(const struct redactor *x);

/* One address of the envelope as the mode shows it ("<a@b>" gives "<@b>"); absent for RECIPIENTS_NONE. */
struct span redactor_address(const struct redactor *x, struct span path);
/* The same of an element of To or Cc: a display name is the recipient's too, and stands under full only. */
struct span redactor_mailbox(const struct redactor *x, struct span mailbox);

#endif
