# SPDX-License-Identifier: Apache-2.0
"""Readable IDs for parametrized cases whose values pytest would only number."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, is_dataclass

from migration_panel.migration_types import Kind

# More items than these are only counted.
MAX_ITEMS = 4


def case_id(value: object) -> str | None:
    """Return the ID of a value; None for a value that pytest names itself."""
    if isinstance(value, Kind):
        return value.slug
    if isinstance(value, Mapping):
        return ",".join(f"{name}={_text(item)}" for name, item in value.items()) or "nothing"
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return f"{len(value)} items" if len(value) > MAX_ITEMS else "+".join(map(_text, value)) or "none"
    names = (getattr(value, name, None) for name in ("code", "name", "id"))
    name = next((name for name in names if isinstance(name, str)), None)
    return "+".join(map(_text, astuple(value))) if name is None and is_dataclass(value) else name


def _text(value: object) -> str:
    return case_id(value) or str(value)


def numbered(names: Iterable[str]) -> list[str]:
    """Return one ID for each name: a repeated name gets a number."""
    seen: Counter[str] = Counter()
    ids = []
    for name in names:
        seen[name] += 1
        ids.append(f"{name} {seen[name]}" if seen[name] > 1 else name)
    return ids
