# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between a user and Nova, and how he is told.

Everything below ``nova/`` raises these and nothing else; views catch the base class.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from horizon.exceptions import NotAuthenticated

from migration_panel.http import fresh_json

NOT_RESTARTED = _(
    "nova-compute on %(host)s has not been restarted since instances were evacuated from it. Restart nova-compute "
    "first, or choose another destination."
)


class MigrationPanelError(Exception):
    """The reason is in the service's own words, or a sentence of ours; never shown without ``headline``."""

    status = 500
    headline = _("The request could not be carried out.")

    def __init__(self, reason: str | Promise = "") -> None:
        super().__init__(reason)
        self.reason = reason


class SessionExpired(MigrationPanelError):
    status = 401
    headline = _("Your session has ended: please log in again.")


class TolerableError(MigrationPanelError):
    """Any error but an expired session: a page may do without the answer, and other requests may succeed."""


class NotAllowed(TolerableError):
    status = 403
    headline = _("Nova does not allow this to your role.")


class ProjectRequired(NotAllowed):
    """Nova refused a token that is scoped to the system or a domain, or is not scoped."""

    headline = _("You are not logged in to a project. The compute service (Nova) requires a project: select it first.")


class NoProjectSelected(TolerableError):
    status = 403
    headline = _("Choose a project first: these are the migrations of one project.")


class NotFound(TolerableError):
    status = 404
    headline = _("There is no such instance or migration any more.")


class RequestRejected(TolerableError):
    """Nova understood and said no: a 400 or a 409."""

    status = 409
    headline = _("Nova refused.")


class AlreadyFinished(TolerableError):
    """The reason is the status that it ended in, in Nova's word."""

    status = 409
    headline = _("Nothing was done: it had already come to its end.")


class InvalidStatus(TolerableError):
    """The reason is the status that it is in, in Nova's word."""

    status = 409
    headline = _("Nothing was done: its present status does not allow it.")


class NothingToReset(TolerableError):
    status = 409
    headline = _("Nothing was done: the instance is not in Error, or Nova does not show on which host it runs.")


class PageOutdated(TolerableError):
    """The session has another endpoint, project or user than when the page was rendered."""

    status = 409
    headline = _("Nothing was done: the region, project or user changed in another tab after this page was opened.")


class PageUnbound(PageOutdated):
    """The page is from an older version of the panel, or is not a page of the panel."""

    headline = _("Nothing was done: the request does not name its region and project. Open the page again.")


class ServiceUnavailable(TolerableError):
    status = 503
    headline = _("The compute service (Nova) gave no usable answer.")


class TooOld(ServiceUnavailable):
    """Nova's API lacks what the request needs.  The reason says what; a retry does not help."""

    status = 501
    headline = _("The API version of the compute service (Nova) does not support this request.")


class NoSuchService(ServiceUnavailable):
    """The user's service catalog lacks an endpoint that Horizon would use.  The reason names it."""

    headline = _("Your service catalog lacks an endpoint.")


def user_message(error: MigrationPanelError) -> str:
    """One text for the user: what happened, then the service's own words."""
    return f"{error.headline} {error.reason}".strip()


def as_json(error: MigrationPanelError) -> JsonResponse:
    return fresh_json({"error": user_message(error)}, error.status)


def as_page(request: HttpRequest, error: MigrationPanelError) -> HttpResponse:
    """A page in Horizon's look; a lost session goes to the login form instead."""
    if isinstance(error, SessionExpired):
        raise NotAuthenticated() from error
    modal = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    template = "migration_panel/_error.html" if modal else "migration_panel/error.html"
    context = {"error": error, "hide": modal, "page_title": error.headline}
    # Horizon's modals show the body of a success only.
    return render(request, template, context, status=200 if modal else error.status)


class NoDrainFound(TolerableError):
    status = 404
    headline = _("No drain of this host is under way, and nothing is known to have left it.")


class HostAlreadyDisabled(TolerableError):
    """The reason is the one that somebody else gave."""

    status = 409
    headline = _("Nothing was done: the host is disabled already, for another reason.")


class HostDown(TolerableError):
    status = 409
    headline = _("Nothing was done: the compute service on this host is down.")


class CellDown(ServiceUnavailable):
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


class ListChanged(TolerableError):
    """The plan showed instances, but Nova now lists no instance on the host."""

    status = 409
    headline = _("Nothing was done: the plan showed instances, but Nova now lists no instance on this host.")

    def __init__(self) -> None:
        super().__init__(_("Nova may have been unable to reach the cell of this host. Open the plan again."))


class RestartNeeded(TolerableError):
    status = 409
    headline = _("Nothing was done: nova-compute on this host has not been restarted since an evacuation.")

    def __init__(self) -> None:
        super().__init__(
            _(
                "The next restart would delete the evacuated instances if they had returned. Restart nova-compute "
                "first: Nova then marks the evacuations as completed."
            )
        )


class NotMovable(TolerableError):
    """The host cannot be drained, and its instances cannot return, until the cause in the reason is fixed."""

    status = 409
    headline = _("Nothing was done.")


class InvalidDrainRequest(TolerableError):
    """The reason says what is wrong with the order."""

    status = 400
    headline = _("Nothing was done.")


class DrainRejected(TolerableError):
    """The reason is what Nova said."""

    status = 409
    headline = _("Nova took none of the instances, so the host is as it was before.")


class RollbackFailed(TolerableError):
    """The reason is what Nova said first."""

    status = 503
    headline = _("Nova took none of the instances, and the host could not be enabled again: it is disabled now.")
