/* SPDX-License-Identifier: Apache-2.0 */
/* header_block: fields that lie whole in a push are told from there, lines that a piece cuts are carried. */
#include "decoders/mail/header_block.h"

#include "decoders/mail/field_extent.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static void raise_anomaly(struct header_block *h, enum anomaly a)
{
    if (h->events->anomaly)
        h->events->anomaly(h->ctx, a);
}

void header_block_init(struct header_block *h, struct mem *m, const struct header_block_events *events)
{
    *h = (struct header_block){.events = events};
    buf_init(&h->line, m, LIMIT_HEADER_FIELD);
    buf_init(&h->field, m, LIMIT_HEADER_FIELD);
    buf_init(&h->leftover, m, 2 * LIMIT_HEADER_FIELD);
}

void header_block_reset(struct header_block *h, void *ctx, field_set wanted)
{
    buf_clear(&h->line);
    buf_clear(&h->field);
    buf_clear(&h->leftover);
    h->ctx = ctx;
    h->wanted = wanted;
    h->pending = (struct span){NULL, 0};
    h->bytes = 0;
    h->fields = h->strange = 0;
    h->state = HEADER_BLOCK_OPEN;
    h->has_field = h->line_cut = h->skip_line = h->skip_field = h->gapped = false;
    h->first_line = true;
}

static void count_field(struct header_block *h)
{
    if (h->fields++ == LIMIT_HEADER_FIELDS)
        raise_anomaly(h, ANOMALY_HEADER_TOO_MANY);
}

/* A field is complete. */
static void tell(struct header_block *h, enum field_name which, struct span name, struct span value)
{
    count_field(h);
    if (field_in(h->wanted, which))
        h->events->field(h->ctx, which, name, span_trim(value));
}

/* The field that is pending is complete. */
static void deliver(struct header_block *h)
{
    struct span line = h->pending.p ? h->pending : buf_span(&h->field);

    if (!h->has_field)
        return;
    h->has_field = false;
    if (h->field.truncated)
        raise_anomaly(h, ANOMALY_HEADER_TOO_LARGE);
    if (line.n && memchr(line.p, 0, line.n))
        raise_anomaly(h, ANOMALY_HEADER_NUL);
    if (line.n > h->colon && !h->field.refused) {
        struct span name = span_head(line, h->name_n);

        tell(h, field_name_find(name), name, span_from(line, h->colon + 1));
    }
    h->pending = (struct span){NULL, 0};
    buf_clear(&h->field);
}

/* The push ends, or the field goes on: what lay in the push is copied. */
static void keep_pending(struct header_block *h)
{
    if (!h->pending.p)
        return;
    buf_clear(&h->field);
    buf_add(&h->field, h->pending);
    h->pending = (struct span){NULL, 0};
}

/* Behind a hole a line that is no field may be the rest of one, or the body: our loss, not the sender's
 * oddity. */
static void raise_malformed(struct header_block *h)
{
    if (!h->gapped)
        raise_anomaly(h, ANOMALY_HEADER_MALFORMED);
}

static void end(struct header_block *h, enum header_block_state how)
{
    deliver(h);
    h->state = how;
    if (h->fields && h->strange)
        raise_malformed(h);
}

/* RFC 5322 2.2.3: the line end is removed, the blanks that begin this line stay. */
static void go_on(struct header_block *h, struct span line)
{
    if (h->skip_field)
        return;
    keep_pending(h);
    buf_add(&h->field, line);
}

/* A field begins: the one before it ends, and a line kept back was noise. */
static void end_field(struct header_block *h)
{
    if (h->has_field)
        deliver(h);
    if (h->strange) {
        raise_malformed(h);
        h->strange = 0;
        buf_clear(&h->leftover);
    }
    h->skip_field = false;
}

static void begin_field(struct header_block *h, struct span line, size_t name_n, size_t colon, bool in_place)
{
    end_field(h);
    h->name_n = name_n;
    h->colon = colon;
    h->has_field = true;
    h->pending = line;
    if (!in_place)
        keep_pending(h);
}

/* The envelope line of an mbox, sometimes sent along: "From a@b Sat ..." or ">From ...". */
static bool is_mbox_line(struct span line)
{
    return span_starts_nocase(line, SPAN("From ")) || span_starts_nocase(line, SPAN(">From "));
}

