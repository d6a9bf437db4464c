# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a drain or a return, beside what Nova says."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from migration_panel.errors import MigrationPanelError, NotAllowed, Unavailable

NOT_RESTARTED = _(
    "nova-compute on %(host)s has not been restarted since instances were evacuated from it. Restart nova-compute "
    "first, or choose another destination."
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
    """Nova answers, but cannot reach the database of the host's cell."""

    def __init__(self, host: str) -> None:
        super().__init__(_("The state of the host and its instances are unknown until the cell's database answers."))
        self.headline = format_lazy(_("Nova cannot reach the cell of {host}."), host=host)


class Unfiltered(NotAllowed):
    headline = _("Nothing was done: Nova listed instances or migrations of other hosts too, or hid the host.")

    def __init__(self) -> None:
        super().__init__(
            _(
                "Your role needs Nova's policy rules “servers:allow_all_filters”, “os-extended-server-attributes” and "
                "“os-migrations:index:host”."
            )
        )


class ListChanged(MigrationPanelError):
    """The plan showed instances, but Nova now lists no instance on the host."""

    status = 409
    headline = _("Nothing was done: the plan showed instances, but Nova now lists no instance on this host.")

    def __init__(self) -> None:
        super().__init__(_("Nova may have been unable to reach the cell of this host. Open the plan again."))


class RestartNeeded(MigrationPanelError):
    status = 409
    headline = _("Nothing was done: nova-compute on this host has not been restarted since an evacuation.")

    def __init__(self) -> None:
        super().__init__(
            _(
                "The next restart would delete the evacuated instances if they had returned. Restart nova-compute "
                "first: Nova then marks the evacuations as completed."
            )
        )


class NotMovable(MigrationPanelError):
    """The host cannot be drained, and its instances cannot return, until the cause in the reason is fixed."""

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
