# SPDX-License-Identifier: Apache-2.0
"""The texts of the overview above the board.  The script counts again after each poll."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from migration_panel.board.overview import RecentResults
from migration_panel.board.rows import Row
from migration_panel.board.status import Section
from migration_panel.board.unrecorded import UnrecordedMove


@dataclass(frozen=True)
class OverviewItem:
    """One count.  ``text``: the text in which the script replaces the numbers; ``filled``: the text with numbers."""

    name: str
    text: str
    filled: str
    count: int


@dataclass(frozen=True)
class OverviewPresenter:
    """The overview, for ``_overview.html``."""

    rows: tuple[Row | UnrecordedMove, ...]
    results: RecentResults

    @property
    def items(self) -> list[OverviewItem]:
        """Return what is counted, in the order of the page."""
        counts = self._counts()
        return [
            OverviewItem(name, text, text.format(**counts, count=counts[name]), counts[name])
            for name, text in self._texts().items()
        ]

    def _texts(self) -> Mapping[str, str]:
        """Return the texts by what is counted.  A label and a number need no plural form."""
        return {**self._texts_of_rows(), **self._texts_of_results()}

    def _texts_of_rows(self) -> dict[str, str]:
        # Failures of the last day need attention too.
        if self.results.complete and self.results.has_all_waiting:
            needs_attention = _("Needs attention: {count}")
        else:
            needs_attention = _("Needs attention: {count} or more")
        if self.results.has_all_open:
            in_progress = _("In progress: {count} (running: {running}, queued: {queued})")
        else:
            in_progress = _("In progress: {count} or more (running: {running}, queued: {queued})")
        return {"needs-you": needs_attention, "under-way": in_progress}

    def _texts_of_results(self) -> dict[str, str]:
        if self.results.complete:
            return {"c": _("Completed in the last 24 hours: {count}"), "f": _("Failed in the last 24 hours: {count}")}
        return {
            "c": _("Completed in the last 24 hours: {count} or more"),
            "f": _("Failed in the last 24 hours: {count} or more"),
        }

    def _counts(self) -> dict[str, int]:
        sections = [row.section for row in self.rows]
        queued = sum(row.queued for row in self.rows if row.section is Section.IN_PROGRESS)
        moving = sections.count(Section.IN_PROGRESS)
        failed = sum(result.failed for result in self.results.results)
        return {
            "needs-you": sections.count(Section.NEEDS_ATTENTION),
            "under-way": moving,
            "running": moving - queued,
            "queued": queued,
            "c": len(self.results.results) - failed,
            "f": failed,
        }


def overview_of(rows: Iterable[Row | UnrecordedMove], results: RecentResults | None) -> OverviewPresenter | None:
    """Return the overview; None for an answer that has changes only."""
    return OverviewPresenter(tuple(rows), results) if results else None
