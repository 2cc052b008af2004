/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_library: it brings GnuTLS and ten libraries more, a tenth of the start of every call, and few calls have --metrics. What
 * the linker would do is done by hand, so debian/control names its package by hand too. */
#include "sensor/metrics/metrics_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>

#include "sensor/language.h"

/* As its headers are: MHD_VERSION 0x0009xx00 has this name since 2014. */
static const char file[] = "libmicrohttpd.so.12";

struct metrics_library mhd;

static const struct {
    const char *name;
    size_t at; /* of mhd */
} calls[] = {
#define X(call) {"MHD_" #call, offsetof(struct metrics_library, call)},
    METRICS_CALLS(X)
#undef X
};

bool metrics_library_open(char err[METRICS_ERR])
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL), *call = library;

    for (size_t i = 0; call && i < sizeof(calls) / sizeof(*calls); i++) {
        call = dlsym(library, calls[i].name);
        memcpy((uint8_t *)&mhd + calls[i].at, &call, sizeof(call));
    }
    if (!call)
        snprintf(err, METRICS_ERR, _("--metrics: %.160s (it is in the package libmicrohttpd12)"), dlerror());
    return call;
}
