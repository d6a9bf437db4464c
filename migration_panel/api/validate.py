# SPDX-License-Identifier: Apache-2.0
"""Check the values of a record against its declared types, so that a wrong answer is an error of the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")

PLAIN = frozenset({str, int, float, bool, type(None)})

# The largest number that a database of OpenStack holds.
LARGEST = 2**63 - 1


def validated(record: Record) -> Record:
    """Return the record.  Raise TypeError if a value in it, or in a record within it, is not of the declared type.

    A number is not of its type either if it is infinite, NaN or larger than LARGEST: texts and sums would fail later.
    """
    if is_dataclass(record):
        kind: type[Any] = type(record)
        # mypy treats the class as unhashable because its records are.
        for name, hints in _checked_fields(kind).items():  # type: ignore[arg-type]
            value = getattr(record, name)
            if not (any(matches(value, hint) for hint in hints) and _is_in_range(value)):
                raise TypeError(f"{name} of a {kind.__name__} is {value!r}")
            for part in value if isinstance(value, tuple) else (value,):
                validated(part)
    return record


def matches(value: object, hint: Any) -> bool:
    """Return whether a value is of a type.  Elements of a collection are checked only for plain types."""
    collection = get_origin(hint)
    if collection is None:
        return isinstance(value, hint)
    parts = [part for part in get_args(hint) if part is not Ellipsis]
    if not isinstance(value, collection) or not PLAIN.issuperset(parts):
        return isinstance(value, collection)
    inside = [*value, *value.values()] if isinstance(value, Mapping) else value
    return all(isinstance(element, tuple(parts)) and _is_in_range(element) for element in inside)


def _is_in_range(value: object) -> bool:
    # No comparison with NaN is true.
    return not isinstance(value, (int, float)) or abs(value) <= LARGEST


@cache
def _checked_fields(kind: type[Any]) -> dict[str, tuple[Any, ...]]:
    """Return the types of each field: several types for a union."""
    hints = get_type_hints(kind)
    return {field.name: union_members(hints[field.name]) for field in fields(kind)}


def union_members(hint: Any) -> tuple[Any, ...]:
    """Return the types in a union, or the type itself."""
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
