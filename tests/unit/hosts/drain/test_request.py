# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from migration_panel.hosts.drain.request import LONGEST, DrainRequest
from tests.support.host_records import ORDER, REASON, START

ORDERS = {
    REASON: ORDER,
    "Drain started 2026-11-22 14:00:05 UTC by admin": replace(ORDER, note=""),
    "Drain started 2026-11-22 14:00:05 UTC, with local disks by admin": DrainRequest(START, "admin", block=True),
    "Drain started 2026-11-22 14:00:05 UTC, shut off ones too by Ann Doe: a: b": DrainRequest(
        START, "Ann Doe", "a: b", cold=True
    ),
    "Drain started 2026-11-22 14:00:05 UTC, stopped, with local disks, shut off ones too, to compute-04.example.org, "
    "without 6c632c97 d2f1d0b4 by admin: now": DrainRequest(
        START,
        "admin",
        "now",
        block=True,
        cold=True,
        destination="compute-04.example.org",
        excluded=frozenset({"d2f1d0b4", "6c632c97"}),
        stopped=True,
    ),
    "Drain started 2026-11-22 14:00:05 UTC, of chosen ones by admin": DrainRequest(
        START, "admin", partial_selection=True
    ),
}


@pytest.mark.parametrize("text", ORDERS)
def test_reason_is_read_as_it_was_written(text):
    assert ORDERS[text].to_reason() == text
    assert DrainRequest.parse(text) == ORDERS[text]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "bad fan",
        "Drain started yesterday by admin",
        "Drain started 2026-13-22 14:00:05 UTC by admin",
        # Years that not every time zone can express.
        "Drain started 0001-01-01 00:00:00 UTC by admin",
        "Drain started 9999-12-31 23:59:59 UTC by admin",
        f"see {REASON}",
        "Drain started 2026-11-22 14:00:05 UTC, and more by admin",
        "AUTO: Connection to libvirt lost: 1",
    ],
)
def test_reason_of_another_user_is_no_request(text):
    assert DrainRequest.parse(text) is None


@pytest.mark.parametrize(("author", "read"), [("a:b", "a b"), ("by: me", "by  me"), ("x by y", "x by y")])
def test_author_ends_at_the_first_colon(author, read):
    assert DrainRequest.parse(DrainRequest(START, author, "note").to_reason()) == DrainRequest(START, read, "note")


@pytest.mark.parametrize(("number", "named"), [(0, True), (1, True), (15, True), (40, False)])
def test_excluded_instances_are_named_if_the_reason_has_room(number, named):
    left_out = [f"{index:08x}-0000-0000-0000-000000000000" for index in range(number)]
    order = ORDER.excluding(left_out)
    assert all(order.excludes(instance) for instance in left_out)
    assert not order.excludes("ffffffff-0000-0000-0000-000000000000")
    assert order.partial_selection is not named
    assert order.fits
    assert DrainRequest.parse(order.to_reason()).partial_selection is not named
    assert len(DrainRequest.parse(order.to_reason()).excluded) == (number if named else 0)


@pytest.mark.parametrize("length", [1, 150, 300])
def test_reason_fits_even_when_stopped(length):
    order = replace(ORDER, note="x" * length)
    assert order.fits is (len(replace(order, stopped=True).to_reason()) <= LONGEST)
    assert order.fits is (length < 200)


@pytest.mark.parametrize("length", [10, 150, 210, 255, 1000])
@pytest.mark.parametrize("destination", ["", "compute-04.a-long-name-of-a-data-centre.example.org"])
def test_authors_name_is_shortened_until_the_reason_fits(length, destination):
    order = replace(ORDER, author="a" * length, block=True, cold=True, destination=destination).shortened()
    assert order.fits
    assert DrainRequest.parse(order.to_reason()) == order
    assert order.note == ORDER.note
    assert ("…" in order.author) is (len(order.author) < length)


def test_authors_name_is_shortened_for_the_excluded_instances():
    left_out = [f"{index:08x}-0000-0000-0000-000000000000" for index in range(6)]
    order = replace(ORDER, author="a" * 150).excluding(left_out)
    assert (order.partial_selection, order.fits) == (False, True)
    assert all(order.excludes(instance) for instance in left_out)


@pytest.mark.parametrize("author", ["admin", "a" * 300])
def test_room_is_what_a_reason_may_have(author):
    order = replace(ORDER, author=author, note="")
    assert replace(order, note="x" * order.room).shortened().fits
    if len(author) < 20:
        assert order.room > LONGEST - 100
