# SPDX-License-Identifier: Apache-2.0
"""The texts of a row, ready for the templates.

Most of the texts are properties: a template evaluates a text when it renders it, in the language and time zone of the
reader.  A text that the template does not use costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from migration_panel.api.models import Migration
from migration_panel.board.action_text import ActionButton, action_name, advice_text, consequence, pending_text
from migration_panel.board.actions import ABORT, BULK, CONFIRM, Action
from migration_panel.board.failure_text import reason_text
from migration_panel.board.overview import result_of
from migration_panel.board.rows import Row
from migration_panel.board.text import announcement, progress_text, status_text, type_text
from migration_panel.board.unrecorded import UnrecordedMove
from migration_panel.board.unrecorded_presenter import UnrecordedMovePresenter


@dataclass(frozen=True)
class BulkButton:
    """A button for all selected rows."""

    action: Action

    @property
    def slug(self) -> str:
        return self.action.slug

    @property
    def label(self) -> str:
        """Return the label, in which the script replaces ``{count}``."""
        return {CONFIRM: _("Confirm selected ({count})"), ABORT: _("Abort selected ({count})")}[self.action]


BULK_BUTTONS = tuple(BulkButton(action) for action in BULK)


@dataclass(frozen=True)
class TimeText:
    """A time.  ``machine``: ISO 8601 in UTC; ``full``: date, time and zone; ``age``: for example "2 hours ago"."""

    machine: str
    full: str
    age: str

    @classmethod
    def of(cls, moment: datetime) -> TimeText:
        local = localtime(moment)
        return cls(
            machine=date_format(moment.astimezone(timezone.utc), "c"),
            full=f"{date_format(local, 'DATETIME_FORMAT')} {date_format(local, 'T')}",
            age=_("%(age)s ago") % {"age": timesince(moment)},
        )


@dataclass(frozen=True)
class RowPresenter:
    """A migration of the list, for ``_row.html`` and ``_detail.html``."""

    template: ClassVar[str] = "migration_panel/_row.html"

    row: Row

    @property
    def migration(self) -> Migration:
        """Return Nova's record, for IDs and addresses."""
        return self.row.migration

    @property
    def element_id(self) -> str:
        """Return the ID of the row in the page."""
        return f"migration-{self.migration.uuid}"

    @property
    def name_id(self) -> str:
        """Return the ID of the element that holds the instance's name."""
        return f"{self.element_id}-name"

    @property
    def order(self) -> str:
        """Return the sort key of the script."""
        return self.row.order

    @property
    def section(self) -> str:
        return self.row.section.value

    @property
    def phase(self) -> str:
        return self.row.phase.value

    @property
    def admin_started(self) -> bool:
        """Return whether a user outside of the project requested the migration."""
        return self.row.admin_started

    @property
    def gone(self) -> bool:
        """Return whether Nova no longer finds the instance."""
        return self.row.gone

    @property
    def selectable(self) -> bool:
        """Return whether a bulk action applies to the row."""
        return self.row.selectable

    @property
    def watchable(self) -> bool:
        """Return whether the user can request a notification: the migration is not finished."""
        return not self.row.phase.over

    @property
    def queued(self) -> bool:
        """Return whether the migration waits for other live migrations of its source."""
        return self.row.queued

    @property
    def stalled(self) -> bool:
        """Return whether the copy does not converge."""
        return self.row.stalled

    @property
    def copying(self) -> bool:
        """Return whether the row has a progress bar: nothing progresses before a host is chosen, or in a queue."""
        waits = self.migration.status in ("accepted", "queued")
        return self.row.phase.moving and self.row.type == "live" and not waits

    @property
    def result(self) -> str:
        """Return the result for the script that counts the results of the last day; empty without a result."""
        result = result_of(self.migration)
        return result.encode() if result else ""

    @property
    def percent(self) -> int | None:
        """Return the progress in percent; None if Nova reports no figures."""
        return self.row.progress.percent if self.row.progress else None

    @property
    def retry_kind(self) -> str | None:
        """Return the slug of the migration type to try next; None without a reason to retry."""
        return self.row.retry_kind

    @property
    def name(self) -> str | None:
        """Return the instance's name; None if it is unknown."""
        return self.row.name

    @property
    def instance(self) -> str:
        """Return the instance's name, or its ID if the name is unknown."""
        return self.name or self.migration.instance_id

    @property
    def announcement(self) -> str:
        return announcement(self.row)

    @property
    def type(self) -> str:
        return type_text(self.row)

    @cached_property
    def status(self) -> str:
        return status_text(self.row)

    @property
    def nova_status(self) -> str:
        return _("Status in Nova: %(status)s") % {"status": self.migration.status}

    @cached_property
    def note(self) -> str:
        """Return the action that was requested without an effect so far, or what the reader can do; may be empty."""
        return pending_text(self.row) or advice_text(self.row)

    @cached_property
    def reason(self) -> str:
        """Return the reason of a failure or an abort; empty if it is unknown, or if the status says it."""
        return "" if self.row.stale and self.row.gone else reason_text(self.row)

    @property
    def progress(self) -> str:
        """Return the figures of the copy; empty while they are unknown."""
        return progress_text(self.row)

    @property
    def progress_label(self) -> str:
        return _("Progress of %(name)s") % {"name": self.instance}

    @property
    def select_label(self) -> str:
        return _("Select %(name)s") % {"name": self.instance}

    @cached_property
    def started(self) -> TimeText | None:
        moment = self.migration.created_at
        return TimeText.of(moment) if moment else None

    @property
    def retry_query(self) -> str:
        """Return the query that names the destination which failed; empty without a destination."""
        return f"?failed={quote(self.migration.destination)}" if self.migration.destination else ""

    @property
    def retry_label(self) -> str:
        return _("Retry as live block") if self.retry_kind == "live-block" else _("Retry")

    @property
    def actions(self) -> list[ActionButton]:
        """Return the actions that Nova accepts now and that the user's role permits."""
        return [
            ActionButton(action.slug, action_name(action), consequence(action, self.row)) for action in self.row.actions
        ]


def present(row: Row | UnrecordedMove) -> RowPresenter | UnrecordedMovePresenter:
    """Return the texts of a row."""
    return UnrecordedMovePresenter(row) if isinstance(row, UnrecordedMove) else RowPresenter(row)