/* The body begins unannounced where the first line is no field, and at the second of two such lines. */
static void keep_back(struct header_block *h, struct span line, struct span eol)
{
    deliver(h);
    h->skip_field = true;
    if (h->first_line && is_mbox_line(line))
        return;
    buf_add(&h->leftover, line);
    buf_add(&h->leftover, eol);
    if (++h->strange == 2 || h->first_line)
        end(h, HEADER_BLOCK_ENDED);
}

/* A MIME boundary ends the block even where it would read as a field. */
static bool is_boundary(struct header_block *h, struct span line)
{
    if (!h->events->boundary || line.n < 3 || line.p[0] != '-' || line.p[1] != '-')
        return false;
    deliver(h);
    return h->events->boundary(h->ctx, line);
}

/* One line; eol is the line end that was removed. */
static void take_line(struct header_block *h, struct span line, struct span eol, bool in_place)
{
    size_t colon, name;

    if (!line.n) {
        end(h, HEADER_BLOCK_ENDED);
    } else if (is_boundary(h, line)) {
        h->bytes -= line.n + eol.n;
        end(h, HEADER_BLOCK_BOUNDARY);
    } else if (is_blank(line.p[0]) && (h->has_field || h->skip_field)) {
        go_on(h, line);
    } else if ((name = field_name_length(line, &colon))) {
        begin_field(h, line, name, colon, in_place);
    } else {
        keep_back(h, line, eol);
    }
    h->first_line = false;
}

/* s ends with LF, and is cut at the cap of a field. */
static void take_raw_line(struct header_block *h, struct span s, bool in_place)
{
    size_t n = s.n - 1;

    if (h->skip_line) {
        h->skip_line = false;
        return;
    }
    if (s.n > LIMIT_HEADER_FIELD) {
        raise_anomaly(h, ANOMALY_HEADER_TOO_LARGE);
        n = LIMIT_HEADER_FIELD - 1;
    }
    if (n && s.p[n - 1] == '\r')
        n--;
    take_line(h, span_head(s, n), span_from(s, n), in_place);
}

/* Memory was refused for a line. Whether it began a field or went on with one: what is left would be a piece. */
static void lose_line(struct header_block *h)
{
    h->has_field = false;
    h->pending = (struct span){NULL, 0};
    h->skip_field = true;
    h->first_line = false;
    buf_clear(&h->field);
    buf_clear(&h->line);
}

/* A line cut by the end of a piece; it is whole with the bytes now added. */
static void take_carried_line(struct header_block *h)
{
    if (h->line.refused) {
        lose_line(h);
        return;
    }
    if (h->line.truncated) {
        raise_anomaly(h, ANOMALY_HEADER_TOO_LARGE);
        h->line.n--;
        buf_add_byte(&h->line, '\n');
    }
    take_raw_line(h, buf_span(&h->line), false);
    buf_clear(&h->line);
}

/* The line's bytes up to its cap; beyond it only its end is waited for. */
static void carry(struct header_block *h, struct span s)
{
    if (buf_add(&h->line, s) || !h->line.refused)
        return;
    lose_line(h);
    h->skip_line = true;
}

/* The block's cap is said, not enforced: only one field is ever held, and a Content-Type behind much
 * padding still rules how the body reads. */
static void count_bytes(struct header_block *h, size_t n)
{
    bool already = h->bytes > LIMIT_HEADER_BYTES;

    h->bytes += n;
    if (!already && h->bytes > LIMIT_HEADER_BYTES)
        raise_anomaly(h, ANOMALY_HEADER_TOO_LARGE);
}

/* Whether a line that begins so, and reaches its cap, is body text and no field or folded part of one. */
static bool is_text(const struct header_block *h, struct span line)
{
    size_t colon;

    if (is_blank(line.p[0]) && (h->has_field || h->skip_field))
        return false;
    return field_name_length(line, &colon) == 0;
}

/* A line reaches its cap with s. Where it is no field, what was kept of it is the body's beginning.
 * Returns bytes of s used; 0 where the line can be taken as any other, but cut. */
static size_t take_endless_line(struct header_block *h, struct span s)
{
    size_t room = LIMIT_HEADER_FIELD - h->line.n;
    bool carried = h->line.n > 0;

    if (carried && room)
        buf_add(&h->line, span_head(s, room));
    if (is_text(h, carried ? buf_span(&h->line) : s)) {
        buf_add(&h->leftover, carried ? buf_span(&h->line) : span_head(s, room));
        h->strange++;
        end(h, HEADER_BLOCK_ENDED);
        return room;
    }
    h->line.truncated = carried;
    return carried ? room : 0;
}

