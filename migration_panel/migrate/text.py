# SPDX-License-Identifier: Apache-2.0
"""Texts of the four types and of their command lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from migration_panel.api.host_models import ComputeHost
from migration_panel.exceptions import MigrationPanelError, user_message
from migration_panel.formatting import fill_later, format_range
from migration_panel.migrate.sent import MAX_REFERENCE
from migration_panel.migration_types import Kind
from migration_panel.preflight.destination_checks import refused_for_cell
from migration_panel.preflight.estimate import Estimate
from migration_panel.preflight.messages import SENTENCES
from migration_panel.preflight.text import cell_hint, copied_text


@dataclass(frozen=True)
class KindText:
    """The texts of one type."""

    name: Promise
    title: Promise
    # The title of a form, and the message after a request.
    page_title: Promise
    requested: Promise
    summary: Promise
    downtime: Promise
    storage: Promise
    afterwards: Promise
    # The message after a request that named a host; only live kinds can.
    requested_to: Promise | str = ""


COLD_DOWNTIME = gettext_lazy("The instance is shut down during the migration, and users are disconnected.")
LIVE_DOWNTIME = gettext_lazy("The instance keeps running and pauses for a moment at the end.")
CONFIRM = gettext_lazy(
    "The migration waits for confirmation. Check that the instance works, then confirm or revert the "
    "migration. Until then, the instance uses resources on both hosts."
)
NOTHING = gettext_lazy("No confirmation is needed. The instance runs on its new host.")

KIND_TEXTS = {
    "cold": KindText(
        name=pgettext_lazy("migration type", "Cold"),
        title=gettext_lazy("Cold migration"),
        page_title=gettext_lazy("Cold migration of %(instance)s"),
        requested=gettext_lazy("Cold migration of %(instance)s was requested."),
        summary=gettext_lazy("Shuts the instance down briefly. For disks on shared storage or volumes."),
        downtime=COLD_DOWNTIME,
        storage=gettext_lazy("The disk stays on shared storage or on a volume."),
        afterwards=CONFIRM,
    ),
    "live": KindText(
        name=pgettext_lazy("migration type", "Live"),
        title=gettext_lazy("Live migration"),
        page_title=gettext_lazy("Live migration of %(instance)s"),
        requested=gettext_lazy("Live migration of %(instance)s was requested."),
        requested_to=gettext_lazy("Live migration of %(instance)s to %(host)s was requested."),
        summary=gettext_lazy(
            "Keeps the instance running and copies only its memory. Needs shared storage or a volume."
        ),
        downtime=LIVE_DOWNTIME,
        storage=gettext_lazy("The disk stays on shared storage or on a volume. Only the memory is copied."),
        afterwards=NOTHING,
    ),
    "cold-block": KindText(
        name=gettext_lazy("Cold block"),
        title=gettext_lazy("Cold block migration"),
        page_title=gettext_lazy("Cold block migration of %(instance)s"),
        requested=gettext_lazy("Cold block migration of %(instance)s was requested."),
        summary=gettext_lazy("Shuts the instance down while its local disk is copied."),
        downtime=COLD_DOWNTIME,
        storage=gettext_lazy(
            "The local disk is copied to the destination host. Nova receives the same request as for a cold "
            "migration. The hosts detect whether a disk must be copied."
        ),
        afterwards=CONFIRM,
    ),
    "live-block": KindText(
        name=gettext_lazy("Live block"),
        title=gettext_lazy("Live block migration"),
        page_title=gettext_lazy("Live block migration of %(instance)s"),
        requested=gettext_lazy("Live block migration of %(instance)s was requested."),
        requested_to=gettext_lazy("Live block migration of %(instance)s to %(host)s was requested."),
        summary=gettext_lazy("Keeps the instance running and copies its local disk and its memory."),
        downtime=LIVE_DOWNTIME,
        storage=gettext_lazy(
            "The local disk is copied first, then the memory. If the instance writes faster than the network "
            "copies, the migration does not converge."
        ),
        afterwards=NOTHING,
    ),
}

REFERENCE_HELP = gettext_lazy(
    "Optional, for example a ticket number. The reference is not sent to Nova. Everyone who can see the migration can "
    "see the reference."
)
INVALID_REFERENCE = fill_later(
    gettext_lazy("The reference must be one line of at most %(most)d printable characters."), {"most": MAX_REFERENCE}
)

# Why a type is recommended, by the reason from recommend.py.
RECOMMENDED = {
    "running-volume": gettext_lazy("Keeps the instance running and copies only its memory. The disk is on a volume."),
    "running-disk": gettext_lazy(
        "Keeps the instance running and copies its local disk. Use live migration instead if the hosts share storage."
    ),
    "only-cold-volume": gettext_lazy(
        "The instance cannot be migrated while it runs. The downtime is short, because the disk is on a volume."
    ),
    "only-cold-disk": gettext_lazy(
        "The instance cannot be migrated while it runs. The disk is probably local and must be copied."
    ),
    "off-volume": gettext_lazy("The instance is already shut off. The disk is on a volume, so nothing is copied."),
    "off-disk": gettext_lazy("The instance is already shut off. The disk is probably local and must be copied."),
}


def destination_disabled_text(kind: Kind, *, may_name_host: bool) -> str:
    """Return why the destination cannot be chosen; empty if it can."""
    if not kind.accepts_destination:
        return str(SENTENCES["destination-cold"].cause)
    return "" if may_name_host else str(SENTENCES["destination-role"].cause)


def refusal_text(error: MigrationPanelError, destination: str, hosts: Iterable[ComputeHost] | None) -> str:
    """Return Nova's refusal, with the likely cause if Nova does not find a host that it lists."""
    if refused_for_cell(str(error.reason), destination, hosts):
        return f"{user_message(error)} {cell_hint(destination)}"
    return user_message(error)


def requested_text(kind: Kind, instance: str, destination: str = "", reference: str = "") -> str:
    """Return the message after Nova accepted a request."""
    texts = KIND_TEXTS[kind.slug]
    sentence = texts.requested_to if destination else texts.requested
    message = str(sentence) % {"instance": instance, "host": destination}
    return f"{message} {reference_text(reference)}" if reference else message


def reference_text(reference: str) -> str:
    """Return the sentence that names the user's reference."""
    return _("Reference: %(reference)s") % {"reference": reference}


def estimate_text(expected: Estimate | None) -> tuple[str, str]:
    """Return how long the migration may last, and what is copied.  ``expected``: None if unknown."""
    if expected is None:
        return _("Unknown: Nova does not report the size of this instance."), ""
    return format_range(expected.least, expected.most), copied_text(expected.disk_gib, expected.memory_mib)


def command_note(kind: Kind, destination: str) -> str:
    """Return how the command differs from the form's request; empty if it does not."""
    if kind.live:
        return (
            _("To name a host, use “--os-compute-api-version 2.30” or newer, as an option or in the environment.")
            if destination
            else ""
        )
    scheduler = _(
        "With “--os-compute-api-version 2.56” or newer, the command can name a host. This form never names a host."
    )
    if kind.block:
        flag = _(
            "Cold block migration has no option of its own. The command requests a cold migration, which "
            "copies a local disk."
        )
        return f"{flag} {scheduler}"
    return scheduler
