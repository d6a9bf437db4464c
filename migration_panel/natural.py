# SPDX-License-Identifier: Apache-2.0
"""The order in which names of hosts are shown."""

import re

NUMBER = re.compile(r"(\d+)")


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sorting key that takes numbers within names by their value: compute-2 comes before compute-10."""
    # \d takes digits of every script, which int reads just as well.
    parts = NUMBER.split(name.casefold())
    return [(0, int(part), "") if index % 2 else (1, 0, part) for index, part in enumerate(parts) if part]