/* Takes s, which is (the rest of) one line if ended; returns bytes used. */
static size_t take_piece(struct header_block *h, struct span s, bool ended)
{
    size_t used = 0;
    bool full = h->line.n + s.n > LIMIT_HEADER_FIELD && !h->skip_line && !h->line.truncated;

    if (full)
        used = take_endless_line(h, s);
    count_bytes(h, used ? used : s.n);
    if (used || h->state != HEADER_BLOCK_OPEN)
        return used;
    if (ended && !h->line.n) {
        take_raw_line(h, s, true);
        return s.n;
    }
    carry(h, s);
    if (ended && h->line.n)
        take_carried_line(h);
    else if (ended)
        h->skip_line = false;
    return s.n;
}

/* Of one line no copy is made. */
static struct span unfold(struct header_block *h, struct span lines)
{
    uint8_t *to;

    if (span_find(lines, 0, '\n') + 1 >= lines.n)
        return lines;
    to = buf_room(&h->field, lines.n);
    if (to)
        h->field.n += field_unfold(lines, to);
    return buf_span(&h->field);
}

/* One that somebody wants; text is all of it. */
static void tell_whole(struct header_block *h, enum field_name which, struct span text, const struct field_extent *f)
{
    struct span value = span_from(text, f->colon + 1);

    buf_clear(&h->field);
    if (!f->one_line)
        value = unfold(h, value);
    if (!h->field.refused)
        tell(h, which, span_head(text, f->name_n), value);
    buf_clear(&h->field);
}

/* Fields whose lines, and what shows that no other line of theirs follows, lie in s. Most fields nobody reads: their lines are not looked at one by
 * one. Returns how many bytes they have; what follows goes line by line (a NUL, maybe a boundary, longer than the cap, not all there, or no field). */
static size_t take_whole_fields(struct header_block *h, struct span s)
{
    struct field_extent f;
    size_t at = 0;

    while (at < s.n && s.p[at] != '-' && field_extent(span_head(span_from(s, at), LIMIT_HEADER_FIELD), &f)) {
        struct span text = span_of(s.p + at, f.end + 1);
        enum field_name which = field_name_find(span_head(text, f.name_n));

        if (!at)
            end_field(h);
        count_bytes(h, text.n);
        if (field_in(h->wanted, which))
            tell_whole(h, which, text, &f);
        else
            count_field(h);
        at += text.n;
    }
    h->first_line &= !at;
    return at;
}

/* A line, or as much of it as there is. */
static size_t take_some(struct header_block *h, struct span s)
{
    size_t end = span_find(s, 0, '\n');
    bool ended = end < s.n;

    return take_piece(h, span_head(s, end + ended), ended);
}

size_t header_block_push(struct header_block *h, struct span bytes)
{
    size_t at = 0;

    while (at < bytes.n && h->state == HEADER_BLOCK_OPEN) {
        if (!h->line.n && !h->skip_line)
            at += take_whole_fields(h, span_from(bytes, at));
        if (at < bytes.n)
            at += take_some(h, span_from(bytes, at));
    }
    keep_pending(h);
    return at;
}

void header_block_gap(struct header_block *h)
{
    if (h->state != HEADER_BLOCK_OPEN)
        return;
    if (h->line.n && is_blank(h->line.p[0]))
        h->has_field = false;
    else
        deliver(h);
    buf_clear(&h->field);
    buf_clear(&h->line);
    h->gapped = true;
    h->skip_line = true;
    h->skip_field = true;
    h->first_line = false;
}

/* The mail ends within a line: no line end is made up, since the line may prove to be body. */
static void take_last_line(struct header_block *h)
{
    struct span line = buf_span(&h->line);
    size_t n = line.n - (line.p[line.n - 1] == '\r');

    if (h->line.truncated)
        raise_anomaly(h, ANOMALY_HEADER_TOO_LARGE);
    take_line(h, span_head(line, n), span_from(line, n), false);
    buf_clear(&h->line);
}

void header_block_finish(struct header_block *h)
{
    if (h->state != HEADER_BLOCK_OPEN)
        return;
    if (h->line.n && !h->skip_line)
        take_last_line(h);
    if (h->state == HEADER_BLOCK_OPEN)
        end(h, HEADER_BLOCK_ENDED);
}

struct span header_block_leftover(const struct header_block *h)
{
    return buf_span(&h->leftover);
}

void header_block_free(struct header_block *h)
{
    buf_free(&h->line);
    buf_free(&h->field);
    buf_free(&h->leftover);
}
