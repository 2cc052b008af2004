/* SPDX-License-Identifier: Apache-2.0 */
/* sniff_binary: a table of the bytes that files begin with, and the few types that need a second look. */
#include "decoders/mail/sniff.h"

/* Types are those of IANA or, where it has none, of file(1). */
struct magic {
    uint16_t at;
    uint8_t n;
    const char *bytes, *type;
};

/* M: at, bytes, type. */
#define MAGICS(M) \
    /* programs */ \
    M(0, "\x7f" "ELF", "application/x-elf") \
    M(0, "\xfe\xed\xfa\xce", "application/x-mach-binary") \
    M(0, "\xfe\xed\xfa\xcf", "application/x-mach-binary") \
    M(0, "\xce\xfa\xed\xfe", "application/x-mach-binary") \
    M(0, "\xcf\xfa\xed\xfe", "application/x-mach-binary") \
    M(0, "\0asm", "application/wasm") \
    M(0, "\x4c\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", "application/x-ms-shortcut") \
    M(0, "ITSF\3\0\0\0", "application/x-chm") \
    /* documents */ \
    M(0, "%PDF-", "application/pdf") \
    M(0, "%!PS", "application/postscript") \
    M(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage") \
    M(0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "application/onenote") \
    M(0, "\x78\x9f\x3e\x22", "application/vnd.ms-tnef") \
    M(0, "!BDN", "application/vnd.ms-outlook") \
    M(0, "AT&TFORM", "image/vnd.djvu") \
    M(0, "SQLite format 3\0", "application/vnd.sqlite3") \
    /* archives and images of disks */ \
    M(0, "PK\5\6", "application/zip") \
    M(0, "PK\7\10PK\3\4", "application/zip") \
    M(0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed") \
    M(0, "\x1f\x8b\x08", "application/gzip") \
    M(0, "\xfd" "7zXZ\0", "application/x-xz") \
    M(0, "\x28\xb5\x2f\xfd", "application/zstd") \
    M(0, "\x04\x22\x4d\x18", "application/x-lz4") \
    M(0, "LZIP", "application/lzip") \
    M(0, "\x1f\x9d\x90", "application/x-compress") \
    M(0, "MSCF\0\0\0\0", "application/vnd.ms-cab-compressed") \
    M(0, "MSWIM\0\0\0", "application/x-ms-wim") \
    M(7, "**ACE**", "application/x-ace") \
    M(257, "ustar", "application/x-tar") \
    M(0, "!<arch>\ndebian", "application/vnd.debian.binary-package") \
    M(0, "!<arch>\n", "application/x-archive") \
    M(0, "\xed\xab\xee\xdb", "application/x-rpm") \
    M(0, "xar!", "application/x-xar") \
    M(0, "conectix", "application/x-vhd") \
    M(0, "vhdxfile", "application/x-vhdx") \
    M(0, "KDMV", "application/x-vmdk") \
    /* pictures */ \
    M(0, "\x89PNG\r\n\x1a\n", "image/png") \
    M(0, "\xff\xd8\xff", "image/jpeg") \
    M(0, "GIF87a", "image/gif") \
    M(0, "GIF89a", "image/gif") \
    M(8, "WEBPVP", "image/webp") \
    M(0, "II*\0", "image/tiff") \
    M(0, "MM\0*", "image/tiff") \
    M(0, "8BPS", "image/vnd.adobe.photoshop") \
    M(0, "\0\0\0\x0cJXL \r\n\x87\n", "image/jxl") \
    M(0, "\0\0\0\x0cjP  \r\n\x87\n", "image/jp2") \
    /* sound and film */ \
    M(0, "ID3", "audio/mpeg") \
    M(0, "OggS", "application/ogg") \
    M(0, "fLaC", "audio/flac") \
    M(0, "MThd", "audio/midi") \
    M(0, "#!AMR", "audio/amr") \
    M(8, "WAVEfmt ", "audio/x-wav") \
    M(8, "AVI LIST", "video/x-msvideo") \
    M(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf") \
    M(0, "FLV\1", "video/x-flv") \
    M(0, "\0\0\1\xba", "video/mpeg") \
    /* fonts */ \
    M(0, "wOFF", "font/woff") \
    M(0, "wOF2", "font/woff2") \
    M(0, "OTTO\0", "font/otf") \
    M(0, "ttcf\0", "font/collection")

#define ROW(at, bytes, type) {at, sizeof(bytes) - 1, bytes, type},
static const struct magic table[] = {MAGICS(ROW)};
#undef ROW

/* Whether one of them may be there: what most texts begin with is the first byte of none. */
#define FRONT(at, bytes, type) || (!(at) && c == (uint8_t)(bytes)[0])
#define BEHIND(at, bytes, type) || ((at) && s.p[at] == (uint8_t)(bytes)[0])
static bool may_have_magic(struct span s)
{
    uint8_t c = s.n ? s.p[0] : 0;

    return s.n < SNIFF_FIRST || (false MAGICS(FRONT)) || (false MAGICS(BEHIND));
}
#undef FRONT
#undef BEHIND

static const char *of_magic(struct span s)
{
    for (unsigned i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const struct magic *m = &table[i];

        if (s.n >= m->at + m->n && s.p[m->at] == (uint8_t)m->bytes[0] && !memcmp(s.p + m->at, m->bytes, m->n))
            return m->type;
    }
    return NULL;
}

static uint32_t le16(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
    return le16(p) | le16(p + 2) << 16;
}

/* DOS and Windows programs: two letters are too few, so there must be bytes that no text has: the length of a page,
 * or (Windows reads nothing else of the old header) a place of the new header below 16 MiB. */
static const char *of_mz(struct span s)
{
    if (s.n < 28 || s.p[0] != 'M' || s.p[1] != 'Z')
        return NULL;
    return s.p[3] < 2 || (s.n >= 64 && !s.p[63]) ? "application/x-dosexec" : NULL;
}

static const char *of_lha(struct span s)
{
    return s.n > 21 && s.p[2] == '-' && s.p[3] == 'l' && (s.p[4] == 'h' || s.p[4] == 'z') && s.p[6] == '-'
               ? "application/x-lzh-compressed" : NULL;
}

/* The length of its first header, and that of the part of it which all versions have. */
static const char *of_arj(struct span s)
{
    return s.n > 30 && s.p[0] == 0x60 && s.p[1] == 0xea && le16(s.p + 2) <= 2600 && s.p[4] >= 30 && s.p[4] < 64
               ? "application/x-arj" : NULL;
}

/* A Java class and a program for several processors share their first word; a class says its version next. */
static const char *of_cafebabe(struct span s)
{
    if (s.n < 8 || be32(s.p) != 0xcafebabe)
        return NULL;
    return be32(s.p + 4) < 40 ? "application/x-mach-binary" : "application/x-java-applet";
}

static const char *of_bmp(struct span s)
{
    static const uint8_t headers[] = {12, 40, 52, 56, 64, 108, 124};

    if (s.n < 18 || s.p[0] != 'B' || s.p[1] != 'M')
        return NULL;
    for (unsigned i = 0; i < sizeof(headers); i++)
        if (le32(s.p + 14) == headers[i])
            return "image/bmp";
    return NULL;
}

/* Icons and cursors: how many, and a first one whose reserved byte is zero and whose data lie behind the list. */
static const char *of_icon(struct span s)
{
    uint32_t n;

    if (s.n < 22 || le16(s.p) != 0 || (le16(s.p + 2) != 1 && le16(s.p + 2) != 2))
        return NULL;
    n = le16(s.p + 4);
    if (!n || n > 256 || s.p[9] || le32(s.p + 18) < 6 + 16 * n)
        return NULL;
    return le16(s.p + 2) == 1 ? "image/vnd.microsoft.icon" : "image/x-win-bitmap";
}

/* MPEG audio, layer III: sync, a bit rate and a sampling rate that exist. UTF-16's mark FF FE is another layer. */
static const char *of_mp3(struct span s)
{
    if (s.n < 4 || s.p[0] != 0xff || (s.p[1] & 0xe6) != 0xe2 || (s.p[1] & 0x18) == 0x08)
        return NULL;
    return s.p[2] >> 4 != 15 && s.p[2] >> 4 != 0 && (s.p[2] >> 2 & 3) != 3 ? "audio/mpeg" : NULL;
}

/* ISO base media (ISO/IEC 14496-12 4.3): the brand tells film from sound from pictures. */
static const char *of_ftyp(struct span s)
{
    static const struct {
        const char *brand, *type;
    } brands[] = {{"M4A", "audio/mp4"},   {"qt  ", "video/quicktime"}, {"heic", "image/heic"}, {"heix", "image/heic"},
                  {"mif1", "image/heif"}, {"avif", "image/avif"},      {"3g", "video/3gpp"}};

    if (s.n < 12 || memcmp(s.p + 4, "ftyp", 4) != 0)
        return NULL;
    for (unsigned i = 0; i < sizeof(brands) / sizeof(*brands); i++)
        if (!memcmp(s.p + 8, brands[i].brand, strlen(brands[i].brand)))
            return brands[i].type;
    return "video/mp4";
}

static const char *of_matroska(struct span s)
{
    if (s.n < 4 || be32(s.p) != 0x1a45dfa3)
        return NULL;
    return span_find_span(span_head(s, 64), 0, SPAN("webm")) < (s.n < 64 ? s.n : 64) ? "video/webm" : "video/x-matroska";
}

static const char *of_bzip2(struct span s)
{
    if (s.n < 10 || memcmp(s.p, "BZh", 3) != 0 || s.p[3] < '1' || s.p[3] > '9')
        return NULL;
    return !memcmp(s.p + 4, "1AY&SY", 6) || !memcmp(s.p + 4, "\x17\x72\x45\x38\x50\x90", 6) ? "application/x-bzip2" : NULL;
}

static const char *of_flash(struct span s)
{
    bool mark = s.n > 8 && (s.p[0] == 'F' || s.p[0] == 'C' || s.p[0] == 'Z') && s.p[1] == 'W' && s.p[2] == 'S';

    return mark && s.p[3] && s.p[3] < 64 ? "application/x-shockwave-flash" : NULL;
}

/* TrueType: few tables, and the greatest power of two among them counted right behind. */
static const char *of_sfnt(struct span s)
{
    unsigned tables, power = 1;

    if (s.n < 12 || be32(s.p) != 0x00010000)
        return NULL;
    tables = (unsigned)s.p[4] << 8 | s.p[5];
    while (power * 2 <= tables && power < 64)
        power *= 2;
    return tables && tables < 64 && ((unsigned)s.p[6] << 8 | s.p[7]) == power * 16 ? "font/sfnt" : NULL;
}

/* CMS (RFC 5652): a SEQUENCE that begins with the object identifier of signed or enveloped data. */
static const char *of_cms(struct span s)
{
    static const uint8_t id[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7};
    size_t length;

    if (s.n < 20 || s.p[0] != 0x30)
        return NULL;
    length = s.p[1] & 0x80 ? 2u + (s.p[1] & 7) : 2;
    return !memcmp(s.p + length, id, sizeof(id)) ? "application/pkcs7-mime" : NULL;
}

/* RAR 4: in the archive's header 0x80 says that names are hidden too, in a file's 0x04 that it is. RAR 5: then the
 * first block is the one of encryption, type 4. */
static struct sniffed of_rar(struct span s)
{
    struct sniffed rar = {"application/x-rar", false};

    if (s.n < 8 || memcmp(s.p, "Rar!\x1a\x07", 6) != 0)
        return (struct sniffed){NULL, false};
    if (s.p[6] == 0 && s.n >= 14) {
        size_t file = 7 + le16(s.p + 12);

        rar.encrypted = (s.p[10] & 0x80) || (file + 5 <= s.n && s.p[file + 2] == 0x74 && (s.p[file + 3] & 4));
    } else if (s.p[6] == 1 && s.n >= 17) {
        size_t type = 12;

        while (type < 15 && s.p[type] & 0x80) /* the block's length comes first, seven bits a byte */
            type++;
        rar.encrypted = s.p[type + 1] == 4;
    }
    return rar;
}

struct sniffed sniff_binary(struct span s)
{
    static const char *(*const seconds[])(struct span) = {
        of_mz, of_cafebabe, of_bmp, of_icon, of_mp3, of_ftyp, of_matroska, of_bzip2, of_flash, of_lha, of_arj,
        of_sfnt, of_cms};
    struct sniffed found = of_rar(s);

    if (!found.type && may_have_magic(s))
        found.type = of_magic(s);
    for (unsigned i = 0; i < sizeof(seconds) / sizeof(*seconds) && !found.type; i++)
        found.type = seconds[i](s);
    return found;
}
