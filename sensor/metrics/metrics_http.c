/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_http: libmicrohttpd's side: few connections, small ones, one page. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/language.h"
#include "sensor/metrics/metrics_library.h"
#include "sensor/metrics/metrics_state.h"

enum { CONNECTIONS = 16, TIMEOUT_S = 10, CONNECTION_BYTES = 16 * 1024, PAGE_MAX = 4 << 20 };

struct metrics_http {
    struct MHD_Daemon *daemon;
};

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const char *type, struct span body)
{
    struct MHD_Response *r = mhd.create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result done = MHD_NO;

    if (r && mhd.add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES)
        done = mhd.queue_response(c, status, r);
    if (r)
        mhd.destroy_response(r);
    return done;
}

static enum MHD_Result answer_metrics(struct metrics *m, struct MHD_Connection *c)
{
    const char *accept = mhd.lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    bool open_metrics = accept && strstr(accept, "application/openmetrics-text");
    enum MHD_Result done;
    struct mem mem;
    struct buf out;

    mem_init(&mem, 0);
    buf_init(&out, &mem, PAGE_MAX);
    metrics_text(m, open_metrics, &out);
    if (out.truncated)
        done = answer(c, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", SPAN("no memory\n")); /* half a page would look like zeros */
    else
        done = answer(c, MHD_HTTP_OK,
                      open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8",
                      buf_span(&out));
    buf_free(&out);
    return done;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *version,
                                  const char *upload, size_t *upload_n, void **state)
{
    static int begun;

    (void)version;
    (void)upload;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", SPAN("GET /metrics\n")); /* its body is not read */
    if (*state == NULL || *upload_n) { /* the head alone, or a body that nobody wants: the answer goes out when all is in */
        *state = &begun;
        *upload_n = 0;
        return MHD_YES;
    }
    if (strcmp(url, "/metrics") != 0)
        return answer(c, MHD_HTTP_NOT_FOUND, "text/plain", SPAN("GET /metrics\n"));
    return answer_metrics(ctx, c);
}

struct metrics_http *metrics_http_start(struct metrics *m, char err[METRICS_ERR])
{
    struct metrics_http *h = calloc(1, sizeof(*h));
    sigset_t all, before;

    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (h)
        h->daemon = mhd.start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, on_request, m, MHD_OPTION_LISTEN_SOCKET,
                                     m->fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                                     (unsigned)TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (h && h->daemon)
        return h;
    snprintf(err, METRICS_ERR, "%s", _("--metrics: the thread that answers could not be started"));
    free(h);
    return NULL;
}

void metrics_http_stop(struct metrics_http *h)
{
    if (!h)
        return;
    mhd.quiesce_daemon(h->daemon); /* the socket is ours to close */
    mhd.stop_daemon(h->daemon);
    free(h);
}
