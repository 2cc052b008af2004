# SPDX-License-Identifier: Apache-2.0
"""The stories, by what is told; importing a room registers its stories."""

from stories import dialogue, extensions, auth, charsets, content, packets, register, relay, tagged  # noqa: F401
