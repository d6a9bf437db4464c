# SPDX-License-Identifier: Apache-2.0
"""The errors of the panel, and the answers that report them to users.

The package ``api`` raises no other errors.  Views catch MigrationPanelError.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from horizon.exceptions import NotAuthenticated

from migration_panel.formatting import fill_later
from migration_panel.http import fresh_json

NOT_RESTARTED = _(
    "nova-compute on %(host)s has not been restarted since instances were evacuated from the host. "
    "Restart nova-compute first, or choose another destination."
)


CELL_UNREACHABLE = _("Nova cannot reach the cell of %(host)s.")
STATUS_IN_NOVA = _("Status in Nova: %(status)s")


class ServiceText(str):
    """A text of a service, or of another user.  It is shown in quotation marks."""

    __slots__ = ()


class MigrationPanelError(Exception):
    """Base class.  ``reason``: a ServiceText, or a sentence of the panel; shown after ``headline``."""

    status = 500
    headline: str | Promise = _("The request failed.")

    def __init__(self, reason: str | Promise = "") -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def reason_text(self) -> str:
        """Return the reason for users; empty without a reason."""
        if self.reason and isinstance(self.reason, ServiceText):
            return pgettext("error", "Reason: “%(reason)s”") % {"reason": self.reason}
        return str(self.reason)


class SessionExpired(MigrationPanelError):
    """The user's token is no longer valid."""

    status = 401
    headline = _("Your session has expired. Log in again.")


class TolerableError(MigrationPanelError):
    """Any error but an expired session: a page may do without the answer, and other requests may succeed."""


class NotAllowed(TolerableError):
    """The service, or its policy as Horizon knows it, does not allow the request: a 403."""

    status = 403
    headline = _("Your role does not permit this action.")


class ProjectRequired(NotAllowed):
    """Nova refused a token that is scoped to the system or a domain, or is not scoped."""

    headline = _(
        "You are not logged in to a project. The compute service (Nova) requires a project. Select a project first."
    )


class NoProjectSelected(TolerableError):
    """The page shows migrations of a project, but the token is not scoped to a project."""

    status = 403
    headline = _("Select a project to see its migrations.")


class NotFound(TolerableError):
    """The service does not know the resource: a 404."""

    status = 404
    headline = _("The instance or migration was not found.")


class RequestRejected(TolerableError):
    """The service rejected the request, for example with a 400 or a 409."""

    status = 409
    headline = _("Nova refused the request.")


class WrongStatus(TolerableError):
    """The status of the migration or instance does not allow the action.  The reason names the status."""

    status = 409

    def __init__(self, status: str = "") -> None:
        super().__init__(fill_later(STATUS_IN_NOVA, {"status": status}) if status else "")


class AlreadyFinished(WrongStatus):
    """The migration has finished."""

    headline = _("Nothing was changed: the migration has already finished.")


class InvalidStatus(WrongStatus):
    """The status does not allow the action."""

    headline = _("Nothing was changed: the current status does not permit this action.")


class NothingToReset(TolerableError):
    """The instance is not running although Nova has set it to Error."""

    status = 409
    headline = _(
        "Nothing was changed: the instance is not in Error, or Nova does not report that its guest is still running."
    )


class PageOutdated(TolerableError):
    """The session has another endpoint, project or user than when the page was rendered."""

    status = 409
    headline = _("Nothing was changed: the region, project or user changed in another tab after this page was opened.")


class PageUnbound(PageOutdated):
    """The page is from an older version of the panel, or is not a page of the panel."""

    headline = _("Nothing was changed: the request does not name its region and project. Open the page again.")


class ServiceUnavailable(TolerableError):
    """The service did not answer, or its answer was an error of its own or could not be read."""

    status = 503
    headline: str | Promise = _("The compute service (Nova) returned no usable answer.")


class TooOld(ServiceUnavailable):
    """Nova's API lacks what the request needs.  The reason says what; a retry does not help."""

    status = 501
    headline = _("The API version of the compute service (Nova) does not support this request.")


