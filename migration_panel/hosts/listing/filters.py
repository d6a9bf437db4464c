# SPDX-License-Identifier: Apache-2.0
"""Which compute hosts the list shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migration_panel.hosts.listing.rows import HostRow, State, Usage
from migration_panel.identifiers import natural_key

if TYPE_CHECKING:
    from _typeshed import SupportsRichComparison

# The most severe state first, so that hosts that need attention are at the top.
SEVERITY = (State.DOWN, State.FORCED_DOWN, State.CELL_DOWN, State.UNKNOWN, State.UP)
STATES = ("enabled", "disabled", *(state.value for state in State))


def _percent(usage: Usage) -> int:
    return -1 if usage.percent is None else usage.percent


SORT_KEYS: dict[str, Callable[[HostRow], SupportsRichComparison]] = {
    "host": lambda row: natural_key(row.name),
    "state": lambda row: (SEVERITY.index(row.state), not row.disabled),
    "zone": lambda row: natural_key(row.zone),
    "instances": lambda row: -1 if row.instances is None else row.instances,
    "vcpus": lambda row: _percent(row.vcpus),
    "memory": lambda row: _percent(row.memory),
    "disk": lambda row: _percent(row.disk),
    "moving": lambda row: row.leaving + row.arriving,
}


@dataclass(frozen=True)
class HostFilter:
    """Filter and order of the list.  An empty text does not filter; ``sort`` is a key of SORT_KEYS."""

    name: str = ""
    zone: str = ""
    state: str = ""
    sort: str = "host"
    descending: bool = False

    @property
    def order(self) -> str:
        """Return the parameter ``sort`` of the address: the column, after a minus sign if descending."""
        return f"-{self.sort}" if self.descending else self.sort

    def matches(self, row: HostRow) -> bool:
        return (
            self.name.casefold() in row.name.casefold()
            and self.zone in ("", row.zone)
            and self.state in ("", row.state.value, row.scheduling)
        )

    def apply(self, rows: Iterable[HostRow]) -> list[HostRow]:
        """Return the matching rows in order.  Rows with equal keys are sorted by name, in ascending order."""
        matching = sorted((row for row in rows if self.matches(row)), key=SORT_KEYS["host"])
        return sorted(matching, key=SORT_KEYS[self.sort], reverse=self.descending)

    @property
    def parameters(self) -> dict[str, str]:
        """Return the query of the address of the same list."""
        parameters = {"name": self.name, "zone": self.zone, "state": self.state, "sort": self.order}
        return {name: value for name, value in parameters.items() if value}

    def query(self, column: str) -> dict[str, str]:
        """Return the query of the address that sorts by a column, in descending order if it is sorted already."""
        descending = column == self.sort and not self.descending
        return self.parameters | {"sort": f"-{column}" if descending else column}

    def aria_sort(self, column: str) -> str:
        """Return the value of the attribute ``aria-sort`` for the heading of a column."""
        if column != self.sort:
            return "none"
        return "descending" if self.descending else "ascending"
