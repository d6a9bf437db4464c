# SPDX-License-Identifier: Apache-2.0
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache

from migration_panel.api.base import Listing
from migration_panel.api.nova import Nova
from migration_panel.api.session import Access
from migration_panel.api.shared import (
    MAX_ENTRIES,
    MAX_RECORDS,
    RENEWAL,
    TRUST,
    PollSharing,
    SharedCalls,
    TokenTrust,
)
from migration_panel.cache import Shelf
from migration_panel.exceptions import NotAllowed, RequestRejected, ServiceUnavailable, SessionExpired
from tests.support.embedded_cloud import eventually

LIFETIME = 1.5
pytestmark = pytest.mark.shared_answers


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class CountedCall:
    """Counts its calls.  Returns the count, or raises the given error."""

    def __init__(self, error=None):
        self.times, self.error = 0, error

    def __call__(self):
        self.times += 1
        if self.error:
            raise self.error
        return [self.times]


class HeldCall(CountedCall):
    """Returns only after ``let_go`` is set."""

    def __init__(self, error=None):
        super().__init__(error)
        self.started, self.let_go = threading.Event(), threading.Event()

    def __call__(self):
        self.started.set()
        assert self.let_go.wait(60)
        return super().__call__()


@pytest.fixture
def clock(monkeypatch):
    """A clock that Django's cache uses too."""
    clock = Clock()
    monkeypatch.setattr("time.time", clock)
    return clock


@pytest.fixture(autouse=True)
def nobody_is_trusted():
    cache.clear()


@pytest.fixture
def share(clock):
    return SharedCalls(clock)


def trusted(share, *tokens):
    for token in tokens:
        share.get(("before", token), TokenTrust(token), LIFETIME, CountedCall())


def test_call_serves_all_users_during_its_lifetime(share, clock):
    trusted(share, "a", "b")
    call = CountedCall()
    assert [share.get("q", TokenTrust(token), LIFETIME, call) for token in "aba"] == [[1], [1], [1]]
    clock.now += LIFETIME
    assert share.get("q", TokenTrust("b"), LIFETIME, call) == [2]


def test_another_question_is_another_call(share):
    trusted(share, "a")
    call = CountedCall()
    assert [share.get(question, TokenTrust("a"), LIFETIME, call) for question in ("q", "r")] == [[1], [2]]


def test_token_that_nova_has_not_accepted_yet_is_sent_to_nova(share):
    trusted(share, "a")
    share.get("q", TokenTrust("a"), LIFETIME, CountedCall())
    with pytest.raises(SessionExpired):
        share.get("q", TokenTrust("stolen or forged"), LIFETIME, CountedCall(SessionExpired()))


def test_token_is_sent_again_when_its_trust_has_expired(share, clock):
    trusted(share, "a")
    clock.now += TRUST - 1
    trusted(share, "b")
    share.get("q", TokenTrust("b"), 2 * TRUST, CountedCall())
    assert share.get("q", TokenTrust("a"), 2 * TRUST, CountedCall(SessionExpired())) == [1]
    clock.now += 1
    with pytest.raises(SessionExpired):
        share.get("q", TokenTrust("a"), 2 * TRUST, CountedCall(SessionExpired()))


def test_all_workers_trust_a_token_that_one_of_them_has_tried(share, clock):
    trusted(share, "a")
    another = SharedCalls(clock)
    trusted(another, "b")
    another.get("q", TokenTrust("b"), LIFETIME, CountedCall())
    assert another.get("q", TokenTrust("a"), LIFETIME, CountedCall(SessionExpired())) == [1]


@pytest.fixture
def accesses(monkeypatch):
    """Return the list of the cache's reads and writes, in their order."""
    found = []
    for name in ("get", "put"):
        real = getattr(Shelf, name)
        monkeypatch.setattr(Shelf, name, lambda *given, name=name, real=real: found.append(name) or real(*given))
    return found


def test_poll_reads_and_writes_the_trust_once(share, accesses):
    first, second = TokenTrust("a"), TokenTrust("a")
    for trust in (first, second):
        for question in range(20):
            share.get(question, trust, LIFETIME, CountedCall())
    assert accesses == ["get", "put", "get"]


def test_trust_is_stored_again_only_after_the_renewal_time(share, accesses, clock):
    written = []
    for age in (0, RENEWAL - 1, RENEWAL, 2 * RENEWAL - 1, 2 * RENEWAL):
        clock.now = 1000.0 + age
        share.get(("poll", age), TokenTrust("a"), LIFETIME, CountedCall())
        written.append(accesses.count("put"))
    assert written == [1, 1, 2, 2, 3]


def test_trust_is_stored_again_when_the_clock_is_set_back(share, accesses, clock):
    clock.now = 1000.0
    trusted(share, "a")
    clock.now = 900.0
    share.get("another", TokenTrust("a"), LIFETIME, CountedCall())
    assert accesses.count("put") == 2


def test_calls_of_one_poll_at_the_same_time_store_the_trust_once(share, accesses):
    trust, together = TokenTrust("a"), threading.Barrier(8)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: share.get(number, trust, LIFETIME, together.wait), range(8)))
    assert accesses == ["get", "put"]


