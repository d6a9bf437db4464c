# SPDX-License-Identifier: Apache-2.0
"""Several instances at once: what was chosen for them, read from an address or a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from migration_panel.identifiers import normalize_uuid, split_ids
from migration_panel.migration_types import KINDS, Kind

# Each costs a call to look at and one to move.
MAX_INSTANCES = 50


@dataclass(frozen=True)
class Selection:
    """Each instance once, in the order of the choice."""

    instances: tuple[str, ...] = ()
    # How many more were chosen than can be taken.
    surplus: int = 0
    # What was chosen and is no ID of an instance at all.
    unreadable: tuple[str, ...] = ()
    # None until one is chosen.
    kind: Kind | None = None
    destination: str = ""
    # When an instance had changed last as the page was opened; scripts may leave it out.
    seen: Mapping[str, str] = field(default_factory=dict)


def selection_of(
    instances: Iterable[str], kind: str = "", destination: str = "", seen: Iterable[str] = ()
) -> Selection:
    """Return the selection.

    A text of ``instances`` may hold several IDs.  A text of ``seen`` holds an ID, a space and a time.
    """
    texts = [one for text in instances for one in split_ids([text]) or [text]]
    given = {text: normalize_uuid(text) for text in texts}
    known = tuple(dict.fromkeys(found for found in given.values() if found))
    return Selection(
        instances=known[:MAX_INSTANCES],
        surplus=len(known[MAX_INSTANCES:]),
        unreadable=tuple(text for text, found in given.items() if not found),
        kind=KINDS.get(kind),
        destination=destination.strip(),
        seen=dict(text.split(" ", 1) for text in seen if " " in text),
    )
