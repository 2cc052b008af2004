/* SPDX-License-Identifier: Apache-2.0 */
/* options_redis: the options about Redis, for the table. */
#ifndef MXTAP_OPTIONS_REDIS_H
#define MXTAP_OPTIONS_REDIS_H

#include "sensor/options_table.h"

bool set_redis(struct options *o, char *value, char why[WHY]);
bool set_redis_password_file(struct options *o, char *value, char why[WHY]);
bool set_redis_ca(struct options *o, char *value, char why[WHY]);
bool set_redis_cert(struct options *o, char *value, char why[WHY]);
bool set_redis_key(struct options *o, char *value, char why[WHY]);
bool set_redis_prefix(struct options *o, char *value, char why[WHY]);
bool set_redis_recipients(struct options *o, char *value, char why[WHY]);
bool set_redis_top(struct options *o, char *value, char why[WHY]);
bool set_redis_fanout(struct options *o, char *value, char why[WHY]);
bool set_redis_entities(struct options *o, char *value, char why[WHY]);
bool set_redis_memory(struct options *o, char *value, char why[WHY]);
bool set_redis_stream_max(struct options *o, char *value, char why[WHY]);
bool set_redis_retention(struct options *o, char *value, char why[WHY]);
bool set_redis_keep(struct options *o, char *value, char why[WHY]);
bool set_spool(struct options *o, char *value, char why[WHY]);
bool set_spool_max(struct options *o, char *value, char why[WHY]);
bool set_timezone(struct options *o, char *value, char why[WHY]);
bool set_redis_wait(struct options *o, char *value, char why[WHY]);
bool set_again(struct options *o, char *value, char why[WHY]);

#endif
