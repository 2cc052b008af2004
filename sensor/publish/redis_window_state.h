/* SPDX-License-Identifier: Apache-2.0 */
/* redis_window_state: what redis_window and redis_resync share. */
#ifndef MXTAP_PUBLISH_REDIS_WINDOW_STATE_H
#define MXTAP_PUBLISH_REDIS_WINDOW_STATE_H

#include "sensor/publish/redis_window.h"

/* The first batch from s on whose step for the bucket is queued. */
struct sealed *window_first_queued(struct sealed *s, unsigned bucket);
/* Takes the batch that *at points to out of the list and frees it. */
void window_take_out(struct window *w, struct sealed **at);
/* True where the batch's last open step is closed by it. unsent is not looked after. */
bool window_set_state(struct window *w, struct sealed_step *step, enum redis_step_state state);
/* Its records are counted as lost. */
void window_set_overlaps(struct window *w, struct sealed *s);

#endif
