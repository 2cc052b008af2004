/* SPDX-License-Identifier: Apache-2.0 */
/* entities: a stack with a cap, no memory of its own. */
#include "decoders/mail/entities.h"

bool entities_push_multipart(struct entities *e, struct span boundary, bool digest)
{
    if (e->n == LIMIT_MIME_DEPTH || boundary.n > LIMIT_MIME_BOUNDARY)
        return false;
    memcpy(e->store[e->n], boundary.p, boundary.n);
    e->text[e->n] = span_of(e->store[e->n], boundary.n);
    e->digest[e->n] = digest;
    e->n++;
    return true;
}

bool entities_push_message(struct entities *e)
{
    if (e->n == LIMIT_MIME_DEPTH)
        return false;
    e->text[e->n] = (struct span){NULL, 0};
    e->digest[e->n] = false;
    e->n++;
    return true;
}

void entities_close(struct entities *e, unsigned level)
{
    e->text[level] = (struct span){NULL, 0};
}

bool entities_pop(struct entities *e, unsigned n)
{
    bool open = false;

    while (e->n > n)
        open |= e->text[--e->n].p != NULL;
    return open;
}

bool entities_any_open(const struct entities *e, unsigned base, unsigned n)
{
    for (unsigned i = base; i < base + n; i++)
        if (e->text[i].p)
            return true;
    return false;
}
