# SPDX-License-Identifier: Apache-2.0
"""Every failure of a call to Nova becomes an error of the panel, with a text for users."""

import socket

import pytest
from django.test import override_settings
from django.utils.functional import Promise
from keystoneauth1 import exceptions as keystoneauth
from novaclient import exceptions as novaclient

from migration_panel.api.nova import Nova
from migration_panel.api.session import Access
from migration_panel.api.translate import translate_errors
from migration_panel.exceptions import (
    MigrationPanelError,
    NotAllowed,
    NotFound,
    RequestRejected,
    ServiceUnavailable,
    SessionExpired,
    user_message,
)
from tests.support.nova_answers import LISTED, fault
from tests.support.user_requests import access, nova_of

PROXY_PAGE = b"<html><body><h1>503 Service Unavailable</h1></body></html>"
UNREADABLE = "The compute service (Nova) returned no usable answer. The answer of the service could not be read."


def failure(fake_cloud, **answer):
    """Return the error of the list of migrations after this answer of Nova."""
    nova = nova_of(fake_cloud)
    fake_cloud.on("GET", "/v2.1/os-migrations", **answer)
    with pytest.raises(MigrationPanelError) as caught:
        nova.migrations()
    return caught.value


@pytest.mark.parametrize(
    ("status", "error", "text"),
    [
        (400, RequestRejected, "Nova refused the request. Reason: “No can do.”"),
        (401, SessionExpired, "Your session has expired. Log in again. Reason: “No can do.”"),
        (403, NotAllowed, "Your role does not permit this action. Reason: “No can do.”"),
        (404, NotFound, "The instance or migration was not found. Reason: “No can do.”"),
        (405, RequestRejected, "Nova refused the request. Reason: “No can do.”"),
        (
            406,
            ServiceUnavailable,
            "The compute service (Nova) returned no usable answer. Reason: “HTTP 406: No can do.”",
        ),
        (
            408,
            ServiceUnavailable,
            "The compute service (Nova) returned no usable answer. Reason: “HTTP 408: No can do.”",
        ),
        (409, RequestRejected, "Nova refused the request. Reason: “No can do.”"),
        (413, RequestRejected, "Nova refused the request. Reason: “No can do.”"),
        (
            429,
            ServiceUnavailable,
            "The compute service (Nova) returned no usable answer. Reason: “HTTP 429: No can do.”",
        ),
        (
            500,
            ServiceUnavailable,
            "The compute service (Nova) returned no usable answer. Reason: “HTTP 500: No can do.”",
        ),
        (
            501,
            ServiceUnavailable,
            "The compute service (Nova) returned no usable answer. Reason: “HTTP 501: No can do.”",
        ),
        (
            503,
            ServiceUnavailable,
            "The compute service (Nova) returned no usable answer. Reason: “HTTP 503: No can do.”",
        ),
    ],
)
def test_status_becomes_an_error_with_novas_text(fake_cloud, status, error, text):
    raised = failure(fake_cloud, status=status, json=fault("someFault", status, "No can do."))
    assert type(raised) is error
    assert user_message(raised) == text


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (503, PROXY_PAGE, ServiceUnavailable),
        (502, b"", ServiceUnavailable),
        (500, b"Traceback (most recent call last)", ServiceUnavailable),
        (504, {"message": "<b>upstream</b> timed out"}, ServiceUnavailable),
        (401, b"Authentication required", SessionExpired),
        (403, PROXY_PAGE, NotAllowed),
        (404, b"<html>no such page</html>", NotFound),
    ],
    ids=["503 page", "502 empty", "500 text", "504 markup", "401 text", "403 page", "404 page"],
)
def test_page_of_a_proxy_is_never_shown(fake_cloud, status, body, error):
    raised = failure(fake_cloud, status=status, json=body, headers={"Content-Type": "text/html"})
    assert type(raised) is error
    assert "<" not in user_message(raised)
    assert "Traceback" not in user_message(raised)


@pytest.mark.parametrize(
    "body",
    [PROXY_PAGE, b"", b'{"migrations": [{"id": 1, "uu', [], ["migrations"], "migrations", None, {}, {"servers": []}],
    ids=["page", "empty", "cut off", "empty list", "list", "string", "none", "empty dict", "other key"],
)
def test_unreadable_success_is_an_unavailable_service(fake_cloud, body):
    raised = failure(fake_cloud, json=body)
    assert type(raised) is ServiceUnavailable
    assert user_message(raised) == UNREADABLE


@pytest.mark.parametrize(
    "migration",
    [
        {"id": 1},
        {"id": "x", "uuid": "u", "instance_uuid": "i"},
        ["id"],
        "id",
        LISTED | {"id": float("inf")},
        LISTED | {"id": float("nan")},
        LISTED | {"id": 10**400},
    ],
    ids=["partial", "no number", "list", "string", "infinite number", "NaN", "huge number"],
)
def test_unreadable_record_is_an_unavailable_service(fake_cloud, migration):
    raised = failure(fake_cloud, json={"migrations": [migration, migration]})
    assert type(raised) is ServiceUnavailable
    assert user_message(raised) == UNREADABLE


