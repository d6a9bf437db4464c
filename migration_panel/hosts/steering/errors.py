# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a drain or a return, beside what Nova says."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from migration_panel.errors import MigrationPanelError, NotAllowed, Unavailable

NOT_RESTARTED = _(
    "nova-compute on %(host)s has not been restarted since instances were evacuated from it. Restart it first, or "
    "choose another destination."
)


class NoRun(MigrationPanelError):
    status = 404
    headline = _("No drain of this host is under way, and nothing is known to have left it.")


class NotOurs(MigrationPanelError):
    """The reason is the one that somebody else gave."""

    status = 409
    headline = _("Nothing was done: the host is disabled already, for another reason.")


class NotUp(MigrationPanelError):
    status = 409
    headline = _("Nothing was done: the compute service on this host is down.")


class CellDown(Unavailable):
    """Nova answers, but cannot reach the database in which the host's instances are."""

    def __init__(self, host: str) -> None:
        super().__init__(_("Its instances and migrations are unknown until the database of its cell answers again."))
        self.headline = format_lazy(_("Nova cannot reach the cell of {host}."), host=host)


class Unfiltered(NotAllowed):
    headline = _("Nova did not list the instances or migrations of this host alone, so nothing was done.")

    def __init__(self) -> None:
        super().__init__(
            _(
                "Your role needs Nova's policy rules “servers:allow_all_filters”, “os-extended-server-attributes” and "
                "“os-migrations:index:host”."
            )
        )


class ListChanged(MigrationPanelError):
    """The plan showed instances, and Nova lists none now."""

    status = 409
    headline = _("Nothing was done: the plan listed instances, but Nova lists none on this host now.")

    def __init__(self) -> None:
        super().__init__(_("Nova may have left out a cell. Open the plan again."))


class RestartNeeded(MigrationPanelError):
    status = 409
    headline = _("Nothing was done: nova-compute on this host has not been restarted since instances were evacuated.")

    def __init__(self) -> None:
        super().__init__(
            _(
                "Its next start would delete the evacuated instances if they were moved back. Restart nova-compute on "
                "the host first: Nova then marks the evacuations as completed."
            )
        )


class NotMovable(MigrationPanelError):
    """The reason says what is the matter with the host: it must be mended by other means."""

    status = 409
    headline = _("Nothing was done.")


class Misfit(MigrationPanelError):
    """The reason says what is wrong with the order."""

    status = 400
    headline = _("Nothing was done.")


class NothingBegun(MigrationPanelError):
    """The reason is what Nova said."""

    status = 409
    headline = _("Nova took none of the instances, so the host is as it was before.")


class StillDisabled(MigrationPanelError):
    """The reason is what Nova said first."""

    status = 503
    headline = _("Nova took none of the instances, and the host could not be enabled again: it is disabled now.")
