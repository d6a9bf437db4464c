# SPDX-License-Identifier: Apache-2.0
"""Translate the errors of novaclient and keystoneauth into the panel's errors.

The messages are reasons for errors without a reason of the service itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from keystoneauth1.exceptions import ClientException as KeystoneauthError
from keystoneauth1.exceptions import ConnectTimeout, HttpError
from novaclient import exceptions as nova

from migration_panel.api.redact import names_no_host
from migration_panel.deadline import NO_ANSWER
from migration_panel.exceptions import (
    MigrationPanelError,
    NotAllowed,
    NotFound,
    ProjectRequired,
    RequestRejected,
    ServiceText,
    ServiceUnavailable,
    SessionExpired,
    TooOld,
)
from migration_panel.formatting import fill_later

# What novaclient and our records raise if an answer is cut off, is HTML, or has another shape.
# OverflowError: the numbers of JSON may be infinite.
UNREADABLE = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)

NO_CONNECTION = _("The service could not be reached.")
UNREADABLE_ANSWER = _("The answer of the service could not be read.")
TOO_OLD = _("The API version of the service is %(offered)s, but %(needed)s is required.")
NO_MICROVERSION = _(
    "The API of the service has no microversions, but %(needed)s is required. The service catalog "
    "may list an old endpoint."
)
NO_ENDPOINT = _(
    "The service catalog lists no “%(interface)s” endpoint for the service type “%(service)s” in region “%(region)s”."
)
NO_END_OF_TIME = _("“Changed until” requires Compute API version 2.66 or newer.")
WITHHELD = _("Only administrators can see the error text, because the text may name hosts.")
ANSWERED_WITH_STATUS = _("The service answered with HTTP status %(code)d.")
NO_ASKER = _("The filters for project and user require Compute API version 2.80 or newer.")


@contextmanager
def translate_errors(sees_hosts: bool = True, *, in_project: bool = True) -> Iterator[None]:
    """Raise only MigrationPanelError.  Use it around a call and the reading of its answer, nothing more.

    Users without ``sees_hosts`` get only those of Nova's texts that name no host.  ``in_project``: whether the user is
    logged in to a project.
    """
    try:
        yield
    except nova.ClientException as error:
        raise _from_status(error.code, _message(error), sees_hosts, in_project) from error
    except HttpError as error:
        raise _from_status(error.http_status, str(error.message or ""), sees_hosts, in_project) from error
    except ConnectTimeout as error:
        raise ServiceUnavailable(NO_ANSWER) from error
    except KeystoneauthError as error:
        raise ServiceUnavailable(NO_CONNECTION) from error
    except nova.UnsupportedVersion as error:
        raise TooOld(ServiceText(error)) from error
    except UNREADABLE as error:
        raise ServiceUnavailable(UNREADABLE_ANSWER) from error


def _message(error: nova.ClientException) -> str:
    """Return the service's text: novaclient has its own text in place of a missing text."""
    own = ("n/a", type(error).message)
    return "" if error.message in own else str(error.message or "")


def _from_status(code: int, message: str, sees_hosts: bool, in_project: bool) -> MigrationPanelError:
    """Return the panel's error for an HTTP status and the service's message."""
    # A proxy's error page is not a readable reason.
    reason: str | Promise = "" if "<" in message and code >= 500 else ServiceText(message)
    if message and reason and not sees_hosts and not names_no_host(message):
        reason = WITHHELD
    by_code = {401: SessionExpired, 403: NotAllowed if in_project else ProjectRequired, 404: NotFound}
    if code in by_code:
        return by_code[code](reason)
    if code < 500 and code not in (406, 408, 429):
        return RequestRejected(reason)
    if isinstance(reason, ServiceText) and reason:
        reason = ServiceText(f"HTTP {code}: {reason}")
    return ServiceUnavailable(reason or fill_later(ANSWERED_WITH_STATUS, {"code": code}))
