/* SPDX-License-Identifier: Apache-2.0 */
/* redis_forms: how a batch's parts are spelled in the step's arguments; redis_step.c reads them in this order. */
#ifndef MXTAP_PUBLISH_REDIS_FORMS_H
#define MXTAP_PUBLISH_REDIS_FORMS_H

#include "sensor/publish/redis_args.h"
#include "sensor/publish/redis_batch.h"

/* Head of a kind's entities: the names of its keys, and the kinds of which they may have graph keys. */
void form_kind(struct redis_args *a, enum redis_kind k);
/* anew: its lifetime, and that of all its graph keys, begins anew, and what is known of it is written. */
void form_entity(struct redis_args *a, const struct redis_entity *e, bool anew);
/* "ip:192.0.2.1:helo" as the entity's key and the other kind. */
void form_key_and_word(struct redis_args *a, struct span key);

#endif