@pytest.mark.parametrize(
    ("status", "body"),
    [(409, {"error": "busy"}), (500, {"error": None}), (400, {"badRequest": ["a"]})],
    ids=["string", "null", "list"],
)
def test_unreadable_error_is_an_unavailable_service(fake_cloud, status, body):
    raised = failure(fake_cloud, status=status, json=body)
    assert type(raised) is ServiceUnavailable
    assert user_message(raised) == UNREADABLE


def test_timeout_is_an_unavailable_service(fake_cloud):
    nova_of(fake_cloud)
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []}, delay=30)
    with override_settings(MIGRATION_PANEL={"TIMEOUT": 0.2}), pytest.raises(ServiceUnavailable) as caught:
        Nova(access(fake_cloud)).migrations()
    assert caught.value.reason == "The service did not answer in time."


def test_refused_connection_is_an_unavailable_service():
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unheard.getsockname()[1]}/v2.1"
        with pytest.raises(ServiceUnavailable) as caught:
            Nova(Access(address, "demo-id", frozenset(), "token"))
    assert caught.value.reason == "The service could not be reached."
    # In the reader's language, not in that of the moment.
    assert isinstance(caught.value.reason, Promise)


@pytest.mark.parametrize("endpoint", ["", "no address", "http://", "ftp://127.0.0.1/v2.1"])
def test_malformed_endpoint_is_an_unavailable_service(endpoint):
    with pytest.raises(ServiceUnavailable):
        Nova(Access(endpoint, "demo-id", frozenset(), "token"))


def concrete(base):
    """Return the class and all its subclasses."""
    return [base, *(one for child in base.__subclasses__() for one in concrete(child))]


@pytest.mark.parametrize("kind", sorted(concrete(novaclient.ClientException), key=lambda kind: kind.__name__))
def test_each_class_of_novaclient_is_translated(kind):
    expected = {401: SessionExpired, 403: NotAllowed, 404: NotFound, 406: ServiceUnavailable, 429: ServiceUnavailable}
    code = getattr(kind, "http_status", 502)
    with (
        pytest.raises(expected.get(code, RequestRejected if code < 500 else ServiceUnavailable)) as caught,
        translate_errors(),
    ):
        raise kind(code, message="why")
    assert "why" in caught.value.reason
    assert isinstance(caught.value.__cause__, kind)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (keystoneauth.ConnectTimeout("x"), "The service did not answer in time."),
        (keystoneauth.ConnectFailure("x"), "The service could not be reached."),
        (keystoneauth.SSLError("x"), "The service could not be reached."),
        (keystoneauth.UnknownConnectionError("x", OSError()), "The service could not be reached."),
        (keystoneauth.EndpointNotFound("x"), "The service could not be reached."),
        (novaclient.UnsupportedVersion("too new"), "too new"),
        (ValueError("x"), "The answer of the service could not be read."),
        (KeyError("x"), "The answer of the service could not be read."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_error_without_a_status_is_an_unavailable_service(error, reason):
    with pytest.raises(ServiceUnavailable) as caught, translate_errors():
        raise error
    assert caught.value.reason == reason


@pytest.mark.parametrize("error", [ZeroDivisionError, RuntimeError, MemoryError, KeyboardInterrupt])
def test_other_errors_are_not_translated(error):
    with pytest.raises(error), translate_errors():
        raise error


def test_errors_of_the_panel_pass_unchanged():
    with pytest.raises(RequestRejected, match="mine"), translate_errors():
        raise RequestRejected("mine")


def test_status_without_a_text_is_named(fake_cloud):
    raised = failure(fake_cloud, status=502, json=b"")
    assert user_message(raised) == (
        "The compute service (Nova) returned no usable answer. The service answered with HTTP status 502."
    )


def test_withheld_text_is_no_quotation(fake_cloud):
    text = "Host compute-01 is down."
    with pytest.raises(RequestRejected) as caught, translate_errors(sees_hosts=False):
        raise novaclient.Conflict(409, message=text)
    assert user_message(caught.value) == (
        "Nova refused the request. Only administrators can see the error text, because the text may name hosts."
    )


def test_unreadable_record_does_not_hide_the_others(fake_cloud, caplog):
    damaged = [{"id": 1}, LISTED, None, LISTED | {"id": "x"}, LISTED | {"id": float("inf")}, LISTED | {"id": 2**63}]
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": damaged})
    assert [one.id for one in nova_of(fake_cloud).migrations()] == [42]
    assert "cannot be read" in caplog.text
