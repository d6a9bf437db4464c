# SPDX-License-Identifier: Apache-2.0
"""Holds what a service told to the types that its record says, so that nonsense goes no further than here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")

PLAIN = frozenset({str, int, float, bool, type(None)})


def validated(record: Record) -> Record:
    """The record itself; raises TypeError if a field of it, or of a record within, is not what it says."""
    if is_dataclass(record):
        for name, hints in _checked_fields(type(record)).items():
            value = getattr(record, name)
            if not any(matches(value, hint) for hint in hints):
                raise TypeError(f"{name} of a {type(record).__name__} is {value!r}")
            for part in value if isinstance(value, tuple) else (value,):
                validated(part)
    return record


def matches(value: object, hint: Any) -> bool:
    """Of plain types, and of collections of them; others have been made by ourselves."""
    collection = get_origin(hint)
    if collection is None:
        return isinstance(value, hint)
    parts = [part for part in get_args(hint) if part is not Ellipsis]
    if not isinstance(value, collection) or not PLAIN.issuperset(parts):
        return isinstance(value, collection)
    inside = [*value, *value.values()] if isinstance(value, Mapping) else value
    return all(isinstance(one, tuple(parts)) for one in inside)


@cache
def _checked_fields(kind: type[Any]) -> dict[str, tuple[Any, ...]]:
    """Each field's types, more than one where it may be None."""
    hints = get_type_hints(kind)
    return {field.name: union_members(hints[field.name]) for field in fields(kind)}


def union_members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
