/* SPDX-License-Identifier: Apache-2.0 */
/* campaign_graph: who sends, under which names, where the links lead, and to which servers: four columns, drawn as SVG. */
#include <stdlib.h>

#include "sensor/language.h"
#include "sensor/report/page.h"

enum {
    COLUMNS = 4, NODES = 6, MORE = NODES, /* MORE: all values that have no node of their own */
    WIDTH = 1040, NODE_WIDTH = 220, GAP = (WIDTH - COLUMNS * NODE_WIDTH) / (COLUMNS - 1),
    HEAD = 22, ROW = 38, NODE_HEIGHT = 32, LETTERS = 25, LETTERS_BELOW = 30, NAME_WHOLE = 400
};

static const enum over_kind kinds[COLUMNS] = {OVER_NET, OVER_HELO, OVER_HOST, OVER_SERVER};

struct node {
    uint32_t value, mails, first; /* first: a mail that has it */
};

/* node[MORE].value: how many values stand for it. */
struct column {
    struct node node[NODES + 1];
    unsigned n;
};

struct graph {
    struct column column[COLUMNS];
    uint32_t edge[COLUMNS - 1][NODES + 1][NODES + 1];
    uint32_t edge_most;
};

/* --- counting --- */

struct tally {
    uint32_t *mails, *first, *touched; /* by value; the values with mails */
    uint32_t n;
};

static void tally(struct tally *t, uint32_t value, uint32_t mail)
{
    if (value == VALUE_NONE)
        return;
    if (!t->mails[value]++) {
        t->touched[t->n++] = value;
        t->first[value] = mail;
    }
}

/* Each member's values of a column. */
static void tally_column(const struct overview *o, const struct group *g, unsigned column, struct tally *t)
{
    for (uint32_t i = 0; i < g->mails; i++) {
        uint32_t number = grouping_taken(o->grouping, g->members[i]);
        const struct over_mail *m = &o->mails[number];

        if (column < 2)
            tally(t, m->value[kinds[column]], number);
        for (unsigned l = 0; column >= 2 && l < m->links_n; l++)
            tally(t, column == 2 ? o->links[m->links + l].host : o->links[m->links + l].server, number);
    }
}

static bool before(const struct node *a, const struct node *b)
{
    return a->mails != b->mails ? a->mails > b->mails : a->value < b->value;
}

/* The column's nodes, most mails first; the rest is one node. */
static void choose(struct column *c, const struct tally *t)
{
    for (uint32_t i = 0; i < t->n; i++) {
        struct node now = {t->touched[i], t->mails[t->touched[i]], t->first[t->touched[i]]};

        for (unsigned k = 0; k < c->n; k++)
            if (before(&now, &c->node[k])) {
                struct node x = c->node[k];

                c->node[k] = now;
                now = x;
            }
        if (c->n < NODES) {
            c->node[c->n++] = now;
        } else {
            c->node[MORE].value++;
            c->node[MORE].mails += now.mails;
        }
    }
}

static bool fill(const struct overview *o, const struct group *g, struct graph *x)
{
    for (unsigned c = 0; c < COLUMNS; c++) {
        size_t n = (size_t)o->values[kinds[c]].n + 1;
        struct tally t = {calloc(n, sizeof(uint32_t)), calloc(n, sizeof(uint32_t)), calloc(n, sizeof(uint32_t)), 0};
        bool ok = t.mails && t.first && t.touched;

        if (ok) {
            tally_column(o, g, c, &t);
            choose(&x->column[c], &t);
        }
        free(t.mails);
        free(t.first);
        free(t.touched);
        if (!ok)
            return false;
    }
    return true;
}

static unsigned place(const struct column *c, uint32_t value)
{
    unsigned i = 0;

    while (i < c->n && c->node[i].value != value)
        i++;
    return i < c->n ? i : MORE;
}

static void join(struct graph *x, unsigned column, uint32_t from, uint32_t to)
{
    uint32_t *e;

    if (from == VALUE_NONE || to == VALUE_NONE)
        return;
    e = &x->edge[column][place(&x->column[column], from)][place(&x->column[column + 1], to)];
    if (++*e > x->edge_most)
        x->edge_most = *e;
}

