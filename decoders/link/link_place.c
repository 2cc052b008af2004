/* SPDX-License-Identifier: Apache-2.0 */
/* link_place: elements and attributes that carry URLs (HTML 4, HTML 5, VML as Outlook reads it). */
#include "decoders/link/link_place.h"

/* By length, then alphabet: few comparisons each. "v:" is VML: Outlook's buttons and backgrounds. */
static const struct element elements[] = {
    {"a", ELEMENT_ANCHOR},
    {"b", ELEMENT_INLINE},
    {"i", ELEMENT_INLINE},
    {"p", ELEMENT_BLOCK},
    {"q", ELEMENT_OTHER},
    {"s", ELEMENT_INLINE},
    {"u", ELEMENT_INLINE},
    {"br", ELEMENT_BLOCK},
    {"dd", ELEMENT_BLOCK},
    {"dl", ELEMENT_BLOCK},
    {"dt", ELEMENT_BLOCK},
    {"em", ELEMENT_INLINE},
    {"h1", ELEMENT_BLOCK},
    {"h2", ELEMENT_BLOCK},
    {"h3", ELEMENT_BLOCK},
    {"h4", ELEMENT_BLOCK},
    {"h5", ELEMENT_BLOCK},
    {"h6", ELEMENT_BLOCK},
    {"hr", ELEMENT_BLOCK},
    {"li", ELEMENT_BLOCK},
    {"ol", ELEMENT_BLOCK},
    {"td", ELEMENT_CELL},
    {"th", ELEMENT_CELL},
    {"tr", ELEMENT_BLOCK},
    {"tt", ELEMENT_OTHER},
    {"ul", ELEMENT_BLOCK},
    {"bdi", ELEMENT_INLINE},
    {"bdo", ELEMENT_INLINE},
    {"del", ELEMENT_OTHER},
    {"div", ELEMENT_BLOCK},
    {"img", ELEMENT_OTHER},
    {"ins", ELEMENT_OTHER},
    {"map", ELEMENT_OTHER},
    {"pre", ELEMENT_BLOCK},
    {"svg", ELEMENT_OTHER},
    {"use", ELEMENT_OTHER},
    {"wbr", ELEMENT_INLINE},
    {"area", ELEMENT_OTHER},
    {"base", ELEMENT_OTHER},
    {"body", ELEMENT_BLOCK},
    {"form", ELEMENT_BLOCK},
    {"head", ELEMENT_OTHER},
    {"html", ELEMENT_OTHER},
    {"link", ELEMENT_OTHER},
    {"mark", ELEMENT_INLINE},
    {"meta", ELEMENT_OTHER},
    {"audio", ELEMENT_OTHER},
    {"embed", ELEMENT_OTHER},
    {"frame", ELEMENT_OTHER},
    {"image", ELEMENT_OTHER},
    {"input", ELEMENT_OTHER},
    {"param", ELEMENT_OTHER},
    {"style", ELEMENT_OTHER},
    {"table", ELEMENT_BLOCK},
    {"tbody", ELEMENT_BLOCK},
    {"tfoot", ELEMENT_BLOCK},
    {"thead", ELEMENT_BLOCK},
    {"track", ELEMENT_OTHER},
    {"video", ELEMENT_OTHER},
    {"applet", ELEMENT_OTHER},
    {"button", ELEMENT_OTHER},
    {"center", ELEMENT_BLOCK},
    {"footer", ELEMENT_BLOCK},
    {"header", ELEMENT_BLOCK},
    {"iframe", ELEMENT_OTHER},
    {"object", ELEMENT_OTHER},
    {"script", ELEMENT_OTHER},
    {"source", ELEMENT_OTHER},
    {"strike", ELEMENT_INLINE},
    {"strong", ELEMENT_INLINE},
    {"v:fill", ELEMENT_OTHER},
    {"v:oval", ELEMENT_OTHER},
    {"v:rect", ELEMENT_OTHER},
    {"address", ELEMENT_BLOCK},
    {"article", ELEMENT_BLOCK},
    {"bgsound", ELEMENT_OTHER},
    {"caption", ELEMENT_CELL},
    {"section", ELEMENT_BLOCK},
    {"v:image", ELEMENT_OTHER},
    {"v:shape", ELEMENT_OTHER},
    {"blockquote", ELEMENT_BLOCK},
    {"v:imagedata", ELEMENT_OTHER},
    {"v:roundrect", ELEMENT_OTHER},
    {"v:background", ELEMENT_OTHER},
};

static const struct element other = {"other", ELEMENT_OTHER};

static int compare(struct span name, const char *text)
{
    size_t n = strlen(text);

    if (name.n != n)
        return name.n < n ? -1 : 1;
    return memcmp(name.p, text, n);
}

const struct element *element_of(struct span name)
{
    size_t low = 0, high = sizeof(elements) / sizeof(*elements);

    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = compare(name, elements[mid].name);

        if (!order)
            return &elements[mid];
        if (order > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return &other;
}

struct attribute {
    const char *name;
    const char *element; /* NULL: of any */
    enum place place;
};

static const struct attribute attributes[] = {
    {"alt", "img", PLACE_ALT},
    {"src", NULL, PLACE_URL},
    {"cite", NULL, PLACE_URL},
    {"data", "object", PLACE_URL},
    {"href", "base", PLACE_BASE},
    {"href", NULL, PLACE_URL},
    {"icon", NULL, PLACE_URL},
    {"ping", NULL, PLACE_LIST},
    {"style", NULL, PLACE_STYLE},
    {"value", "param", PLACE_URL},
    {"action", NULL, PLACE_URL},
    {"dynsrc", NULL, PLACE_URL},
    {"lowsrc", NULL, PLACE_URL},
    {"poster", NULL, PLACE_URL},
    {"srcdoc", "iframe", PLACE_DOCUMENT},
    {"srcset", NULL, PLACE_SRCSET},
    {"archive", NULL, PLACE_LIST},
    {"classid", "object", PLACE_URL},
    {"content", "meta", PLACE_CONTENT},
    {"profile", "head", PLACE_URL},
    {"codebase", NULL, PLACE_URL},
    {"longdesc", NULL, PLACE_URL},
    {"manifest", "html", PLACE_URL},
    {"background", NULL, PLACE_URL},
    {"formaction", NULL, PLACE_URL},
    {"http-equiv", "meta", PLACE_EQUIV},
    {"xlink:href", NULL, PLACE_URL},
    {"imagesrcset", NULL, PLACE_SRCSET},
};

enum { ATTRIBUTES = sizeof(attributes) / sizeof(*attributes) };

enum place place_of(const struct element *e, struct span attribute)
{
    size_t i = 0;

    while (i < ATTRIBUTES && compare(attribute, attributes[i].name) > 0)
        i++;
    for (; i < ATTRIBUTES && !compare(attribute, attributes[i].name); i++)
        if (!attributes[i].element || !strcmp(attributes[i].element, e->name))
            return attributes[i].place;
    return PLACE_NONE;
}
