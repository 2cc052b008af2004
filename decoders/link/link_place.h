/* SPDX-License-Identifier: Apache-2.0 */
/* link_place: the table of places where HTML keeps URLs. */
#ifndef MXTAP_LINK_LINK_PLACE_H
#define MXTAP_LINK_LINK_PLACE_H

#include "decoders/base/bytes.h"

/* What an attribute's value is. */
enum place {
    PLACE_NONE,
    PLACE_URL,
    PLACE_ABSOLUTE,     /* a URL where it begins with a scheme, else a number, a colour ... */
    PLACE_VALUES,       /* such, separated by semicolons */
    PLACE_BASE,         /* base href */
    PLACE_SRCSET,       /* URLs with descriptors, comma-separated */
    PLACE_LIST,         /* URLs separated by spaces (ping, archive) */
    PLACE_STYLE,        /* CSS */
    PLACE_CONTENT,      /* of meta: a URL when http-equiv is refresh */
    PLACE_EQUIV,        /* http-equiv */
    PLACE_ALT,          /* text that stands for an image */
    PLACE_SCRIPT,       /* of any on... attribute */
    PLACE_DOCUMENT      /* a whole HTML document: iframe srcdoc */
};

/* What an element does to the text around it. */
enum element_role {
    ELEMENT_OTHER,  /* ends a URL in running text: a program that makes links looks at one text node */
    ELEMENT_INLINE, /* a URL may go on through it: emphasis, search marks, wbr */
    ELEMENT_BLOCK,  /* shows as white space in an anchor's text */
    ELEMENT_CELL,   /* so does this, and no anchor reaches over its border */
    ELEMENT_ANCHOR  /* a */
};

struct element {
    const char *name; /* static: tag of a link in the record */
    uint8_t n;        /* its length */
    enum element_role role;
};

/*
 * Both tables, hashed: every tag and attribute of a mail asks. Built once per owner (decoders hold no
 * globals). A slot holds 1 + an index into the table, 0 where it is free.
 */
struct places {
    uint8_t elements[256];
    uint8_t attributes[256];
};

void places_init(struct places *p);

/* Never NULL; the element of unknown names is called "other". name: lower case. */
const struct element *element_of(const struct places *p, struct span name);

/* attribute: lower case. */
enum place place_of(const struct places *p, const struct element *e, struct span attribute);

#endif
