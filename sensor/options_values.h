/* SPDX-License-Identifier: Apache-2.0 */
/* options_values: words of the command line turned into numbers, sizes, ports, networks, names. */
#ifndef MXTAP_SENSOR_OPTIONS_VALUES_H
#define MXTAP_SENSOR_OPTIONS_VALUES_H

#include "decoders/base/endpoint.h"
#include "sensor/publish/recipients.h"

/* Each returns true, or false with a sentence in why that says what is wrong and what would do. */
enum { WHY = 256 };

/* Decimal digits only, least..most. */
bool value_number(const char *s, uint64_t least, uint64_t most, uint64_t *out, char why[WHY]);
/* Bytes: 4096, 64K, 64M, 2G (powers of 1024). */
bool value_size(const char *s, uint64_t least, uint64_t most, uint64_t *out, char why[WHY]);
/* 30, 30s, 15m, 12h, 30d in microseconds. */
bool value_duration(const char *s, int64_t *out_us, char why[WHY]);
/* Port numbers with commas, sorted and each once into ports[max]; "any" gives 0 of them. */
bool value_ports(const char *s, uint16_t *ports, unsigned max, unsigned *n, char why[WHY]);
/* Networks with commas, arrays in the arena; "none" gives 0 of them. */
bool value_networks(const char *s, struct arena *a, struct ip_net **out, unsigned *n,
                    char why[WHY]);
/* Names with commas, none empty; spans into s, array in the arena. */
bool value_names(const char *s, struct arena *a, struct span **out, unsigned *n, char why[WHY]);
/* [A-Za-z0-9._-]{1,64} */
bool value_label(const char *s, char why[WHY]);

/* en, ja: texts come in it from here on. */
bool value_language(const char *s, char why[WHY]);

/* full, domain, hmac, none. */
bool value_recipients(const char *s, enum recipients_mode *mode, char why[WHY]);

#endif
