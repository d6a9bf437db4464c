# SPDX-License-Identifier: Apache-2.0
"""Reasons in the reader's words, around Nova's own."""

from __future__ import annotations

from django.utils.translation import gettext as _

from migration_panel.board.feed.row import Row
from migration_panel.board.rules.why import Why
from migration_panel.times import time_words


def reason_words(row: Row) -> str:
    """Empty where nothing failed, or where it is not known yet."""
    if row.why is None:
        return ""
    sentences = [_reason(row, row.why)]
    if row.why.unharmed:
        sentences.append(
            _("Nova has the instance in error, but it runs on unharmed on %(host)s.")
            % {"host": row.migration.source or _("its host")}
        )
    return " ".join(filter(None, sentences))


def _reason(row: Row, why: Why) -> str:
    if why.code == "cancelled":
        return ""
    if why.code == "told":
        text = why.text.strip()
        return text if text.endswith((".", "!", "?")) else f"{text}."
    if why.code == "hidden":
        return _("Nova tells the reason to administrators only.")
    facts = {"host": why.host or _("its host"), "time": _at(row)}
    if why.code == "copying":
        return (
            _(
                "It failed while copying, and Nova keeps no reason for that: look into nova-compute's log on "
                "%(host)s at %(time)s."
            )
            % facts
        )
    return _("Nova keeps no reason: look into its logs at %(time)s.") % facts


def _at(row: Row) -> str:
    changed = row.migration.changed_at
    return time_words(changed) if changed else _("an unknown time")
