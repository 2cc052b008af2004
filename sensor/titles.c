/* SPDX-License-Identifier: Apache-2.0 */
/* titles: one list; a name means the same wherever it stands. */
#include "sensor/titles.h"

#include "sensor/language.h"

static const char *const names[] = {
    /* kinds */
    N_("ip"), N_("net"), N_("asn"), N_("country"), N_("city"), N_("helo"), N_("ptr"), N_("claimed_ip"), N_("from"),
    N_("from_domain"), N_("envelope_domain"), N_("subject"), N_("mailer"), N_("url"), N_("host"), N_("domain"), N_("tld"),
    N_("link_ip"), N_("attachment"), N_("tls"), N_("os"), N_("finding"), N_("rcpt_domain"),
    /* traits of campaigns */
    N_("link_host"), N_("link_domain"), N_("helo_shape"), N_("mailer_shape"), N_("body_key"), N_("path_shape"),
    /* fields of an entity */
    N_("first_seen"), N_("last_seen"), N_("mails"), N_("accepted"), N_("refused"), N_("sessions"), N_("score"), N_("org"),
    /* outcomes and counters */
    N_("partial"), N_("deferred"), N_("reset"), N_("unknown"), N_("unfinished"), N_("packets"), N_("bytes"),
    N_("encrypted"), N_("urls"), N_("copies"), N_("queue"), N_("lost"), N_("kernel_dropped"), N_("flows"),
};

const char *title_of(const char *name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return _(names[i]);
    return name;
}

struct span title_of_span(struct span name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (span_eq(name, span_cstr(names[i])))
            return span_cstr(_(names[i]));
    return name;
}
