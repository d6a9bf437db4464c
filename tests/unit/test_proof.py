# SPDX-License-Identifier: Apache-2.0
"""The binding of a page to its session, and the proof that a user ordered a drain or a return."""

from datetime import datetime, timedelta, timezone

import pytest
from django.core import signing

from migration_panel.proof import LENGTH, MAX_AGE, ORDER_SALT, SignedOrder, page_binding, read_order, sign_order
from tests.support.fake_cloud import running_fake_cloud
from tests.support.user_requests import request_of

SINCE = datetime(2026, 11, 22, 14, 0, 5, 999, tzinfo=timezone.utc)
ORDERED = SINCE + timedelta(hours=1)


@pytest.fixture
def request_(fake_cloud):
    return request_of(fake_cloud, "admin")


@pytest.mark.parametrize("other", [{"project_id": "other-id"}, {"user": "bob"}], ids=["project", "user"])
def test_binding_differs_after_a_switch(fake_cloud, request_, other):
    assert page_binding(request_of(fake_cloud, "admin", **other)) != page_binding(request_)


def test_binding_differs_in_another_region(request_):
    with running_fake_cloud() as another:
        assert page_binding(request_of(another, "admin")) != page_binding(request_)


def test_binding_does_not_depend_on_token_and_roles(fake_cloud, request_):
    """Each login gets a new token, and the user's roles may change."""
    later = request_of(fake_cloud, "member", token="another")
    assert page_binding(later) == page_binding(request_)
    assert len(page_binding(later)) == LENGTH


def test_binding_without_nova_in_the_catalog_has_the_usual_length(fake_cloud, request_):
    request_.user.service_catalog = []
    assert len(page_binding(request_)) == LENGTH


def test_signed_order_can_be_read(request_):
    order = read_order(request_, "compute-01", sign_order(request_, "compute-01", "return", SINCE, ORDERED))
    assert order == SignedOrder("return", SINCE.replace(microsecond=0), ORDERED.replace(microsecond=0))
    assert order.covers("return", SINCE)
    assert not order.covers("drain", SINCE)
    assert not order.covers("return", SINCE + timedelta(seconds=1))


def test_order_for_another_host_is_no_order(request_):
    assert read_order(request_, "compute-02", sign_order(request_, "compute-01", "drain", SINCE, ORDERED)) is None


@pytest.mark.parametrize("other", [{"project_id": "other-id"}, {"user": "bob"}], ids=["project", "user"])
def test_order_of_another_session_is_no_order(fake_cloud, request_, other):
    text = sign_order(request_of(fake_cloud, "admin", **other), "compute-01", "drain", SINCE, ORDERED)
    assert read_order(request_, "compute-01", text) is None


@pytest.mark.parametrize(
    ("age", "valid"),
    [(0, True), (MAX_AGE - 60, True), (MAX_AGE + 60, False)],
    ids=["new", "almost expired", "expired"],
)
def test_order_expires(request_, monkeypatch, age, valid):
    text = sign_order(request_, "compute-01", "drain", SINCE, ORDERED)
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + age)
    assert (read_order(request_, "compute-01", text) is not None) is valid


@pytest.mark.parametrize(
    "text",
    ["", "x", "a:b:c", "\x00", "größer:1:2", "\ud800:1:2", "x" * 10_000],
    ids=["empty", "letter", "three parts", "NUL", "not ASCII", "surrogate", "long"],
)
def test_other_text_is_no_order(request_, text):
    assert read_order(request_, "compute-01", text) is None


def test_text_without_a_character_is_no_order(request_):
    text = sign_order(request_, "compute-01", "drain", SINCE, ORDERED)
    assert [at for at in range(len(text)) if read_order(request_, "compute-01", text[:at] + text[at + 1 :])] == []


def test_signature_of_other_values_is_no_order(request_):
    """Horizon signs other values with the same key."""
    values = [page_binding(request_), "compute-01", "drain", "2026-11-22T14:00:05Z", "2026-11-22T15:00:05Z"]
    assert read_order(request_, "compute-01", signing.dumps(values)) is None


def test_order_that_another_version_signed_is_no_order(request_):
    values = [page_binding(request_), "compute-01", "drain", "2026-11-22T14:00:05Z"]
    assert read_order(request_, "compute-01", signing.dumps(values, salt=ORDER_SALT)) is None
