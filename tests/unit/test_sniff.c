/* SPDX-License-Identifier: Apache-2.0 */
/* sniff: what a part is by its first bytes, in any pieces; what only looks like it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/sniff.h"
#include "tests/unit/split.h"

#define C(name, bytes, type) {name, bytes, sizeof(bytes) - 1, type},
#define ZIP(flags, name_n, extra_n) "PK\3\4\x14\0" flags "\0\10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" name_n "\0" extra_n "\0"

static const struct {
    const char *name, *bytes;
    size_t n;
    const char *type; /* "" = not recognised; "!" behind it: encrypted */
} cases[] = {
    C("nothing", "", "")
    C("plain text", "Hello,\r\n", "")
    C("text that begins like a program", "MZ is a code of the postal service of Mozambique, and means nothing else here", "")
    C("Windows program", "MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0\xb8\0\0\0\0\0\0\0@\0\0\0", "application/x-dosexec")
    C("Windows program whose old header is filled with letters",
      "MZAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x40\0\0\0PE\0\0", "application/x-dosexec")
    C("ELF", "\x7f" "ELF\2\1\1\0", "application/x-elf")
    C("Mach-O", "\xcf\xfa\xed\xfe\7\0\0\1", "application/x-mach-binary")
    C("Mach-O for two processors", "\xca\xfe\xba\xbe\0\0\0\2", "application/x-mach-binary")
    C("Java class", "\xca\xfe\xba\xbe\0\0\0\x34", "application/x-java-applet")
    C("Windows shortcut", "\x4c\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", "application/x-ms-shortcut")
    C("compiled help", "ITSF\3\0\0\0", "application/x-chm")
    C("OneNote", "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "application/onenote")
    C("OLE2", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage")
    C("winmail.dat", "\x78\x9f\x3e\x22\1\0", "application/vnd.ms-tnef")
    C("PDF", "%PDF-1.7\n", "application/pdf")
    C("PDF behind junk", "\r\n junk\r\n%PDF-1.4\r\n", "application/pdf")
    C("text about PDF", "They write %PDF-1.4 at the start", "")
    C("RTF", "{\\rtf1\\ansi", "text/rtf")
    C("RTF with the short mark that Word takes", "{\\rt\\ansi", "text/rtf")
    C("ZIP", ZIP("\0", "\5", "\0") "a.txt", "application/zip")
    C("ZIP, encrypted", ZIP("\1", "\5", "\0") "a.txt", "application/zip!")
    C("ZIP, its second file encrypted", ZIP("\0", "\5", "\0") "a.txtdata" ZIP("\1", "\5", "\0") "b.exe", "application/zip!")
    C("ZIP of nothing", "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "application/zip")
    C("ZIP cut in its first header", "PK\3\4\x14\0", "application/zip")
    C("docx", ZIP("\0", "\x13", "\0") "[Content_Types].xml..." ZIP("\0", "\x11", "\0") "word/document.xml",
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    C("xlsx", ZIP("\0", "\x13", "\0") "[Content_Types].xml..." ZIP("\0", "\x0f", "\0") "xl/workbook.xml",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    C("pptx", ZIP("\0", "\x13", "\0") "[Content_Types].xml..." ZIP("\0", "\x14", "\0") "ppt/presentation.xml",
      "application/vnd.openxmlformats-officedocument.presentationml.presentation")
    C("jar", ZIP("\0", "\x14", "\0") "META-INF/MANIFEST.MF", "application/java-archive")
    C("apk", ZIP("\0", "\x14", "\0") "META-INF/MANIFEST.MF..." ZIP("\0", "\x13", "\0") "AndroidManifest.xml",
      "application/vnd.android.package-archive")
    C("odt", ZIP("\0", "\10", "\0") "mimetypeapplication/vnd.oasis.opendocument.textPK",
      "application/vnd.oasis.opendocument.text")
    C("epub", ZIP("\0", "\10", "\0") "mimetypeapplication/epub+zipPK", "application/epub+zip")
    C("RAR 4", "Rar!\x1a\7\0\xcf\x90\x73\0\0\x0d\0\0\0\0\0\0\0\1\2\x74\x20\x90", "application/x-rar")
    C("RAR 4, its names encrypted", "Rar!\x1a\7\0\xce\x99\x73\x80\0\x0d\0\0\0\0\0\0\0", "application/x-rar!")
    C("RAR 4, a file encrypted", "Rar!\x1a\7\0\xcf\x90\x73\0\0\x0d\0\0\0\0\0\0\0\1\2\x74\x24\x94", "application/x-rar!")
    C("RAR 5", "Rar!\x1a\7\1\0\1\2\3\4\x0b\1\5\7\0\6\1\1", "application/x-rar")
    C("RAR 5, its names encrypted", "Rar!\x1a\7\1\0\1\2\3\4\x21\4\0\0\0\x0f", "application/x-rar!")
    C("7z", "7z\xbc\xaf\x27\x1c\0\4", "application/x-7z-compressed")
    C("gzip", "\x1f\x8b\x08\0", "application/gzip")
    C("bzip2", "BZh91AY&SYabc", "application/x-bzip2")
    C("text that begins like bzip2", "BZh9 is a tram", "")
    C("xz", "\xfd" "7zXZ\0\0\4", "application/x-xz")
    C("zstd", "\x28\xb5\x2f\xfd\4", "application/zstd")
    C("cab", "MSCF\0\0\0\0\1", "application/vnd.ms-cab-compressed")
    C("ACE", "\1\2\x31\0\0\0\x90**ACE**\x14", "application/x-ace")
    C("ARJ", "\x60\xea\x2b\0\x22\x0b\1\x0b\x10\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "application/x-arj")
    C("LHA", "\x1e\x20-lh5-\0\0\0\0\0\0\0\0\0\0\0\0\x20\1\5", "application/x-lzh-compressed")
    C("VHD", "conectix\0\0\0\2", "application/x-vhd")
    C("VHDX", "vhdxfile", "application/x-vhdx")
    C("PNG", "\x89PNG\r\n\x1a\n", "image/png")
    C("JPEG", "\xff\xd8\xff\xe0", "image/jpeg")
    C("GIF", "GIF89a\1", "image/gif")
    C("WebP", "RIFF\1\0\0\0WEBPVP8 ", "image/webp")
    C("BMP", "BM\1\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp")
    C("text that begins like BMP", "BMW drives better with it", "")
    C("TIFF", "II*\0\10\0\0\0", "image/tiff")
    C("icon", "\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x68\4\0\0\x16\0\0\0", "image/vnd.microsoft.icon")
    C("MP3 with a tag", "ID3\3\0", "audio/mpeg")
    C("MP3", "\xff\xfb\x90\x64", "audio/mpeg")
    C("UTF-16 text", "\xff\xfeH\0i\0", "")
    C("MP4", "\0\0\0\x18" "ftypmp42\0\0\0\0", "video/mp4")
    C("M4A", "\0\0\0\x18" "ftypM4A \0\0\0\0", "audio/mp4")
    C("HEIC", "\0\0\0\x18" "ftypheic\0\0\0\0", "image/heic")
    C("WebM", "\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm")
    C("S/MIME signature", "0\x80\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7\2\xa0\x80\x30\x80\2\1\1", "application/pkcs7-mime")
    C("HTML", "<html>", "text/html")
    C("HTML, DOCTYPE in any case", "<!doctype HTML><p>", "text/html")
    C("HTML behind blank lines and a mark", "\xef\xbb\xbf\r\n \t<HTML lang=en>", "text/html")
    C("HTML, a comment first", "<!-- x --><i>", "text/html")
    C("HTML, a script first", "<script>location='x'</script>", "text/html")
    C("HTML in UTF-16", "\xff\xfe<\0h\0t\0m\0l\0>\0", "text/html")
    C("HTML in UTF-16, the other way round", "\xfe\xff\0<\0b\0o\0d\0y\0 ", "text/html")
    C("text between angles", "<hello> there", "")
    C("text that goes on behind a tag's name", "<headline>", "")
    C("a page with a colon", "<html><!-- hta:application --><xhta:application>", "text/html")
    C("HTA", "<html><head><HTA:APPLICATION id=x></head>", "application/hta")
    C("SVG", "<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml")
    C("SVG in XML", "<?xml version='1.0'?>\n<!-- <html> comes not --><svg >", "image/svg+xml")
    C("XHTML", "<?xml version='1.0'?><!DOCTYPE html PUBLIC ''><html>", "application/xhtml+xml")
    C("XML", "<?xml version='1.0'?><feed><svg/></feed>", "text/xml")
    C("Windows script file", "<job id='x'><script>", "text/x-wsf")
    C("PHP", "<?php system('id'); ?>", "text/x-php")
    C("shell script", "#!/bin/sh\nrm", "text/x-shellscript")
    C("Python through env", "#!/usr/bin/env python3\n", "text/x-script.python")
    C("script of another interpreter", "#! /usr/bin/node\n", "text/x-script")
    C("batch file", "@Echo Off\r\n", "text/x-msdos-batch")
    C("Internet shortcut", "[InternetShortcut]\r\nURL=http://example.com/", "application/x-mswinurl")
    C("calendar", "BEGIN:VCALENDAR\r\n", "text/calendar")
    C("card", "begin:vcard\r\n", "text/vcard")
    C("mail", "Subject: x\r\nMIME-Version: 1.0\r\n\r\n", "message/rfc822")
    C("mail with its way first", "Received: from a by b\r\n", "message/rfc822")
    C("text that begins like a mail", "Subject: the weather\r\n\r\nfine", "")
    C("OpenPGP message", "-----BEGIN PGP MESSAGE-----\r\n", "application/pgp-encrypted")
};

static char *answer(const struct sniffed *found)
{
    char *text = malloc(128);

    snprintf(text, 128, "%s%s", found->type ? found->type : "", found->encrypted ? "!" : "");
    return text;
}

static char *run_sniff(void *ctx, struct span input, size_t cut)
{
    static struct sniff s;
    size_t at = 0;
    struct span piece;

    (void)ctx;
    sniff_begin(&s);
    while ((piece = split_next(input, cut, &at)).n)
        sniff_push(&s, piece);
    sniff_end(&s);
    return answer(&s.found);
}

static void expect(const char *name, struct span bytes, const char *type)
{
    char *text = split_check(name, run_sniff, NULL, bytes);

    if (strcmp(text, type) != 0)
        fail_msg("%s: \"%s\", expected \"%s\"", name, text, type);
    free(text);
}

static void every_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(cases[i].name, span_of(cases[i].bytes, cases[i].n), cases[i].type);
}

/* The same with 8 KiB behind it: what was told by the first bytes stays. */
static void more_bytes_change_nothing(void **state)
{
    static uint8_t room[8192 + 512];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sniff s;
        char *text;

        memset(room, 'x', sizeof(room));
        memcpy(room, cases[i].bytes, cases[i].n);
        sniff_begin(&s);
        sniff_push(&s, span_of(room, sizeof(room)));
        assert_true(s.done);
        sniff_end(&s);
        text = answer(&s.found);
        if (strcmp(text, cases[i].type) != 0)
            fail_msg("%s: \"%s\", expected \"%s\"", cases[i].name, text, cases[i].type);
        free(text);
    }
}

static void disk_images_say_so_behind_32_kib(void **state)
{
    static uint8_t disk[SNIFF_ISO_END];

    (void)state;
    memcpy(disk + SNIFF_ISO, "CD001", 5);
    expect("ISO 9660", span_of(disk, sizeof(disk)), "application/x-iso9660-image");
    expect("ISO 9660, cut", span_of(disk, sizeof(disk) - 1), "");
    disk[510] = 0x55;
    disk[511] = 0xaa;
    expect("ISO 9660 that starts a computer", span_of(disk, sizeof(disk)), "application/x-iso9660-image");
    disk[SNIFF_ISO] = 'X';
    expect("disk image", span_of(disk, sizeof(disk)), "application/x-raw-disk-image");
    expect("one sector", span_of(disk, 512), "application/x-raw-disk-image");
}

static void a_page_may_begin_late(void **state)
{
    static uint8_t page[LIMIT_SNIFF_BYTES + 16];

    (void)state;
    memset(page, ' ', sizeof(page));
    memcpy(page + 2000, "<html>", 6);
    expect("behind 2,000 blanks", span_of(page, sizeof(page)), "text/html");
    memset(page, ' ', sizeof(page));
    memcpy(page + LIMIT_SNIFF_BYTES, "<html>", 6);
    expect("behind more than is looked at", span_of(page, sizeof(page)), "");
}

static void what_a_gap_left_out_is_not_guessed(void **state)
{
    struct sniff s;

    (void)state;
    sniff_begin(&s);
    sniff_push(&s, SPAN("%PDF"));
    sniff_gap(&s);
    sniff_push(&s, SPAN("-1.4\n"));
    sniff_end(&s);
    assert_null(s.found.type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
        cmocka_unit_test(more_bytes_change_nothing),
        cmocka_unit_test(disk_images_say_so_behind_32_kib),
        cmocka_unit_test(a_page_may_begin_late),
        cmocka_unit_test(what_a_gap_left_out_is_not_guessed),
    };

    return cmocka_run_group_tests_name("sniff", tests, NULL, NULL);
}
