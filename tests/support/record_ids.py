# SPDX-License-Identifier: Apache-2.0
"""IDs of parametrized cases whose values are records: ``pytest.mark.parametrize(…, ids=record_id)``."""

from dataclasses import fields, is_dataclass
from typing import Any

from migration_panel.api.models import Migration, Server
from tests.support.host_records import HOST, START


def record_id(value: Any) -> str | None:
    """Return a short text for a record or for a collection of records; None to let pytest choose the ID."""
    if isinstance(value, Migration):
        seconds = (value.created_at - START).total_seconds() if value.created_at else 0
        ends = "" if HOST in (value.source, value.destination) else f" from {value.source}"
        to = "" if value.destination in (HOST, "compute-02") else f" to {value.destination}"
        direction = " back" if value.destination == HOST else ""
        return f"{value.type} {value.status}{direction}{ends}{to} at {seconds:g} s"
    if isinstance(value, Server):
        memory = "" if value.memory_mib else "of unknown size"
        return " ".join(filter(None, (value.name, value.vm_state, value.task_state, memory)))
    if isinstance(value, dict):
        return " ".join(f"{name}={_text(item)}" for name, item in value.items()) or "unchanged"
    if isinstance(value, (list, tuple, frozenset)):
        return " + ".join(map(_text, value)) or "none"
    if is_dataclass(value) and not isinstance(value, type):
        values = {field.name: getattr(value, field.name) for field in fields(value)}
        changed = {field.name for field in fields(value) if values[field.name] != field.default}
        return " ".join(f"{name}={_text(values[name])}" for name in values if name in changed) or "defaults"
    return None


def _text(value: Any) -> str:
    return record_id(value) or str(value)
