# SPDX-License-Identifier: Apache-2.0
"""Names and IDs: the order in which names are shown, UUIDs, and lists of IDs in forms."""

import re
from collections.abc import Iterable
from uuid import UUID

NUMBER = re.compile(r"(\d+)")

# Without JavaScript, a form has one field per instance, and Django refuses forms with more than a thousand fields.
MAX_FIELDS = 900


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts numbers within names by their value: compute-2 comes before compute-10."""
    # Both \d and int accept the digits of every script.
    parts = NUMBER.split(name.casefold())
    return [(0, int(part), "") if index % 2 else (1, 0, part) for index, part in enumerate(parts) if part]


def normalize_uuid(text: str) -> str | None:
    """Return a UUID in the spelling of Nova; None for any other text."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def split_ids(values: Iterable[str]) -> list[str]:
    """Return the IDs in all fields of one name, each once.  A field may hold several, separated by spaces or commas."""
    return list(dict.fromkeys(text for value in values for text in value.replace(",", " ").split()))
