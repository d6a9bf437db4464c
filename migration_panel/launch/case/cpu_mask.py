# SPDX-License-Identifier: Apache-2.0
"""Nova's way of writing which of an instance's processors are meant, such as ``0-3,^2``."""

import re

PART = re.compile(r"(\^?)(\d+)(?:-(\d+))?")


def cpus_of(mask: str, count: int) -> frozenset[int]:
    """Those of ``count`` that are meant; a mask that only excludes begins with all.  None if it cannot be read."""
    parts = [PART.fullmatch(part.strip()) for part in mask.split(",")]
    if not all(parts):
        return frozenset()
    meant = set(range(count)) if mask.strip().startswith("^") else set()
    for part in filter(None, parts):
        named = set(range(int(part[2]), min(int(part[3] or part[2]), count) + 1))
        meant = meant - named if part[1] else meant | named
    return frozenset(meant & set(range(count)))
