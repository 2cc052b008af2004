/* SPDX-License-Identifier: Apache-2.0 */
/* format_arf: complaints as RFC 5965 has them, one a mail, in one mbox: what people read, what desks' programs read, the header. */
#define _GNU_SOURCE /* timegm, gethostname */
#include <time.h>
#include <unistd.h>

#include "decoders/base/escape.h"
#include "sensor/export/arf_header.h"
#include "sensor/export/block_head.h"
#include "sensor/export/escape_forms.h"
#include "sensor/export/uuid.h"
#include "sensor/language.h"

enum { PART_MAX = 8 << 20, HOST = 80, DATE = 48, LINE = 512, URLS = 20 };

/* Printable ASCII without blanks: what may stand in a line that programs read. */
static bool is_word(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7f)
            return false;
    return s.n && s.n < LINE;
}

static void mail_date(int64_t seconds, char text[DATE])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)seconds;
    struct tm tm = {.tm_mday = 1};

    gmtime_r(&t, &tm);
    snprintf(text, DATE, "%s, %02d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
             tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* When it came; now where the record does not say. */
static void arrival(const struct export *x, const struct mail_facts *f, char text[DATE])
{
    char s[24];
    struct tm tm = {0};

    snprintf(s, sizeof(s), "%.*s", (int)(f->timestamp.n < 19 ? f->timestamp.n : 19), (const char *)f->timestamp.p);
    if (sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6) {
        mail_date(x->o->now_s, text);
        return;
    }
    tm.tm_year -= 1900;
    tm.tm_mon--;
    mail_date((int64_t)timegm(&tm), text);
}

static void host_name(char host[HOST])
{
    if (gethostname(host, HOST) != 0 || !is_word(span_of(host, strnlen(host, HOST - 1))))
        snprintf(host, HOST, "localhost");
    host[HOST - 1] = 0;
}

/* --- the envelope of the complaint --- */

static void put_top(struct export *x, const struct mail_facts *f, const char *id)
{
    const struct export_options *e = &x->o->export;
    char host[HOST], date[DATE], from[HOST + 16];

    host_name(host);
    mail_date(x->o->now_s, date);
    snprintf(from, sizeof(from), "mxtap@%s", host);
    export_add(x, "From mxtap Thu Jan  1 00:00:00 1970\nFrom: %s\n", e->reporter ? e->reporter : from);
    export_add(x, "To: %s\n", e->desk ? e->desk : "undisclosed-recipients:;");
    export_add(x, "Date: %s\nMessage-ID: <%s@%s>\nSubject: ", date, id, host);
    header_text(x->out, f->subject.n ? export_shown(x, f->subject) : SPAN("mail without a subject"));
    export_add(x, "\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report;\n boundary=\"=_%s\"\n\n", id);
}

static void begin_part(struct export *x, const char *id, const char *type, bool coded)
{
    export_add(x, "--=_%s\nContent-Type: %s\n%s\n", id, type, coded ? "Content-Transfer-Encoding: quoted-printable\n" : "");
}

/* --- for people --- */

static void put_line(const struct export *x, struct buf *to, const char *name, struct span value)
{
    if (!value.n)
        return;
    buf_add(to, span_cstr(name));
    escape_text(to, export_shown(x, value), 0); /* one line, whatever the sender wrote */
    buf_add_byte(to, '\n');
}

static void put_links(const struct export *x, struct buf *to, const struct mail_facts *f)
{
    char more[40];
    unsigned n = f->links_n < URLS ? f->links_n : URLS;
    struct buf url;

    buf_init(&url, x->mem, PART_MAX);
    for (unsigned i = 0; i < n; i++) {
        buf_clear(&url);
        defanged_url(&url, export_shown(x, f->links[i].url));
        put_line(x, to, "It links to: ", buf_span(&url));
    }
    snprintf(more, sizeof(more), "%llu places more", (unsigned long long)(f->links_all - n));
    if (f->links_all > n)
        put_line(x, to, "and to: ", span_cstr(more));
    buf_free(&url);
}

static void put_text(struct export *x, const char *id, const struct mail_facts *f, bool kept)
{
    struct buf text;
    char date[DATE];

    buf_init(&text, x->mem, PART_MAX);
    arrival(x, f, date);
    buf_add(&text, SPAN("This is a complaint about a mail that we received.\n\n"));
    put_line(x, &text, "It came at: ", span_cstr(date));
    put_line(x, &text, "from the address: ", f->origin_ip);
    put_line(x, &text, "of the network: ", f->net);
    put_line(x, &text, "owned by: ", f->org);
    put_line(x, &text, "under the name: ", f->helo);
    put_line(x, &text, "Its subject was: ", f->subject);
    put_links(x, &text, f);
    for (unsigned i = 0; i < f->findings_n; i++) {
        put_line(x, &text, "We noticed: ", f->findings[i]);
        put_line(x, &text, "    ", f->evidence[i]);
    }
    buf_add(&text, kept ? SPAN("\nIts header follows as it was received; who received it was taken out.\n")
                        : SPAN("\nIts header block was not kept. What follows was put together from what was\n"
                               "written down about it, decoded; these are not the mail's own bytes.\n"));
    begin_part(x, id, "text/plain; charset=utf-8", true);
    quoted_printable(x->out, buf_span(&text));
    buf_free(&text);
}

/* --- for programs: RFC 5965 3 --- */

static void put_field(struct export *x, const char *name, struct span value)
{
    if (is_word(value)) {
        export_add(x, "%s: ", name);
        buf_add(x->out, value);
        export_add(x, "\n");
    }
}

static void put_report(struct export *x, const char *id, const struct mail_facts *f)
{
    struct ip_addr ip;
    char date[DATE], text[IP_TEXT];

    arrival(x, f, date);
    begin_part(x, id, "message/feedback-report", false);
    export_add(x, "Feedback-Type: abuse\nUser-Agent: mxtap/" MXTAP_VERSION "\nVersion: 1\nArrival-Date: %s\n", date);
    if (ip_parse(f->origin_ip, &ip))
        put_field(x, "Source-IP", span_of(text, ip_format(&ip, text)));
    put_field(x, "Original-Mail-From", export_shown(x, f->mail_from));
    for (unsigned i = 0; i < f->links_n && i < URLS; i++)
        put_field(x, "Reported-URI", export_shown(x, f->links[i].url));
    export_add(x, "\n");
}

/* What needs no coding, so that people can read it: printable ASCII in lines that nothing takes for its own (RFC 6522 4). */
static bool is_readable(struct span s)
{
    size_t column = 0;

    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];

        if (column == 0 && (c == '-' || c == '.' || span_starts_nocase(span_from(s, i), SPAN("From "))))
            return false;
        if ((c < 0x20 && c != '\t' && c != '\n') || c >= 0x7f || column > LINE)
            return false;
        column = c == '\n' ? 0 : column + 1;
    }
    return true;
}

static void put_header(struct export *x, const char *id, struct span header)
{
    bool readable = is_readable(header);

    begin_part(x, id, "text/rfc822-headers", !readable);
    if (readable)
        buf_add(x->out, header);
    else
        quoted_printable(x->out, header);
    export_add(x, "\n--=_%s--\n\n", id);
}

static void mail(struct export *x, const struct mail_facts *f)
{
    char name[64], id[UUID_TEXT];
    struct buf header;
    bool kept;

    buf_init(&header, x->mem, PART_MAX);
    kept = arf_header_kept(x, &header, f);
    if (!kept)
        arf_header_rebuilt(x, &header, f);
    x->headers_missing += !kept;
    snprintf(name, sizeof(name), "arf %llu %u", (unsigned long long)f->flow_id, f->tx_id);
    uuid_named(uuid_of_mxtap, span_cstr(name), id);
    put_top(x, f, id);
    put_text(x, id, f, kept);
    put_report(x, id, f);
    put_header(x, id, buf_span(&header));
    buf_free(&header);
}

const struct export_format format_arf = {
    .name = "arf", .does = N_("a complaint for each mail (RFC 5965), in an mbox"), .mails = true, .shared = true, .mail = mail};
