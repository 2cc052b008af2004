/* SPDX-License-Identifier: Apache-2.0 */
/* findings_attachment: files by type and by name. */
#include "sensor/judge/findings_case.h"

/* What a double click runs. From Gmail's and Outlook's lists of blocked types, those of Windows, and of Android and
 * macOS what installs a program. */
static const char *const executable[] = {"exe", "scr", "com", "pif", "bat", "cmd", "vbs", "vbe", "js", "jse", "wsf", "wsh",
                                         "hta", "lnk", "msi", "msp", "cpl", "jar", "ps1", "psm1", "reg", "chm", "iso",
                                         "img", "vhd", "vhdx", "dll", "apk", "appx", "msix", "gadget", "inf", "scf", "sct",
                                         "url", "xll", "one", "application", "dmg", "pkg", "ace"};
static const char *const page[] = {"html", "htm", "shtml", "xhtml", "mht", "mhtml", "svg", "xht"};
static const char *const document[] = {"pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "rtf", "csv", "jpg",
                                       "jpeg", "png", "gif", "bmp", "tif", "tiff", "zip", "mp3", "mp4", "wav", "avi",
                                       "odt", "ods", "eml", "xml"};
#define ONE_OF(s, list) one_of(s, list, sizeof(list) / sizeof(*(list)))

static bool one_of(struct span s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n && s.n; i++) /* most parts have no name */
        if (span_eq_nocase(s, span_cstr(list[i])))
            return true;
    return false;
}

/* What stands behind the last dot, without the blanks and dots that Windows drops at a name's end; *rest: before it. */
static struct span extension(struct span name, struct span *rest)
{
    size_t at;

    while (name.n && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '.'))
        name.n--;
    at = name.n;
    while (at && name.p[at - 1] != '.')
        at--;
    *rest = span_head(name, at ? at - 1 : 0);
    return at ? span_from(name, at) : nothing();
}

static bool is_program(const struct mail_part *p)
{
    static const char *const types[] = {"application/vnd.microsoft.portable-executable", "application/x-dosexec",
                                        "application/x-msdownload", "application/x-executable", "application/x-elf",
                                        "application/x-mach-binary", "application/x-ms-shortcut"};
    struct span rest;

    return ONE_OF(extension(p->filename, &rest), executable) || ONE_OF(span_cstr(p->sniffed), types) ||
           (p->attachment && ONE_OF(p->type, types));
}

static struct span name_of(const struct mail_part *p)
{
    return p->filename.n ? p->filename : p->sniffed ? span_cstr(p->sniffed) : p->type;
}

static bool is_page(const struct mail_part *p)
{
    struct span rest;

    if (!p->attachment)
        return false;
    return ONE_OF(extension(p->filename, &rest), page) || span_eq(p->type, SPAN("text/html"));
}

/* "invoice.pdf.exe", "scan.pdf        .html": the end that runs hides behind one that is but read. */
static bool has_two_names(const struct mail_part *p)
{
    struct span rest, outer = extension(p->filename, &rest), inner;

    if (!ONE_OF(outer, executable) && !ONE_OF(outer, page))
        return false;
    inner = extension(rest, &rest);
    return ONE_OF(inner, document);
}

static bool is_encrypted(const struct mail_part *p)
{
    return p->encrypted;
}

static struct span first_part(const struct finding_case *c, bool (*is)(const struct mail_part *p))
{
    for (uint32_t i = 0; i < c->r->parts_n; i++)
        if (is(c->r->parts[i].mail))
            return name_of(c->r->parts[i].mail);
    return nothing();
}

struct span attachment_executable(const struct finding_case *c)
{
    return first_part(c, is_program);
}

struct span attachment_html(const struct finding_case *c)
{
    return first_part(c, is_page);
}

struct span attachment_double_name(const struct finding_case *c)
{
    return first_part(c, has_two_names);
}

struct span attachment_encrypted(const struct finding_case *c)
{
    return first_part(c, is_encrypted);
}
