# SPDX-License-Identifier: Apache-2.0
"""The stories, by what is told; importing a room registers its stories."""

from stories import auth, charsets, content, dialogue, extensions  # noqa: F401
from stories import lookups, packets, register, relay, smuggling, tagged, upstream  # noqa: F401