class NoSuchService(ServiceUnavailable):
    """The user's service catalog lacks an endpoint that Horizon would use.  The reason names it."""

    headline = _("Your service catalog lacks an endpoint.")


def user_message(error: MigrationPanelError) -> str:
    """Return a text for the user: what happened, then the reason."""
    return f"{error.headline} {error.reason_text}".strip()


def as_json(error: MigrationPanelError) -> JsonResponse:
    """Return an error as an answer for scripts."""
    return fresh_json({"error": user_message(error)}, error.status)


def as_page(request: HttpRequest, error: MigrationPanelError) -> HttpResponse:
    """Return an error as a page.  Raise NotAuthenticated for an expired session: Horizon then shows the login form."""
    if isinstance(error, SessionExpired):
        raise NotAuthenticated() from error
    modal = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    template = "migration_panel/_error.html" if modal else "migration_panel/error.html"
    context = {"error": error, "hide": modal, "page_title": pgettext("title of a page", "Error")}
    # Horizon's modals show the body only of a successful answer.
    return render(request, template, context, status=200 if modal else error.status)


class NoDrainFound(TolerableError):
    """No drain of the host and no return is in progress.  The reason is why another user disabled the host."""

    status = 404
    headline = _("No drain of this host and no return to this host is in progress.")

    def __init__(self, reason: str = "") -> None:
        super().__init__(ServiceText(reason))


class HostAlreadyDisabled(TolerableError):
    """Another user or tool has disabled the host.  The reason is the reason that they gave to Nova."""

    status = 409
    headline = _("Nothing was changed: the host is already disabled for another reason.")

    def __init__(self, reason: str = "") -> None:
        super().__init__(ServiceText(reason))


class HostDown(TolerableError):
    """The compute service of the host is down."""

    status = 409
    headline = _(
        "Nothing was changed: the compute service on this host is down. Wait until the service is up. If the host "
        "stays down, evacuate its instances."
    )


class CellDown(ServiceUnavailable):
    """Nova answers, but cannot reach the database of the host's cell."""

    def __init__(self, host: str) -> None:
        super().__init__(_("The state of the host and its instances is unknown until the cell's database answers."))
        self.headline = fill_later(CELL_UNREACHABLE, {"host": host})


class Unfiltered(NotAllowed):
    """Nova ignored the filter by host, or hid the hosts, as it does without an error for some roles."""

    headline = _("Nothing was changed: Nova listed instances or migrations of other hosts, or hid the host.")

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
    headline = _("Nothing was changed: the plan showed instances, but Nova now lists no instance on this host.")

    def __init__(self) -> None:
        super().__init__(_("Nova may have been unable to reach the cell of this host. Open the plan again."))


class RestartNeeded(TolerableError):
    """nova-compute on the host would delete evacuated instances at its next start."""

    status = 409
    headline = _("Nothing was changed: nova-compute on this host has not been restarted since an evacuation.")

    def __init__(self) -> None:
        super().__init__(
            _(
                "The next restart would delete the evacuated instances if they had returned. Restart "
                "nova-compute first. Nova then marks the evacuations as completed."
            )
        )


class NotMovable(TolerableError):
    """The host cannot be drained, and its instances cannot return, until the cause in the reason is fixed."""

    status = 409
    headline = _("Nothing was changed.")


class InvalidDrainRequest(TolerableError):
    """The options of a drain are wrong.  The reason says how."""

    status = 400
    headline = _("Nothing was changed.")


class DrainRejected(TolerableError):
    """Nova rejected all migrations of a drain, and the host was enabled again.  The reason is Nova's first text."""

    status = 409
    headline = _("Nova accepted no migration. The host is in the same state as before.")


class RollbackFailed(TolerableError):
    """Nova rejected all migrations of a drain, and the host could not be enabled again.  The reason is Nova's text."""

    status = 503
    headline = _("Nova accepted no migration. The earlier state of the host could not be restored. Check the host.")
