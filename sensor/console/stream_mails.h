/* SPDX-License-Identifier: Apache-2.0 */
/* stream_mails: the stream of mails, newest first or oldest first, page by page, each read back from its JSON. */
#ifndef MXTAP_CONSOLE_STREAM_MAILS_H
#define MXTAP_CONSOLE_STREAM_MAILS_H

#include "sensor/console/mail_facts.h"
#include "sensor/console/store.h"

struct stream_mail {
    const struct store_entry *entry;
    const struct mail_facts *facts;
    struct span json; /* as the sensor wrote it */
};

/* Borrowed for the call. False ends the walk. */
typedef bool (*stream_mail_each)(void *ctx, const struct stream_mail *m);

struct stream_walk {
    uint64_t most; /* entries looked at */
    bool oldest_first;
    uint64_t looked, copies, unread; /* out: entries; of them relayed copies, and such without JSON: not shown */
    bool more; /* out: there are others behind them */
    char last[STORE_ID]; /* out: id of the last one looked at */
};

/* False: store_why. */
bool stream_mails(struct store *s, struct stream_walk *w, stream_mail_each each, void *ctx);

#endif
