# SPDX-License-Identifier: Apache-2.0
"""What the panel stores of the requests that Nova accepted, and which users share it."""

import pytest

from migration_panel import cache
from migration_panel.cache import Shelf
from migration_panel.migrate import sent
from migration_panel.migrate.sent import MAX_REFERENCE, SentRequest, is_reference, sent_request, store_sent_requests
from migration_panel.migration_types import LIVE_BLOCK
from tests.support.nova_answers import INSTANCE
from tests.support.user_requests import nova_of, request_of

REQUEST_ID = "req-0a7f6c1e-4f9b-4f9b-9bd6-1d2c3b4a5f60"
OTHER = "6c632c97-7c5c-4f9b-9bd6-ffffffffffff"


def store(fake_cloud, *pairs, reference="INC-1", **user):
    store_sent_requests(nova_of(fake_cloud, **user), LIVE_BLOCK, pairs or ((INSTANCE, REQUEST_ID),), reference)


def test_request_is_stored_for_every_user_of_the_endpoint(fake_cloud):
    store(fake_cloud, roles=("admin",), project_id="admin-id")
    found = sent_request(request_of(fake_cloud, "manager", project_id="demo-id"), INSTANCE, REQUEST_ID)
    assert found == SentRequest("live-block", "INC-1")


@pytest.mark.parametrize(
    ("instance_id", "request_id"),
    [(OTHER, REQUEST_ID), (INSTANCE, f"{REQUEST_ID}0"), (INSTANCE, None), (INSTANCE, "")],
    ids=["other instance", "other request", "no request", "empty request"],
)
def test_request_is_found_only_by_instance_and_request(fake_cloud, instance_id, request_id):
    store(fake_cloud)
    assert sent_request(request_of(fake_cloud, "admin"), instance_id, request_id) is None


def test_request_of_another_endpoint_is_not_found(fake_cloud, monkeypatch):
    store(fake_cloud)
    request = request_of(fake_cloud, "admin")
    monkeypatch.setattr(fake_cloud, "nova_url", "http://127.0.0.1:1/v2.1")
    assert sent_request(request, INSTANCE, REQUEST_ID) is not None
    assert sent_request(request_of(fake_cloud, "admin"), INSTANCE, REQUEST_ID) is None


def test_request_without_an_id_of_nova_is_not_stored(fake_cloud, monkeypatch):
    put = []
    monkeypatch.setattr(cache, "put_many", lambda values, seconds: put.append(values))
    store(fake_cloud, (INSTANCE, ""))
    assert put == []


def test_several_requests_are_stored_in_one_call(fake_cloud, monkeypatch):
    calls, put_many = [], cache.put_many
    monkeypatch.setattr(cache, "put_many", lambda *args: calls.append(args) or put_many(*args))
    store(fake_cloud, (INSTANCE, REQUEST_ID), (OTHER, f"{REQUEST_ID}0"))
    request = request_of(fake_cloud, "admin")
    assert len(calls) == 1
    assert sent_request(request, INSTANCE, REQUEST_ID) == SentRequest("live-block", "INC-1")
    assert sent_request(request, OTHER, f"{REQUEST_ID}0") == SentRequest("live-block", "INC-1")


def test_number_of_entries_is_limited(fake_cloud, monkeypatch):
    written, put_many = set(), cache.put_many
    monkeypatch.setattr(cache, "put_many", lambda values, seconds: written.update(values) or put_many(values, seconds))
    store(fake_cloud, *((INSTANCE, f"req-{number}") for number in range(500)))
    assert len(written) == 16


def test_requests_are_stored_for_at_least_a_day():
    assert sent.SENT_KEPT >= 24 * 3600


@pytest.mark.parametrize(
    "entry",
    [
        None,
        "live",
        ("live",),
        ("live", 5),
        ("warp", "INC-1"),
        ("live", "INC-1", "more"),
        ("live", "x" * (MAX_REFERENCE + 1)),
        ("live", "two\nlines"),
    ],
    ids=repr,
)
def test_entry_of_another_program_is_ignored(fake_cloud, monkeypatch, entry):
    monkeypatch.setattr(Shelf, "get", lambda self, items: dict.fromkeys(items, entry))
    found = sent_request(request_of(fake_cloud, "admin"), INSTANCE, REQUEST_ID)
    assert found == (SentRequest("live") if entry == ("live",) else None)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("", True),
        ("INC-4711 / Müller & Söhne", True),
        ("x" * MAX_REFERENCE, True),
        ("x" * (MAX_REFERENCE + 1), False),
        ("two\nlines", False),
        ("null\x00", False),
        ("right\u202eleft", False),
    ],
    ids=["empty", "text", "longest", "too long", "line break", "control character", "invisible character"],
)
def test_a_reference_is_short_and_printable(text, accepted):
    assert is_reference(text) is accepted
