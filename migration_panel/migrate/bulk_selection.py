# SPDX-License-Identifier: Apache-2.0
"""The user's selection of several instances, read from an address or a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from migration_panel.identifiers import normalize_uuid, split_ids
from migration_panel.migration_types import KINDS, Kind

# One call reads an instance, and another call starts its migration.
MAX_INSTANCES = 50


@dataclass(frozen=True)
class Selection:
    """The selected instances, each once, in the order of the request."""

    instances: tuple[str, ...] = ()
    # Number of instances beyond MAX_INSTANCES.
    surplus: int = 0
    # Texts that are not the ID of an instance.
    unreadable: tuple[str, ...] = ()
    # None until a type is chosen.
    kind: Kind | None = None
    destination: str = ""
    # By instance, the time of its last change when the page was opened.  Scripts may omit it.
    seen: Mapping[str, str] = field(default_factory=dict)


def parse_selection(
    instances: Iterable[str], kind: str = "", destination: str = "", seen: Iterable[str] = ()
) -> Selection:
    """Return the selection.  Invalid values are no error: the page shows them, or ignores them.

    A text of ``instances`` may hold several IDs.  A text of ``seen`` holds an ID, a space and a time.
    """
    texts = [part for text in instances for part in split_ids([text]) or [text]]
    ids = {text: normalize_uuid(text) for text in texts}
    distinct = tuple(dict.fromkeys(instance_id for instance_id in ids.values() if instance_id))
    return Selection(
        instances=distinct[:MAX_INSTANCES],
        surplus=len(distinct[MAX_INSTANCES:]),
        unreadable=tuple(text for text, instance_id in ids.items() if not instance_id),
        kind=KINDS.get(kind),
        destination=destination.strip(),
        seen=dict(text.split(" ", 1) for text in seen if " " in text),
    )
