# SPDX-License-Identifier: Apache-2.0
"""Texts of the charts: titles, axes, passes, and the table that holds the same values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from migration_panel.board.detail.chart import Line
from migration_panel.formatting import format_duration, format_size
from migration_panel.times import clock_text, zone_text

PARTS = {"disk": gettext_lazy("Disk left to copy"), "memory": gettext_lazy("Memory left to copy")}


def chart_context(line: Line) -> dict[str, Any]:
    """Return the texts of a chart: its title, axes, table, and the alternative for screen readers."""
    title, summary = str(PARTS[line.part]), _summary(line)
    return {
        "line": line,
        "title": title,
        "summary": summary,
        "alternative": f"{title}. {summary}",
        "sizes": [format_size(line.highest), format_size(line.highest // 2), format_size(0)],
        "times": [clock_text(_moment(seconds)) for seconds in (line.start, (line.start + line.end) / 2, line.end)],
        "zone": zone_text(_moment(line.end)),
        "table": [(clock_text(_moment(row.at)), format_size(row.left), row.number) for row in line.table],
    }


def _summary(line: Line) -> str:
    """Return what the chart shows, in sentences."""
    facts = {
        "first": format_size(line.first),
        "last": format_size(line.last),
        "highest": format_size(line.highest),
        "span": format_duration(timedelta(seconds=line.end - line.start)),
    }
    if line.highest > line.first:
        course = _("From %(first)s to %(last)s in %(span)s, %(highest)s at most.") % facts
    else:
        course = _("From %(first)s to %(last)s in %(span)s.") % facts
    return f"{course} {_passes_text(line)}".strip()


def _passes_text(line: Line) -> str:
    """Return the number of passes; empty for a disk."""
    if not line.passes:
        return ""
    count, left = len(line.passes), format_size(line.passes[-1].left)
    return ngettext("%(count)d pass.", "%(count)d passes. The last pass started with %(left)s left.", count) % {
        "count": count,
        "left": left,
    }


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
