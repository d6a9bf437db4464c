# SPDX-License-Identifier: Apache-2.0
"""Names and IDs: the order in which names are shown, UUIDs, and lists of IDs in forms."""

import re
from collections.abc import Iterable
from uuid import UUID

NUMBER = re.compile(r"(\d+)")

# Without JavaScript, a form has one field per instance, and Django refuses forms with more than a thousand fields.
MAX_FIELDS = 900


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorting key that takes numbers within names by their value: compute-2 comes before compute-10."""
    # \d takes digits of every script, which int reads just as well.
    parts = NUMBER.split(name.casefold())
    return [(0, int(part), "") if index % 2 else (1, 0, part) for index, part in enumerate(parts) if part]


def normalize_uuid(text: str) -> str | None:
    """As Nova writes it, whatever its spelling; None for what is none."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def split_ids(values: Iterable[str]) -> list[str]:
    """Return the IDs in all fields of one name, each once.  A field may hold several, separated by spaces or commas."""
    return list(dict.fromkeys(one for value in values for one in value.replace(",", " ").split()))
