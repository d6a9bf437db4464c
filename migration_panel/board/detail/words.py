# SPDX-License-Identifier: Apache-2.0
"""What the page of one migration says: facts, steps and lines in the reader's words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from django.utils.translation import gettext as _

from migration_panel.board.detail.chart import Line
from migration_panel.board.detail.reading import Detail
from migration_panel.board.detail.step_words import PARTS
from migration_panel.board.feed.words import type_words
from migration_panel.board.rules.duration import ended_at
from migration_panel.formatting import duration_words, size_words
from migration_panel.times import clock_words, time_words

NONE = "\N{EN DASH}"


def facts(detail: Detail, user_id: str | None) -> list[tuple[str, str]]:
    """Labels and values; ``user_id`` is the reader's own."""
    row, begun = detail.row, detail.begun
    one = row.migration
    ended = ended_at(one, begun.events if begun else ())
    return [
        (_("Type"), type_words(row)),
        (_("From"), one.source or NONE),
        (_("To"), one.destination or NONE),
        (_("Asked for by"), user_words(begun.user_id if begun else None, user_id)),
        (_("Started"), moment_words(one.created_at)),
        (_("Ended"), moment_words(ended)),
        (_("Took"), duration_words(ended - one.created_at) if ended and one.created_at else NONE),
        (_("Nova's status"), one.status),
        (_("Request"), begun.request_id if begun else NONE),
        (_("Migration"), f"{one.uuid} ({one.id})"),
    ]


def user_words(user_id: str | None, own: str | None) -> str:
    """Nova knows users by their IDs only."""
    if user_id is None:
        return NONE
    return _("you") if user_id == own else user_id


def moment_words(moment: datetime | None) -> str:
    return time_words(moment) if moment else NONE


def untold(detail: Detail) -> str:
    """What is missing because policy hides it, in one sentence; empty for whom nothing is hidden."""
    if detail.error:
        return ""
    events = detail.begun.events if detail.begun else ()
    hosts = detail.row.migration.source is None or (bool(events) and not any(event.host for event in events))
    return _("Nova tells the hosts, and its text of an error, to administrators only.") if hosts else ""


def line_words(line: Line) -> dict[str, object]:
    """Title, ends of the axes and what a screen reader says of one line."""
    since, until = _clock(line.start), _clock(line.end)
    facts = {
        "first": size_words(line.first),
        "last": size_words(line.last),
        "highest": size_words(line.highest),
        "span": duration_words(timedelta(seconds=line.end - line.start)),
    }
    summary = _("from %(first)s to %(last)s in %(span)s") % facts
    if line.highest > line.first:
        summary = _("%(summary)s, %(highest)s at most") % {"summary": summary, "highest": facts["highest"]}
    title = str(PARTS[line.part])
    return {
        "line": line,
        "title": title,
        "summary": summary,
        "alternative": _("%(title)s: %(summary)s") % {"title": title, "summary": summary},
        "since": since,
        "until": until,
    }


def _clock(seconds: float) -> str:
    return clock_words(datetime.fromtimestamp(seconds, timezone.utc))
