# SPDX-License-Identifier: Apache-2.0
"""Each error of the panel as JSON, as a page and in a modal."""

import json

import pytest
from django.utils.functional import Promise

from migration_panel import exceptions
from migration_panel.exceptions import as_json, as_page, user_message
from tests.support.nova_answers import INSTANCE, fault
from tests.support.user_requests import request_of

LIST = "/v2.1/os-migrations"
HEADLINES = {
    exceptions.MigrationPanelError: (500, "The request failed."),
    exceptions.TolerableError: (500, "The request failed."),
    exceptions.SessionExpired: (401, "Your session has expired. Log in again."),
    exceptions.NotAllowed: (403, "Your role does not permit this action."),
    exceptions.ProjectRequired: (
        403,
        ("You are not logged in to a project. The compute service (Nova) requires a project. Select a project first."),
    ),
    exceptions.NoProjectSelected: (403, "Select a project to see its migrations."),
    exceptions.NotFound: (404, "The instance or migration was not found."),
    exceptions.RequestRejected: (409, "Nova refused the request."),
    exceptions.WrongStatus: (409, "The request failed."),
    exceptions.AlreadyFinished: (409, "Nothing was changed: the migration has already finished."),
    exceptions.InvalidStatus: (409, "Nothing was changed: the current status does not permit this action."),
    exceptions.NothingToReset: (
        409,
        "Nothing was changed: the instance is not in Error, or Nova does not report that its guest is still running.",
    ),
    exceptions.PageOutdated: (
        409,
        ("Nothing was changed: the region, project or user changed in another tab after this page was opened."),
    ),
    exceptions.PageUnbound: (
        409,
        "Nothing was changed: the request does not name its region and project. Open the page again.",
    ),
    exceptions.ServiceUnavailable: (503, "The compute service (Nova) returned no usable answer."),
    exceptions.TooOld: (501, "The API version of the compute service (Nova) does not support this request."),
    exceptions.NoSuchService: (503, "Your service catalog lacks an endpoint."),
    exceptions.NoDrainFound: (
        404,
        "No drain of this host and no return to this host is in progress.",
    ),
    exceptions.HostAlreadyDisabled: (409, "Nothing was changed: the host is already disabled for another reason."),
    exceptions.HostDown: (
        409,
        (
            "Nothing was changed: the compute service on this host is down. Wait until the service is up. If the host "
            "stays down, evacuate its instances."
        ),
    ),
    exceptions.NotMovable: (409, "Nothing was changed."),
    exceptions.InvalidDrainRequest: (400, "Nothing was changed."),
    exceptions.DrainRejected: (409, "Nova accepted no migration. The host is in the same state as before."),
    exceptions.RollbackFailed: (
        503,
        "Nova accepted no migration. The earlier state of the host could not be restored. Check the host.",
    ),
}
# Errors with a fixed reason: arguments, status, headline.
WITH_REASON = {
    exceptions.CellDown: (("compute-01",), 503, "Nova cannot reach the cell of compute-01."),
    exceptions.Unfiltered: (
        (),
        403,
        "Nothing was changed: Nova listed instances or migrations of other hosts, or hid the host.",
    ),
    exceptions.ListChanged: (
        (),
        409,
        "Nothing was changed: the plan showed instances, but Nova now lists no instance on this host.",
    ),
    exceptions.RestartNeeded: (
        (),
        409,
        "Nothing was changed: nova-compute on this host has not been restarted since an evacuation.",
    ),
}
WITH_PAGE = {kind: facts for kind, facts in HEADLINES.items() if kind is not exceptions.SessionExpired}


# What the reason is shown as, where it is not a sentence of the panel.
REASONS = {
    exceptions.WrongStatus: " Status in Nova: Busy.",
    exceptions.AlreadyFinished: " Status in Nova: Busy.",
    exceptions.InvalidStatus: " Status in Nova: Busy.",
    exceptions.HostAlreadyDisabled: " Reason: “Busy.”",
    exceptions.NoDrainFound: " Reason: “Busy.”",
}


def subclasses(kind):
    """Return all direct and indirect subclasses in the same module."""
    direct = [subclass for subclass in kind.__subclasses__() if subclass.__module__ == exceptions.__name__]
    return {*direct, *(indirect for subclass in direct for indirect in subclasses(subclass))}


