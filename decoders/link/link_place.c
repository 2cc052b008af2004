/* SPDX-License-Identifier: Apache-2.0 */
/* link_place: elements and attributes that carry URLs (HTML 4, HTML 5, VML as Outlook reads it). */
#include "decoders/link/link_place.h"

#define E(name, role) {name, sizeof(name) - 1, ELEMENT_##role},
/* "v:" is VML: Outlook's buttons and backgrounds. */
static const struct element elements[] = {
    E("a", ANCHOR) E("b", INLINE) E("i", INLINE) E("p", BLOCK) E("q", OTHER) E("s", INLINE)
    E("u", INLINE) E("br", BLOCK) E("dd", BLOCK) E("dl", BLOCK) E("dt", BLOCK) E("em", INLINE)
    E("h1", BLOCK) E("h2", BLOCK) E("h3", BLOCK) E("h4", BLOCK) E("h5", BLOCK) E("h6", BLOCK)
    E("hr", BLOCK) E("li", BLOCK) E("ol", BLOCK) E("td", CELL) E("th", CELL) E("tr", BLOCK)
    E("tt", OTHER) E("ul", BLOCK) E("bdi", INLINE) E("bdo", INLINE) E("del", OTHER)
    E("div", BLOCK) E("img", OTHER) E("ins", OTHER) E("map", OTHER) E("pre", BLOCK) E("set", OTHER)
    E("svg", OTHER) E("use", OTHER) E("wbr", INLINE) E("area", OTHER) E("base", OTHER)
    E("body", BLOCK) E("form", BLOCK) E("head", OTHER) E("html", OTHER) E("link", OTHER)
    E("mark", INLINE) E("meta", OTHER) E("audio", OTHER) E("embed", OTHER) E("frame", OTHER)
    E("image", OTHER) E("input", OTHER) E("param", OTHER) E("style", OTHER) E("table", BLOCK)
    E("tbody", BLOCK) E("tfoot", BLOCK) E("thead", BLOCK) E("track", OTHER) E("video", OTHER)
    E("applet", OTHER) E("button", OTHER) E("center", BLOCK) E("footer", BLOCK)
    E("header", BLOCK) E("iframe", OTHER) E("object", OTHER) E("script", OTHER)
    E("source", OTHER) E("strike", INLINE) E("strong", INLINE) E("v:fill", OTHER)
    E("v:oval", OTHER) E("v:rect", OTHER) E("address", BLOCK) E("animate", OTHER) E("article", BLOCK)
    E("bgsound", OTHER) E("caption", CELL) E("section", BLOCK) E("v:image", OTHER)
    E("v:shape", OTHER) E("blockquote", BLOCK) E("v:imagedata", OTHER) E("v:roundrect", OTHER)
    E("v:background", OTHER)
};
#undef E

static const struct element other = {"other", 5, ELEMENT_OTHER};

struct attribute {
    const char *name;
    uint8_t n;
    enum place place;
    const char *element; /* NULL: of any; else one element, and the attribute's entry for any, if there is one,
                          * stands behind it */
};

#define A(name, element, place) {name, sizeof(name) - 1, PLACE_##place, element},
static const struct attribute attributes[] = {
    A("to", "set", ABSOLUTE) /* SVG: animation of an href */
    A("to", "animate", ABSOLUTE)
    A("alt", "img", ALT)
    A("src", NULL, URL)
    A("cite", NULL, URL)
    A("data", "object", URL)
    A("href", "base", BASE)
    A("href", NULL, URL)
    A("icon", NULL, URL)
    A("ping", NULL, LIST)
    A("style", NULL, STYLE)
    A("value", "param", ABSOLUTE)
    A("values", "animate", VALUES)
    A("from", "animate", ABSOLUTE)
    A("action", NULL, URL)
    A("dynsrc", NULL, URL)
    A("lowsrc", NULL, URL)
    A("o:href", NULL, URL) /* VML */
    A("poster", NULL, URL)
    A("srcdoc", "iframe", DOCUMENT)
    A("srcset", NULL, SRCSET)
    A("archive", NULL, LIST)
    A("classid", "object", URL)
    A("content", "meta", CONTENT)
    A("profile", "head", URL)
    A("codebase", NULL, URL)
    A("longdesc", NULL, URL)
    A("manifest", "html", URL)
    A("background", NULL, URL)
    A("formaction", NULL, URL)
    A("http-equiv", "meta", EQUIV)
    A("action-xhr", NULL, URL) /* AMP for Email */
    A("xlink:href", NULL, URL)
    A("imagesrcset", NULL, SRCSET)
};
#undef A

enum { ELEMENTS = sizeof(elements) / sizeof(*elements), ATTRIBUTES = sizeof(attributes) / sizeof(*attributes) };

static unsigned hash(struct span name)
{
    if (!name.n)
        return 0;
    return name.p[0] + 5u * name.p[name.n - 1] + 11u * name.p[name.n / 2] + 3u * (unsigned)name.n;
}

static bool is_name(struct span name, const char *text, uint8_t n)
{
    return name.n == n && bytes_eq(name.p, (const uint8_t *)text, n);
}

/* slots: n of them, a power of two, more than there are names. */
static void put(uint8_t *slots, unsigned n, const char *name, uint8_t name_n, unsigned index)
{
    unsigned i = hash(span_of(name, name_n)) & (n - 1);

    while (slots[i])
        i = (i + 1) & (n - 1);
    slots[i] = (uint8_t)(index + 1);
}

void places_init(struct places *p)
{
    _Static_assert(ELEMENTS < sizeof(p->elements) / 2, "room in the hash");
    _Static_assert(ATTRIBUTES < sizeof(p->attributes) / 2, "room in the hash");
    memset(p, 0, sizeof(*p));
    for (unsigned i = 0; i < ELEMENTS; i++)
        put(p->elements, sizeof(p->elements), elements[i].name, elements[i].n, i);
    for (unsigned i = 0; i < ATTRIBUTES; i++)
        put(p->attributes, sizeof(p->attributes), attributes[i].name, attributes[i].n, i);
}

const struct element *element_of(const struct places *p, struct span name)
{
    for (unsigned i = hash(name);; i++) {
        uint8_t slot = p->elements[i % sizeof(p->elements)];

        if (!slot)
            return &other;
        if (is_name(name, elements[slot - 1].name, elements[slot - 1].n))
            return &elements[slot - 1];
    }
}

enum place place_of(const struct places *p, const struct element *e, struct span attribute)
{
    for (unsigned i = hash(attribute);; i++) {
        uint8_t slot = p->attributes[i % sizeof(p->attributes)];
        const struct attribute *a = &attributes[slot ? slot - 1 : 0];

        if (!slot)
            return PLACE_NONE;
        if (is_name(attribute, a->name, a->n) && (!a->element || !strcmp(a->element, e->name)))
            return a->place;
    }
}
