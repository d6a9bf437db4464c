# SPDX-License-Identifier: Apache-2.0
"""The sentences about a run as a whole: its headline, its evidence and its warnings."""

from __future__ import annotations

from collections import Counter

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from migration_panel.api.models import Migration
from migration_panel.formatting import minutes_range
from migration_panel.hosts.drain.evidence import UNKNOWN, Evidence
from migration_panel.hosts.drain.records import DELETED, EARLIEST, NO_CHANGE
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome
from migration_panel.hosts.drain.text import last_change, section_of

# The numbers of instances that the first sentence does not contain: labels, in this order.  "blocked" is a part of
# Outcome.LEFT.
COUNTS: dict[str, Promise] = {
    "running": gettext_lazy("Running: %(number)d"),
    "queued": gettext_lazy("Queued: %(number)d"),
    "todo": gettext_lazy("Not started: %(number)d"),
    "confirm": gettext_lazy("Waiting for confirmation: %(number)d"),
    "failed": gettext_lazy("Failed: %(number)d"),
    "blocked": gettext_lazy("Blocked: %(number)d"),
    "left": gettext_lazy("Not migrated: %(number)d"),
}
# The labels that differ for a return.
RETURN_COUNTS: dict[str, Promise] = {"left": gettext_lazy("Not returned: %(number)d")}

# Who holds allocations on the host, by the field of Evidence.
HOLDERS = {
    "instances": ngettext_lazy(
        "%(number)d allocation belongs to an instance or a migration that Nova does not list on %(host)s. Check "
        "“openstack resource provider show --allocations”.",
        "%(number)d allocations belong to instances or migrations that Nova does not list on %(host)s. Check "
        "“openstack resource provider show --allocations”.",
        "number",
    ),
    "evacuated": ngettext_lazy(
        "%(number)d allocation belongs to an evacuated instance. A restart of nova-compute removes the allocation.",
        "%(number)d allocations belong to evacuated instances. A restart of nova-compute removes the allocations.",
        "number",
    ),
    "migrations": ngettext_lazy(
        "%(number)d allocation belongs to a migration whose instance is not known to have left %(host)s.",
        "%(number)d allocations belong to migrations whose instances are not known to have left %(host)s.",
        "number",
    ),
    "leftover": ngettext_lazy(
        "Placement keeps the allocation of %(number)d finished migration on %(host)s. The allocation "
        "belongs to no instance. “nova-manage placement audit --delete” removes the allocation.",
        "Placement keeps the allocations of %(number)d finished migrations on %(host)s. The allocations "
        "belong to no instances. “nova-manage placement audit --delete” removes the allocations.",
        "number",
    ),
}

# What the user has to know, by the condition of the run.
WARNINGS = {
    "down": gettext_lazy(
        "The compute service on %(host)s is down. Queued migrations continue when the service is up "
        "again. If the host stays down, evacuate its instances."
    ),
    "confirm-first": ngettext_lazy(
        "Confirm or revert the migration before you reboot the host. Nova needs %(host)s up for a confirmation and "
        "keeps data of the unconfirmed instance there.",
        "Confirm or revert the migrations before you reboot the host. Nova needs %(host)s up for a confirmation and "
        "keeps data of each unconfirmed instance there.",
        "number",
    ),
    "arriving": ngettext_lazy(
        "%(number)d instance is migrating to %(host)s.",
        "%(number)d instances are migrating to %(host)s.",
        "number",
    ),
    "leaving": ngettext_lazy(
        "%(number)d instance is still leaving %(host)s. To keep the instance there, abort its migration first.",
        "%(number)d instances are still leaving %(host)s. To keep the instances there, abort their migrations first.",
        "number",
    ),
    "restart-first": gettext_lazy(
        "nova-compute on %(host)s has not been restarted since instances were evacuated from the host. "
        "The next restart would delete these instances if they had returned. Restart nova-compute on "
        "%(host)s first. Until then, no instance returns to %(host)s."
    ),
}

# Maximum number of instances that one sentence names.
MAX_NAMES = 5


def headline(run: DrainRun) -> str:
    """Return the sentence that says whether the host may be rebooted, or how many instances were migrated."""
    if run.direction is Direction.DRAIN and run.empty:
        return _("Host is empty. It is safe to reboot.")
    if run.direction is Direction.DRAIN and run.listed_empty:
        return _unproven(run, run.evidence or UNKNOWN)
    moved, total = run.count(Outcome.MOVED), len(run.steps)
    values = {"moved": moved, "total": total, "host": run.host}
    if run.direction is Direction.DRAIN:
        text = ngettext(
            "%(moved)d of %(total)d instance migrated.", "%(moved)d of %(total)d instances migrated.", total
        )
    elif is_complete(run):
        text = _("All instances returned to %(host)s (%(total)d).")
    else:
        text = ngettext(
            "%(moved)d of %(total)d instance returned to %(host)s.",
            "%(moved)d of %(total)d instances returned to %(host)s.",
            total,
        )
    return text % values


def is_complete(run: DrainRun) -> bool:
    """Return whether the headline alone says all: the host is or may be empty, or all instances have returned."""
    if run.direction is Direction.DRAIN:
        return run.listed_empty
    return bool(run.steps) and run.count(Outcome.MOVED) == len(run.steps)