def test_token_that_nova_refuses_gets_no_shared_result(share):
    trusted(share, "a", "b")
    with pytest.raises(SessionExpired):
        share.get("r", TokenTrust("a"), LIFETIME, CountedCall(SessionExpired()))
    share.get("q", TokenTrust("b"), LIFETIME, CountedCall())
    with pytest.raises(SessionExpired):
        share.get("q", TokenTrust("a"), LIFETIME, CountedCall(SessionExpired()))


def test_later_requests_wait_for_the_call_in_progress(share):
    trusted(share, *"abc")
    first, others = HeldCall(), CountedCall()
    with ThreadPoolExecutor(3) as threads:
        leader = threads.submit(share.get, "q", TokenTrust("a"), LIFETIME, first)
        assert first.started.wait(60)
        waiting = [threads.submit(share.get, "q", TokenTrust(token), LIFETIME, others) for token in "bc"]
        first.let_go.set()
        assert [one.result(60) for one in (leader, *waiting)] == [[1]] * 3
    assert others.times == 0


@pytest.mark.parametrize(
    ("error", "own"),
    [
        (ServiceUnavailable("late"), 0),
        (RequestRejected("no"), 0),
        (ValueError("bug"), 0),
        (SessionExpired(), 2),
        (NotAllowed(), 2),
    ],
    ids=["unavailable", "rejected", "bug", "expired", "not allowed"],
)
def test_error_is_shared_unless_it_concerns_the_token(share, error, own):
    trusted(share, *"abc")
    first, others = HeldCall(error), CountedCall()
    with ThreadPoolExecutor(3) as threads:
        leader = threads.submit(share.get, "q", TokenTrust("a"), LIFETIME, first)
        assert first.started.wait(60)
        waiting = [threads.submit(share.get, "q", TokenTrust(token), LIFETIME, others) for token in "bc"]
        eventually(lambda: threads._work_queue.empty())
        first.let_go.set()
        assert leader.exception(60) is error
        raised = [one.exception(60) for one in waiting]
    # A request that came after the failure has made a call of its own.
    assert all(one in (error, None) for one in raised)
    assert others.times >= own
    # Later requests do not get this error.
    assert share.get("q", TokenTrust("b"), LIFETIME, CountedCall()) == [1]


def test_expired_results_are_dropped(share, clock):
    for number in range(3000):
        clock.now += 1
        share.get(number, TokenTrust(f"token-{number}"), LIFETIME, CountedCall())
    assert len(share._calls) <= 2


def test_answer_is_dropped_with_the_end_of_its_lifetime(share, clock):
    share.get("q", TokenTrust("a"), LIFETIME, CountedCall())
    clock.now += LIFETIME
    share.get("r", TokenTrust("a"), LIFETIME, CountedCall())
    assert list(share._calls) == ["r"]


def test_failed_answer_is_dropped_at_once(share):
    with pytest.raises(ServiceUnavailable):
        share.get("q", TokenTrust("a"), LIFETIME, CountedCall(ServiceUnavailable("late")))
    assert share._calls == {}


def test_number_of_answers_is_limited(share):
    for number in range(MAX_ENTRIES + 50):
        share.get(number, TokenTrust("a"), LIFETIME, CountedCall())
    assert len(share._calls) == MAX_ENTRIES
    assert MAX_ENTRIES + 49 in share._calls


@pytest.mark.parametrize("made", [lambda records: records, Listing], ids=["list", "listing"])
def test_number_of_records_in_all_answers_is_limited(share, made):
    records = list(range(1000))
    for number in range(60):
        share.get(number, TokenTrust("a"), LIFETIME, lambda: made(records))
    assert 1000 * len(share._calls) == MAX_RECORDS
    assert 59 in share._calls


@pytest.fixture
def nova_of(fake_cloud):
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []})
    fake_cloud.on("GET", "/v2.1/servers/*/migrations", json={"migrations": []})

    def made(project="demo-id", roles=("manager",), token="token"):
        access = Access(f"{fake_cloud.url}/v2.1", project, frozenset(roles), token)
        return Nova(access, PollSharing(access))

    return made


def lists(fake_cloud):
    return [call for call in fake_cloud.calls if call.path.endswith("migrations")]


@pytest.mark.parametrize(
    "other",
    [{"project": "web-shop-id"}, {"roles": ("manager", "admin")}, {"roles": ()}],
    ids=["project", "more roles", "fewer roles"],
)
def test_users_with_other_rights_share_nothing(fake_cloud, nova_of, other):
    first, second = nova_of(token="first"), nova_of(**{"token": "first"} | other)
    for nova in (first, second):
        nova.migrations(limit=1)
        nova.live_migrations("00000000-0000-4000-8000-000000000001")
    assert len(lists(fake_cloud)) == 4


def test_users_with_equal_rights_share_calls(fake_cloud, nova_of):
    for token in ("one", "two"):
        nova_of(token=token).migrations(limit=1)
    before = len(lists(fake_cloud))
    for token in ("one", "two", "one"):
        nova_of(token=token).migrations(limit=2)
    nova_of(token="one").migrations(limit=2, status="running")
    assert len(lists(fake_cloud)) == before + 2


def test_list_of_changes_is_shared_like_the_other_lists(fake_cloud, nova_of):
    nova_of().migrations()
    fake_cloud.forget()
    for _ in range(3):
        assert nova_of().migration_list(project_id="demo-id").records == []
    assert len(fake_cloud.made("GET", "/v2.1/os-migrations")) == 1