static void join_all(const struct overview *o, const struct group *g, struct graph *x)
{
    for (uint32_t i = 0; i < g->mails; i++) {
        const struct over_mail *m = &o->mails[grouping_taken(o->grouping, g->members[i])];

        join(x, 0, m->value[OVER_NET], m->value[OVER_HELO]);
        for (unsigned l = 0; l < m->links_n; l++) {
            join(x, 1, m->value[OVER_HELO], o->links[m->links + l].host);
            join(x, 2, o->links[m->links + l].host, o->links[m->links + l].server);
        }
    }
}

/* --- drawing --- */

/* An empty column has a line that says so. */
static unsigned rows_of(const struct column *c)
{
    return c->n ? c->n + (c->node[MORE].value > 0) : 1;
}

/* Columns stand in the middle of the highest one. */
static double top_of(const struct graph *x, unsigned column, unsigned row)
{
    unsigned most = 1;

    for (unsigned c = 0; c < COLUMNS; c++)
        most = rows_of(&x->column[c]) > most ? rows_of(&x->column[c]) : most;
    return HEAD + ROW * (row + (most - rows_of(&x->column[column])) / 2.0);
}

static unsigned left_of(unsigned column)
{
    return column * (NODE_WIDTH + GAP);
}

static void draw_edges(struct page *p, const struct graph *x)
{
    for (unsigned c = 0; c + 1 < COLUMNS; c++)
        for (unsigned a = 0; a <= MORE; a++)
            for (unsigned b = 0; b <= MORE; b++) {
                uint32_t mails = x->edge[c][a][b];
                unsigned row_a = a == MORE ? x->column[c].n : a, row_b = b == MORE ? x->column[c + 1].n : b;
                unsigned from = left_of(c) + NODE_WIDTH, to = left_of(c + 1), bend = GAP / 2;
                double ya = top_of(x, c, row_a) + NODE_HEIGHT / 2.0, yb = top_of(x, c + 1, row_b) + NODE_HEIGHT / 2.0;

                if (mails)
                    html_rawf(&p->h, "<path class=\"e\" stroke-width=\"%.1f\" d=\"M%u %.1fC%u %.1f %u %.1f %u %.1f\"/>\n",
                              1.5 + 4.5 * (mails - 1) / x->edge_most, from, ya, from + bend, ya, to - bend, yb, to, yb);
            }
}

/* What stands below a node's name. */
static struct span below(const struct overview *o, unsigned column, const struct node *n)
{
    return column ? span_of(NULL, 0) : over_mail_text(o, &o->mails[n->first], OVER_OWNER);
}

/* A link's host cannot be followed, here neither. */
static struct span name_of(struct page *p, unsigned column, const struct node *n)
{
    struct span text = over_text(p->o, kinds[column], n->value);

    if (column != 2)
        return text;
    buf_clear(&p->scratch);
    defang(&p->scratch, text);
    return buf_span(&p->scratch);
}

static void draw_node(struct page *p, const struct graph *x, unsigned column, unsigned row)
{
    const struct node *n = &x->column[column].node[row];
    double top = top_of(x, column, row);
    struct span more = below(p->o, column, n), name = name_of(p, column, n);

    html_raw(&p->h, "<g><title>");
    html_svg_text(&p->h, name, NAME_WHOLE);
    html_rawf(&p->h, "</title><rect class=\"n\" x=\"%u\" y=\"%.1f\" width=\"%u\" height=\"%u\" rx=\"3\"/>"
              "<text x=\"%u\" y=\"%.1f\">", left_of(column), top, (unsigned)NODE_WIDTH, (unsigned)NODE_HEIGHT,
              left_of(column) + 8, top + (more.n ? 13.5 : 20.5));
    if (column == 1 || column == 2)
        html_svg_host(&p->h, name, LETTERS);
    else
        html_svg_text(&p->h, name, LETTERS);
    html_rawf(&p->h, "</text><text class=\"c\" x=\"%u\" y=\"%.1f\">%u</text>", left_of(column) + NODE_WIDTH - 8,
              top + (more.n ? 13.5 : 20.5), n->mails);
    if (more.n) {
        html_rawf(&p->h, "<text class=\"s\" x=\"%u\" y=\"%.1f\">", left_of(column) + 8, top + 26.5);
        html_svg_text(&p->h, more, LETTERS_BELOW);
        html_raw(&p->h, "</text>");
    }
    html_raw(&p->h, "</g>\n");
}

