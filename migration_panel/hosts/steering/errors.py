# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a drain or a return, beside what Nova says."""

from django.utils.translation import gettext_lazy as _

from migration_panel.errors import MigrationPanelError


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
