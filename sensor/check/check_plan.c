/* SPDX-License-Identifier: Apache-2.0 */
/* check_plan: the options as sentences; and the opening of what is looked at, which decides who goes on. */
#include "sensor/check/check.h"
#include "sensor/intake/privileges.h"
#include "sensor/language.h"
#include "sensor/publish/redis_url.h"

enum { LIST = 512 };

static void join(char out[LIST], const char *const *words, unsigned n)
{
    size_t at = 0;

    out[0] = 0;
    for (unsigned i = 0; i < n && at < LIST; i++)
        at += (size_t)snprintf(out + at, LIST - at, "%s%s", i ? ", " : "", words[i]);
}

static void ports_text(char out[LIST], const struct worker_options *w)
{
    size_t at = 0;

    snprintf(out, LIST, "%s", _("any: nDPI finds SMTP"));
    for (unsigned i = 0; i < w->ports_n && at < LIST; i++)
        at += (size_t)snprintf(out + at, LIST - at, "%s%u", i ? ", " : "", w->ports[i]);
}

static void plan_input(struct said *s, const struct options *o)
{
    char names[LIST], ports[LIST];

    ports_text(ports, &o->worker);
    if (o->ifaces_n) {
        join(names, o->ifaces, o->ifaces_n);
        said(s, SAID_OK, "a capture on %s; mail ports %s", names, ports);
    } else if (o->paths_n) {
        join(names, o->paths, o->paths_n);
        said(s, SAID_OK, "a replay of %s; mail ports %s", names, ports);
    } else {
        said(s, SAID_WRONG, "nothing: no interface is named");
        said_way_out(s, o->config ? N_("interface = eth1 in the file names one; mxtap capture -D lists them")
                                  : N_("-i eth1 names one; mxtap capture -D lists them"));
    }
    if (o->filter)
        said(s, SAID_NOTE, "a filter expression is in force: what it refuses is not seen here either");
    if (o->ifaces_n && !o->worker.home_n)
        said(s, SAID_NOTE, "no --home network is named: inbound, outbound and passing mail are not told apart");
}

static void plan_output(struct said *s, const struct options *o)
{
    struct redis_url url;
    char where[LIST] = "", err[LIST];

    if (o->redis_wanted && redis_url_parse(o->redis.url, &url, err, sizeof(err)) == 0) {
        redis_url_show(&url, where, sizeof(where));
        redis_url_free(&url);
        said(s, SAID_OK, "counts go to %s, keys begin with %s", where, o->redis.prefix);
    }
    if (o->json && strcmp(o->json, "-") == 0)
        said(s, SAID_OK, "records go to standard output as JSON lines");
    else if (o->json)
        said(s, SAID_OK, "records go to %s as JSON lines", o->json);
    if (o->redis_wanted || o->json || o->summary || !o->ifaces_n)
        return;
    said(s, SAID_WRONG, "nothing would be kept: neither Redis nor a file is named");
    said_way_out(s, "--redis URL, --json FILE or both; in a configuration file redis = URL, json = FILE");
}

void check_plan(struct said *s, const struct options *o)
{
    said_title(s, N_("What would run"));
    if (o->config)
        said(s, SAID_OK, "options of %s, and those given here", o->config);
    plan_input(s, o);
    plan_output(s, o);
}

/* --- what is looked at --- */

static struct capture *interfaces_open(struct said *s, const struct options *o)
{
    const struct live_options live = {
        .ifaces = o->ifaces, .ifaces_n = o->ifaces_n, .filter = o->filter, .ports = o->worker.ports,
        .ports_n = o->worker.ports_n, .dns = o->worker.dns, .snaplen = o->snaplen, .buffer = o->buffer,
        .promiscuous = o->promiscuous};
    char err[CAPTURE_ERR] = "", names[LIST];
    int status = 0;
    struct capture *c = capture_open_live(&live, &status, err);

    join(names, o->ifaces, o->ifaces_n);
    if (c)
        said(s, SAID_OK, "%s", names);
    else
        said(s, SAID_WRONG, "%s", err);
    return c;
}

/* Who started it must not be who looks at strangers' bytes: root without that user looks at nothing. */
static bool become(struct said *s, const char *option)
{
    const char *user = NULL;
    char err[256] = "";

    if (!privileges_user(option, &user, err) || !privileges_drop(user, err)) {
        said(s, SAID_WRONG, "%s", err);
        said_way_out(s, "until then nothing is looked at: a capture would not start either");
        return false;
    }
    if (user)
        said(s, SAID_OK, "the user %s, whom a capture goes on as", user);
    return true;
}

static struct capture *files_open(struct said *s, const struct options *o)
{
    char err[CAPTURE_ERR] = "";
    int status = 0;
    struct capture *c;

    if (o->user && !become(s, o->user))
        return NULL;
    c = capture_open_files(o->paths, o->paths_n, o->filter, &status, err);
    if (!c)
        said(s, SAID_WRONG, "%s", err);
    return c;
}

struct capture *check_intake(struct said *s, const struct options *o)
{
    struct capture *c;

    if (o->paths_n)
        return files_open(s, o);
    c = o->ifaces_n ? interfaces_open(s, o) : NULL;
    if (become(s, o->user))
        return c;
    capture_free(c);
    return NULL;
}