def counts(run: DrainRun) -> list[str]:
    """Return the numbers of the other instances as labels, for example "Running: 2"; empty if the run is complete."""
    if is_complete(run):
        return []
    numbers = Counter(section_of(step) for step in run.steps)
    labels = COUNTS | (RETURN_COUNTS if run.direction is Direction.RETURN else {})
    return [str(label) % {"number": numbers[section]} for section, label in labels.items() if numbers[section]]


def evidence_text(run: DrainRun) -> str:
    """Return why the host is known to be empty; empty if it is not."""
    if run.direction is not Direction.DRAIN or not run.empty or run.evidence is None:
        return ""
    text = (
        _("Nova lists no instance on %(host)s, and the hypervisor reports no running instance.")
        if run.evidence.of_hypervisors
        else _("Nova lists no instance on %(host)s, and Placement confirms this.")
    )
    return text % {"host": run.host}


def _unproven(run: DrainRun, evidence: Evidence) -> str:
    """Return the headline where Nova's lists show nothing, but the second source does not confirm it."""
    if evidence.held:
        text = ngettext(
            "Nova lists no instance on %(host)s, but Placement still holds %(number)d allocation on this host.",
            "Nova lists no instance on %(host)s, but Placement still holds %(number)d allocations on this host.",
            evidence.held,
        )
    elif evidence.running:
        text = ngettext(
            "Nova lists no instance on %(host)s, but the hypervisor reports %(number)d running instance.",
            "Nova lists no instance on %(host)s, but the hypervisor reports %(number)d running instances.",
            evidence.running,
        )
    else:
        text = _(
            "Nova lists no instance on %(host)s. This could not be confirmed: neither Placement nor the list of "
            "hypervisors returned data about the host."
        )
    return text % {"host": run.host, "number": evidence.held or evidence.running}


def _evidence_warnings(run: DrainRun, evidence: Evidence) -> list[str]:
    """Return who holds allocations, and what to check if the host may not be empty."""
    numbers = {name: getattr(evidence, name) for name in HOLDERS}
    texts = [HOLDERS[name] % {"number": number, "host": run.host} for name, number in numbers.items() if number]
    if not run.empty:
        texts.append(_("Before you reboot the host, check that no guest is running there."))
    return texts


def _unclosed_warnings(run: DrainRun) -> list[str]:
    """Return the warnings about open records that the panel ignores."""
    texts = []
    deleted = [migration for migration, code in run.unclosed if code == DELETED]
    unchanged = [migration for migration, code in run.unclosed if code == NO_CHANGE]
    if deleted:
        texts.append(
            ngettext(
                "The record of %(number)d migration stays open although its instance was deleted: %(names)s.",
                "The records of %(number)d migrations stay open although their instances were deleted: %(names)s.",
                len(deleted),
            )
            % {"number": len(deleted), "names": _instance_ids(deleted)}
        )
    if unchanged:
        # A record without a time does not count as unchanged.
        oldest = min(unchanged, key=lambda migration: migration.changed_at or EARLIEST)
        texts.append(
            ngettext(
                "The record of %(number)d migration stays open without a change since %(since)s: %(names)s.",
                "The records of %(number)d migrations stay open, the oldest without a change since %(since)s: "
                "%(names)s.",
                len(unchanged),
            )
            % {"number": len(unchanged), "since": last_change(oldest), "names": _instance_ids(unchanged)}
        )
    return texts


def _instance_ids(migrations: list[Migration]) -> str:
    ids = [migration.instance_id for migration in migrations[:MAX_NAMES]]
    return ", ".join([*ids, "…"] if len(migrations) > MAX_NAMES else ids)


def warnings(run: DrainRun) -> list[str]:
    """Return what the user has to know before any other action, above all before a reboot of the host."""
    is_drain = run.direction is Direction.DRAIN
    numbers = {
        "down": int(not run.up),
        "confirm-first": run.count(Outcome.CONFIRM) if is_drain else 0,
        "arriving": run.arriving,
        "leaving": run.leaving,
        "restart-first": int(run.restart_needed and not is_drain),
    }
    texts = [WARNINGS[code] % {"number": number, "host": run.host} for code, number in numbers.items() if number]
    if run.listed_empty and run.evidence:
        texts += _evidence_warnings(run, run.evidence)
    texts += _unclosed_warnings(run)
    if run.stopped:
        texts.append(_("Stopped. No further migrations start until you resume."))
    elif run.partial_selection and run.count(Outcome.TODO):
        texts.append(
            _(
                "Too many instances are excluded to be remembered. To continue, review the plan for the "
                "remaining instances."
            )
        )
    return texts


def duration_text(least: int, most: int) -> str:
    """Return the duration of a planned drain.  ``least`` and ``most``: seconds."""
    low, high = minutes_range(least, most)
    if high == 1:
        return _("The drain takes less than a minute.")
    if low == high:
        return ngettext("The drain takes about %(count)d minute.", "The drain takes about %(count)d minutes.", high) % {
            "count": high
        }
    return _("The drain takes about %(low)d to %(high)d minutes.") % {"low": low, "high": high}
