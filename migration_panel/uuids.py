# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterable
from uuid import UUID

# Without JavaScript, a form has one field per instance, and Django refuses forms with more than a thousand fields.
MOST_FIELDS = 900


def as_uuid(text: str) -> str | None:
    """As Nova writes it, whatever its spelling; None for what is none."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def split_ids(values: Iterable[str]) -> list[str]:
    """Return the IDs in all fields of one name, each once.  A field may hold several, separated by spaces or commas."""
    return list(dict.fromkeys(one for value in values for one in value.replace(",", " ").split()))
