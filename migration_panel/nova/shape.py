# SPDX-License-Identifier: Apache-2.0
"""Holds what a service told to the types that its record says, so that nonsense goes no further than here."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

Record = TypeVar("Record")

PLAIN = frozenset({str, int, float, bool, type(None)})


def shaped(record: Record) -> Record:
    """The record itself; raises TypeError if one of its plain fields holds something else than it says."""
    if is_dataclass(record):
        for name, kinds in _plain_fields(type(record)).items():
            value = getattr(record, name)
            if not isinstance(value, kinds):
                raise TypeError(f"{name} of a {type(record).__name__} is {value!r}")
    return record


@cache
def _plain_fields(kind: type[Any]) -> dict[str, tuple[type, ...]]:
    hints = get_type_hints(kind)
    kinds = {field.name: get_args(hints[field.name]) or (hints[field.name],) for field in fields(kind)}
    return {name: one for name, one in kinds.items() if PLAIN.issuperset(one)}