static void draw_more(struct page *p, const struct graph *x, unsigned column)
{
    const struct column *c = &x->column[column];
    double top = top_of(x, column, c->n);

    if (!c->node[MORE].value)
        return;
    html_rawf(&p->h, "<g><rect class=\"n o\" x=\"%u\" y=\"%.1f\" width=\"%u\" height=\"%u\" rx=\"3\"/><text x=\"%u\" y=\"%.1f\">",
              left_of(column), top, (unsigned)NODE_WIDTH, (unsigned)NODE_HEIGHT, left_of(column) + 8, top + 20.5);
    html_say(&p->h, _("%u more"), c->node[MORE].value);
    html_rawf(&p->h, "</text><text class=\"c\" x=\"%u\" y=\"%.1f\">%u</text></g>\n", left_of(column) + NODE_WIDTH - 8, top + 20.5,
              c->node[MORE].mails);
}

static void draw_column(struct page *p, const struct graph *x, unsigned column)
{
    static const struct {
        const char *title, *empty;
    } words[COLUMNS] = {{N_("sender networks"), N_("none seen")},
                        {N_("HELO names"), N_("none seen")},
                        {N_("link hosts"), N_("no link seen")},
                        {N_("their servers"), N_("not looked up (--dns)")}};

    html_rawf(&p->h, "<text class=\"h\" x=\"%u\" y=\"12\">", left_of(column));
    html_say(&p->h, "%s", _(words[column].title));
    html_raw(&p->h, "</text>\n");
    for (unsigned i = 0; i < x->column[column].n; i++)
        draw_node(p, x, column, i);
    draw_more(p, x, column);
    if (x->column[column].n)
        return;
    html_rawf(&p->h, "<text class=\"s\" x=\"%u\" y=\"%.1f\">", left_of(column), top_of(x, column, 0) + 20.5);
    html_say(&p->h, "%s", column == 3 && !x->column[2].n ? "–" : _(words[column].empty));
    html_raw(&p->h, "</text>\n");
}

static unsigned height_of(const struct graph *x)
{
    unsigned most = 1;

    for (unsigned c = 0; c < COLUMNS; c++)
        most = rows_of(&x->column[c]) > most ? rows_of(&x->column[c]) : most;
    return HEAD + most * ROW;
}

void campaign_graph(struct page *p, uint32_t campaign)
{
    const struct group *g = &p->o->groups[campaign];
    struct graph *x = calloc(1, sizeof(*x));

    if (!x || !fill(p->o, g, x)) {
        p->no_memory = true;
        free(x);
        return;
    }
    join_all(p->o, g, x);
    html_rawf(&p->h, "<div class=\"graph\" tabindex=\"0\" role=\"group\" aria-labelledby=\"g%u\">"
              "<svg viewBox=\"0 0 %u %u\" role=\"img\" aria-labelledby=\"g%u\"><title id=\"g%u\">", campaign + 1, (unsigned)WIDTH,
              height_of(x), campaign + 1, campaign + 1);
    html_say(&p->h, _("Campaign %u: %u networks, %u HELO names, %u link hosts, %u servers"), campaign + 1,
             x->column[0].n + x->column[0].node[MORE].value, x->column[1].n + x->column[1].node[MORE].value,
             x->column[2].n + x->column[2].node[MORE].value, x->column[3].n + x->column[3].node[MORE].value);
    html_raw(&p->h, "</title>\n");
    draw_edges(p, x);
    for (unsigned c = 0; c < COLUMNS; c++)
        draw_column(p, x, c);
    html_raw(&p->h, "</svg></div>\n");
    free(x);
}