def test_all_errors_are_tested():
    assert {*HEADLINES, *WITH_REASON} == {exceptions.MigrationPanelError, *subclasses(exceptions.MigrationPanelError)}


@pytest.mark.parametrize(("kind", "facts"), HEADLINES.items(), ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize(("reason", "after"), [("", ""), ("Busy.", " Busy.")], ids=["bare", "reason"])
def test_as_json_has_status_headline_and_reason(kind, facts, reason, after):
    status, headline = facts
    answer = as_json(kind(reason))
    assert answer.status_code == status
    assert json.loads(answer.content) == {"error": headline + (REASONS.get(kind, after) if reason else "")}


@pytest.mark.parametrize(("kind", "facts"), WITH_REASON.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_as_json_has_the_fixed_reason(kind, facts):
    arguments, status, headline = facts
    answer = as_json(kind(*arguments))
    text = json.loads(answer.content)["error"]
    assert answer.status_code == status
    assert text.startswith(f"{headline} ")
    assert len(text) > len(headline) + 1


def test_user_message_is_headline_and_reason():
    error = exceptions.RequestRejected("The instance is locked.")
    assert user_message(error) == "Nova refused the request. The instance is locked."


def test_text_of_a_service_is_a_quotation():
    error = exceptions.RequestRejected(exceptions.ServiceText("Instance is locked"))
    assert user_message(error) == "Nova refused the request. Reason: “Instance is locked”"
    assert user_message(exceptions.RequestRejected(exceptions.ServiceText(""))) == "Nova refused the request."


def test_text_of_a_service_stays_a_quotation_in_another_error():
    """Some code raises another error with the reason of the first."""
    first = exceptions.NotFound(exceptions.ServiceText("Host is gone"))
    error = exceptions.RollbackFailed(first.reason)
    assert error.reason_text == "Reason: “Host is gone”"


def test_status_is_named_in_the_readers_language():
    error = exceptions.InvalidStatus("error")
    assert isinstance(error.reason, Promise)
    assert error.reason_text == "Status in Nova: error"


@pytest.mark.parametrize(("kind", "facts"), WITH_PAGE.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_modal_is_a_success_that_shows_the_error(fake_cloud, kind, facts):
    request = request_of(fake_cloud, "admin")
    request.META["HTTP_X_REQUESTED_WITH"] = "XMLHttpRequest"
    modal = as_page(request, kind("a <b> c"))
    text = modal.content.decode()
    assert modal.status_code == 200
    assert facts[1] in text
    assert "a &lt;b&gt; c" in text
    assert "<html" not in text


def test_expired_session_redirects_to_the_login_form(fake_cloud, admin_client):
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", status=401, json=fault("unauthorized", 401, "expired"))
    answer = admin_client.get(f"/admin/migrations/{INSTANCE}/live/")
    assert answer.status_code == 302
    assert "/auth/login/" in answer["Location"]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, 403, exceptions.NotAllowed),
        (400, 409, exceptions.RequestRejected),
        (500, 503, exceptions.ServiceUnavailable),
    ],
    ids=["403", "400", "500"],
)
def test_error_page_has_the_status_of_the_error(fake_cloud, admin_client, status, code, kind):
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", status=status, json=fault("someFault", status, "a & c"))
    page = admin_client.get(f"/admin/migrations/{INSTANCE}/live/")
    text = page.content.decode()
    assert page.status_code == code
    assert HEADLINES[kind][1] in text
    assert "a &amp; c" in text


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (403, 403, "Your role does not permit this action. Reason: “No.”"),
        (400, 409, "Nova refused the request. Reason: “No.”"),
        (503, 503, "The compute service (Nova) returned no usable answer. Reason: “HTTP 503: No.”"),
    ],
    ids=["403", "400", "503"],
)
def test_status_view_answers_an_error_as_json(fake_cloud, admin_client, status, code, text):
    fake_cloud.on("GET", LIST, status=status, json=fault("someFault", status, "No."))
    answer = admin_client.get("/admin/migrations/status/")
    assert (answer.status_code, answer.json()) == (code, {"error": text})
