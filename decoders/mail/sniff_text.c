/* SPDX-License-Identifier: Apache-2.0 */
/* sniff_text: mark-up (WHATWG MIME Sniffing 7.1), calendars, cards, mails, scripts, by how their text begins. */
#include "decoders/mail/sniff.h"

enum { TEXT_LOOK = SNIFF_FIRST };

/* Tag names that begin a page, behind <; a blank or > must follow. */
static const struct {
    const char *name, *type;
} tags[] = {
    {"!doctype html", "text/html"}, {"html", "text/html"},   {"head", "text/html"},   {"script", "text/html"},
    {"iframe", "text/html"},        {"h1", "text/html"},     {"div", "text/html"},    {"font", "text/html"},
    {"table", "text/html"},         {"a", "text/html"},      {"style", "text/html"},  {"title", "text/html"},
    {"b", "text/html"},             {"body", "text/html"},   {"br", "text/html"},     {"p", "text/html"},
    {"meta", "text/html"},          {"form", "text/html"},   {"center", "text/html"}, {"img", "text/html"},
    {"svg", "image/svg+xml"},       {"!doctype svg", "image/svg+xml"}, {"job", "text/x-wsf"},
    {"package", "text/x-wsf"},      {"hta:application", "application/hta"},
};

/* Other beginnings, in any case. */
static const struct {
    const char *text, *type;
} starts[] = {
    {"<!--", "text/html"},
    {"<?php", "text/x-php"},
    {"{\\rt", "text/rtf"},
    {"BEGIN:VCALENDAR", "text/calendar"},
    {"BEGIN:VCARD", "text/vcard"},
    {"[InternetShortcut]", "application/x-mswinurl"},
    {"@echo off", "text/x-msdos-batch"},
    {"@rem ", "text/x-msdos-batch"},
    {"-----BEGIN PGP MESSAGE-----", "application/pgp-encrypted"},
    {"-----BEGIN PGP SIGNATURE-----", "application/pgp-signature"},
    {"-----BEGIN PGP PUBLIC KEY BLOCK-----", "application/pgp-keys"},
};

/* Interpreters behind #!, by the last name of their path without its version. */
static const struct {
    const char *name, *type;
} interpreters[] = {
    {"sh", "text/x-shellscript"}, {"bash", "text/x-shellscript"},      {"dash", "text/x-shellscript"},
    {"ksh", "text/x-shellscript"}, {"zsh", "text/x-shellscript"},
    {"perl", "text/x-perl"},      {"python", "text/x-script.python"},
};

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span skip_space(struct span s)
{
    while (s.n && is_space(s.p[0]))
        s = span_from(s, 1);
    return s;
}

/* UTF-16 with its mark, as far as it is ASCII, into out; text in other charsets as it is. */
static struct span ascii_of(struct span head, uint8_t out[TEXT_LOOK])
{
    size_t n = 0;

    if (head.n >= 3 && !memcmp(head.p, "\xef\xbb\xbf", 3))
        return span_from(head, 3);
    if (head.n < 2 || (memcmp(head.p, "\xff\xfe", 2) != 0 && memcmp(head.p, "\xfe\xff", 2) != 0))
        return head;
    for (size_t i = 2; i + 1 < head.n && n < TEXT_LOOK; i += 2) {
        bool little = head.p[0] == 0xff;
        uint8_t high = head.p[i + little], low = head.p[i + !little];

        out[n++] = high ? 0x80 : low;
    }
    return span_of(out, n);
}

/* The root of an XML document, whatever declaration and comments stand before it. */
static const char *of_xml(struct span s)
{
    for (size_t at = span_find(s, 1, '<'); at < s.n; at = span_find(s, at + 1, '<')) {
        struct span tag = span_from(s, at + 1);

        if (span_starts_nocase(tag, SPAN("!--")))
            at += span_find_span(tag, 1, SPAN("-->"));
        else if (span_starts_nocase(tag, SPAN("svg")) || span_starts_nocase(tag, SPAN("!DOCTYPE svg")))
            return "image/svg+xml";
        else if (span_starts_nocase(tag, SPAN("html")) || span_starts_nocase(tag, SPAN("!DOCTYPE html")))
            return "application/xhtml+xml";
        else if (tag.n && ascii_alpha(tag.p[0]))
            break;
    }
    return "text/xml";
}

