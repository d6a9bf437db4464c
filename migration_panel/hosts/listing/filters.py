# SPDX-License-Identifier: Apache-2.0
"""Which hosts are shown, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from migration_panel.hosts.listing.rows import HostRow, State, Usage
from migration_panel.identifiers import natural_key

# The worst first: what needs somebody should not be looked for.
SEVERITY = (State.DOWN, State.FORCED_DOWN, State.CELL_DOWN, State.UNKNOWN, State.UP)
STATES = ("enabled", "disabled", *(state.value for state in State))


def _share(usage: Usage) -> int:
    return -1 if usage.percent is None else usage.percent


SORTS: dict[str, Callable[[HostRow], Any]] = {
    "host": lambda row: natural_key(row.name),
    "state": lambda row: (SEVERITY.index(row.state), not row.disabled),
    "zone": lambda row: natural_key(row.zone),
    "instances": lambda row: -1 if row.instances is None else row.instances,
    "vcpus": lambda row: _share(row.vcpus),
    "memory": lambda row: _share(row.memory),
    "disk": lambda row: _share(row.disk),
    "moving": lambda row: row.leaving + row.arriving,
}


@dataclass(frozen=True)
class HostFilter:
    """What the reader has asked to see; all of it stands in the address."""

    text: str = ""
    zone: str = ""
    state: str = ""
    sort: str = "host"
    descending: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str]) -> HostFilter:
        """Words that are none of ours are the same as none."""
        sort = given.get("sort", "")
        column = sort.removeprefix("-")
        state = given.get("state", "")
        return cls(
            text=given.get("name", "").strip(),
            zone=given.get("zone", ""),
            state=state if state in STATES else "",
            sort=column if column in SORTS else "host",
            descending=column in SORTS and sort.startswith("-"),
        )

    def shows(self, row: HostRow) -> bool:
        return (
            self.text.casefold() in row.name.casefold()
            and self.zone in ("", row.zone)
            and self.state in ("", row.state.value, *row.marks)
        )

    def of(self, rows: Iterable[HostRow]) -> list[HostRow]:
        """Among equals by name, whatever the direction."""
        shown = sorted((row for row in rows if self.shows(row)), key=SORTS["host"])
        return sorted(shown, key=SORTS[self.sort], reverse=self.descending)

    def address(self, column: str) -> dict[str, str]:
        """The parameters that sort by a column: the other way round if it is sorted by it already."""
        turned = column == self.sort and not self.descending
        given = {"name": self.text, "zone": self.zone, "state": self.state, "sort": f"-{column}" if turned else column}
        return {name: value for name, value in given.items() if value}

    def direction(self, column: str) -> str:
        """As ``aria-sort`` has it."""
        if column != self.sort:
            return "none"
        return "descending" if self.descending else "ascending"
