# SPDX-License-Identifier: Apache-2.0
"""Check the values from the cache: another program or version may have written them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from migration_panel.api.validate import shaped

Record = TypeVar("Record")


def restored(record: type[Record], fields: object) -> Record | None:
    """Return the record with these fields, as returned by ``astuple``; None if they do not fit the record."""
    try:
        return shaped(record(*fields)) if isinstance(fields, tuple) else None
    except TypeError:
        return None


def all_restored(record: type[Record], found: Mapping[str, Any]) -> dict[str, Record]:
    """Return the values that fit the record."""
    records = {name: restored(record, fields) for name, fields in found.items()}
    return {name: one for name, one in records.items() if one is not None}