static const char *of_tag(struct span s)
{
    uint8_t first = s.n > 1 ? ascii_lower(s.p[1]) : 0;

    for (unsigned i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
        struct span name, rest;

        if ((uint8_t)tags[i].name[0] != first)
            continue;
        name = span_cstr(tags[i].name);
        rest = span_from(s, 1 + name.n);
        if (span_starts_nocase(span_from(s, 1), name) && rest.n && (is_space(rest.p[0]) || rest.p[0] == '>'))
            return tags[i].type;
    }
    return NULL;
}

static const char *of_script(struct span s)
{
    struct span line = span_head(s, span_find(s, 0, '\n')), word;
    size_t end;

    line = skip_space(span_from(line, 2));
    for (unsigned words = 0; words < 2; words++) { /* "/usr/bin/env python3 -u" */
        for (end = 0; end < line.n && !is_space(line.p[end]);)
            end++;
        word = span_head(line, end);
        line = skip_space(span_from(line, end));
        for (size_t slash = span_find(word, 0, '/'); slash < word.n; slash = span_find(word, 0, '/'))
            word = span_from(word, slash + 1);
        while (word.n && (ascii_digit(word.p[word.n - 1]) || word.p[word.n - 1] == '.'))
            word.n--;
        for (unsigned i = 0; i < sizeof(interpreters) / sizeof(*interpreters); i++)
            if (span_eq(word, span_cstr(interpreters[i].name)))
                return interpreters[i].type;
    }
    return "text/x-script";
}

/* A line of the block that begins at s names field. */
static bool has_line(struct span s, struct span field)
{
    for (size_t at = 0; at < s.n; at = span_find(s, at, '\n') + 1)
        if (span_starts_nocase(span_from(s, at), field))
            return true;
    return false;
}

/* A mail begins with fields; those that only mail has tell it from a letter that begins with "From:". */
static bool is_mail(struct span s)
{
    static const char *const only_mail[] = {"Received:", "Return-Path:", "Delivered-To:", "Message-ID:", "MIME-Version:"};
    size_t n = 0;

    while (n < s.n && (ascii_alnum(s.p[n]) || s.p[n] == '-'))
        n++;
    if (!n || n == s.n || s.p[n] != ':')
        return false;
    for (unsigned i = 0; i < sizeof(only_mail) / sizeof(*only_mail); i++)
        if (has_line(s, span_cstr(only_mail[i])))
            return true;
    return false;
}

static const char *of_markup(struct span s)
{
    const char *type = of_tag(s);

    if (span_starts_nocase(s, SPAN("<?xml")))
        return of_xml(s);
    if (!type || type[5] != 'h')
        return type;
    for (size_t at = span_find(s, 1, ':'); at < s.n; at = span_find(s, at + 1, ':')) /* fewer than tags */
        if (at > 4 && s.p[at - 4] == '<' && span_starts_nocase(span_from(s, at - 3), SPAN("hta:application")))
            return "application/hta";
    return type;
}

const char *sniff_text(struct span head)
{
    uint8_t ascii[TEXT_LOOK];
    struct span whole = ascii_of(head, ascii), s = skip_space(whole);
    const char *type = s.n && s.p[0] == '<' ? of_markup(s) : NULL;

    for (unsigned i = 0; i < sizeof(starts) / sizeof(*starts) && s.n && !type; i++)
        if (ascii_lower((uint8_t)starts[i].text[0]) == ascii_lower(s.p[0]) && span_starts_nocase(s, span_cstr(starts[i].text)))
            type = starts[i].type;
    if (!type && span_starts_nocase(whole, SPAN("#!")))
        type = of_script(whole);
    if (!type && is_mail(whole))
        type = "message/rfc822";
    return type;
}
