# SPDX-License-Identifier: Apache-2.0
"""A cache that is down, full, missing or of another version makes the panel slower, but not wrong."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import OperationalError
from pymemcache.exceptions import MemcacheError

from migration_panel import cache
from migration_panel.board.failure import FailureReason
from migration_panel.cache import Shelf
from tests.support.fake_cloud import COMPUTE
from tests.support.nova_answers import INSTANCE, MIGRATION, SERVER, failed_migrations, listed

JSON = {"accept": "application/json"}
DOWN = {"BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache", "LOCATION": "127.0.0.1:1"}
SMALL = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "small"}
DUMMY = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
# The sessions of the tests stay in the default cache.
PANEL_CACHE = {"CACHE": "panel"}


def use_panel_cache(settings, backend):
    settings.CACHES = settings.CACHES | {"panel": backend}
    settings.MIGRATION_PANEL = PANEL_CACHE


class FailingCache(BaseCache):
    """Raise the same error in every method."""

    error: BaseException = OSError("gone")

    def __init__(self, *args):
        super().__init__({})

    def _raise(self, *args, **kwargs):
        raise self.error

    get = get_many = set = set_many = add = delete = _raise


ERRORS = [
    ConnectionRefusedError("refused"),
    TimeoutError("late"),
    OperationalError("no such table"),
    pickle.UnpicklingError("an entry of another program"),
    AttributeError("a class that a later version added"),
    ModuleNotFoundError("a module of another version"),
    EOFError(),
]


@pytest.fixture(params=ERRORS, ids=lambda error: type(error).__name__)
def failing_cache(request, monkeypatch):
    backend = FailingCache()
    backend.error = request.param
    monkeypatch.setattr(cache, "_backend", lambda: backend)


def test_error_of_a_read_is_a_miss(failing_cache):
    assert cache.get("a") is None
    assert cache.get("a", 7) == 7
    assert cache.get_many(["a", "b"]) == {}
    assert Shelf("kind").get(["a"]) == {}


def test_error_of_a_claim_grants_the_claim(failing_cache):
    assert cache.claim("a", 5)


@pytest.mark.parametrize("error", ERRORS[:3], ids=lambda error: type(error).__name__)
def test_error_of_a_write_is_ignored(monkeypatch, error):
    backend = FailingCache()
    backend.error = error
    monkeypatch.setattr(cache, "_backend", lambda: backend)
    cache.put("a", 1, 5)
    cache.put_many({"a": 1}, 5)
    cache.remove("a")
    Shelf("kind").put({"a": 1}, 5)
    Shelf("kind").remove("a")


def test_value_that_cannot_be_pickled_is_a_bug_and_raises():
    with pytest.raises(Exception, match="pickle"):
        cache.put("a", lambda: None, 5)


def test_errors_of_the_client_libraries_are_caught():
    assert issubclass(MemcacheError, cache._outages())


def test_memcached_that_is_down_is_a_miss_and_grants_claims(settings):
    use_panel_cache(settings, DOWN)
    cache.put("a", 1, 5)
    assert cache.get("a") is None
    assert cache.get_many(["a"]) == {}
    # The client raises an error at first, and returns nothing later.
    assert [cache.claim("a", 5) for _ in range(3)] == [True] * 3


def test_cache_that_stores_nothing_is_a_miss(settings):
    use_panel_cache(settings, DUMMY)
    Shelf("kind").put({"a": 1}, 5)
    assert Shelf("kind").get(["a"]) == {}


def test_alias_that_is_not_configured_is_a_miss(settings):
    settings.MIGRATION_PANEL = {"CACHE": "missing"}
    cache.put("a", 1, 5)
    assert cache.get("a") is None


def test_claim_is_granted_once_until_it_is_removed():
    name = cache.key("claim", "a")
    assert [cache.claim(name, 60) for _ in range(3)] == [True, False, False]
    cache.remove(name)
    assert cache.claim(name, 60)


def test_keys_of_another_version_differ(monkeypatch):
    Shelf("kind").put({"a": 1}, 60)
    before = cache.key("kind", "a")
    monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    assert cache.key("kind", "a") != before
    assert Shelf("kind").get(["a"]) == {}


def test_keys_fit_into_memcached():
    name = cache.key("kind", "x" * 1000, "ü \n")
    assert len(name) < 200
    assert name.isascii()
    assert name.isprintable()


@pytest.mark.parametrize("kind", ["a", "b"])
def test_keys_of_differently_split_parts_differ(kind):
    assert len({cache.key(kind, "a", "bc"), cache.key(kind, "ab", "c"), cache.key(kind, "abc")}) == 3


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("time.time", clock)
    return clock


def test_items_of_a_shelf_expire_independently(clock):
    shelf = Shelf("kind")
    shelf.put({"brief": 1}, 4)
    shelf.put({"lasting": 2}, 60)
    clock.now += 5
    assert shelf.get(["brief", "lasting"]) == {"lasting": 2}
    clock.now += 60
    assert shelf.get(["brief", "lasting"]) == {}


def test_shelves_of_different_owners_are_separate():
    Shelf("kind", ("one",)).put({"a": 1}, 60)
    assert Shelf("kind", ("two",)).get(["a"]) == {}
    assert Shelf("other", ("one",)).get(["a"]) == {}


def test_removed_item_is_a_miss():
    shelf = Shelf("kind", entries=4)
    shelf.put({"a": 1, "b": 2}, 60)
    shelf.remove("a")
    assert shelf.get(["a", "b"]) == {"b": 2}


@pytest.mark.parametrize(
    "contents", [None, [], "text", {"a": 1}, {"a": (1, 2)}, {"a": ("x", 1, 2)}, {1: (9e9, 1)}], ids=repr
)
def test_entry_with_unknown_contents_is_a_miss_and_is_replaced(contents):
    shelf = Shelf("kind")
    caches["default"].set(shelf._key_of("a"), contents)
    assert shelf.get(["a"]) == {}
    shelf.put({"a": 1}, 60)
    assert shelf.get(["a"]) == {"a": 1}


def test_number_of_entries_does_not_grow_with_the_items(settings):
    use_panel_cache(settings, SMALL)
    shelf = Shelf("kind", entries=4)
    shelf.put({str(number): number for number in range(1500)}, 60)
    assert len(caches["panel"]._cache) == 4
    assert len(shelf.get(map(str, range(1500)))) == 1500
    caches["panel"].clear()


def test_number_of_items_is_limited_and_the_newest_items_stay(clock):
    shelf = Shelf("kind", most=100)
    for number in range(300):
        clock.now += 0.01
        shelf.put({str(number): number}, 60)
    stored = shelf.get(map(str, range(300)))
    assert sorted(stored.values()) == list(range(200, 300))


def test_size_of_an_entry_is_limited():
    shelf = Shelf("kind")
    shelf.put({str(number): "x" * 10_000 for number in range(200)}, 60)
    stored = caches["default"].get(shelf._key_of("0"))
    assert stored
    assert len(pickle.dumps(stored)) <= cache.MAX_BYTES


def test_threads_of_one_process_lose_no_item():
    shelf = Shelf("kind")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: shelf.put({str(number): number}, 60), range(64)))
    assert len(shelf.get(map(str, range(64)))) == 64


def test_reading_many_items_takes_one_call_and_storing_them_two(monkeypatch):
    called = []
    for name in ("get", "get_many", "set", "set_many"):
        real = getattr(LocMemCache, name)
        monkeypatch.setattr(
            LocMemCache, name, lambda *a, name=name, real=real, **k: called.append(name) or real(*a, **k)
        )
    monkeypatch.setattr(LocMemCache, "get_many", lambda self, keys, version=None: called.append("get_many") or {})
    monkeypatch.setattr(LocMemCache, "set_many", lambda self, data, timeout, version=None: called.append("set_many"))
    shelf = Shelf("kind", entries=16)
    shelf.put({str(number): number for number in range(100)}, 60)
    shelf.get(map(str, range(100)))
    assert called == ["get_many", "set_many", "get_many"]


def test_write_that_hangs_does_not_delay_other_writes(monkeypatch):
    monkeypatch.setattr(cache, "WRITE_WAIT", 0.01)
    started, resume = threading.Event(), threading.Event()

    class HangingCache(LocMemCache):
        def get_many(self, keys, version=None):
            started.set()
            assert resume.wait(60)
            return {}

    hanging = HangingCache("hanging", {})
    with ThreadPoolExecutor(1) as pool:
        with monkeypatch.context() as patched:
            patched.setattr(cache, "_backend", lambda: hanging)
            first = pool.submit(Shelf("kind").put, {"a": 1}, 60)
            assert started.wait(60)
        Shelf("other").put({"b": 2}, 60)
        assert Shelf("other").get(["b"]) == {"b": 2}
        resume.set()
        first.result(60)


# The rest tests the pages of the panel with each cache.


def test_poll_of_many_failures_evicts_no_session_from_a_small_cache(settings, admin_client, fake_cloud):
    """By default, Django's LocMemCache has 300 entries."""
    use_panel_cache(settings, SMALL)
    small = caches["panel"]
    small.clear()
    for number in range(200):
        small.set(f"session-{number}", "user", 3600)
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=failed_migrations(200))
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=lambda call: {"server": SERVER | {"id": call.path.split("/")[3]}})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json={"instanceActions": []})
    answers = [admin_client.get("/admin/migrations/status/", headers=JSON) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(answers[0].json()["migrations"]) == 200
    assert [number for number in range(200) if small.get(f"session-{number}") is None] == []
    assert len(small._cache) < 230
    small.clear()


@pytest.mark.parametrize("backend", [DOWN, DUMMY], ids=["memcached down", "dummy"])
def test_board_works_without_a_cache(settings, admin_client, fake_cloud, backend):
    use_panel_cache(settings, backend)
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=failed_migrations(2))
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json={"server": SERVER})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json={"instanceActions": []})
    for path in ("", "status/", "history/"):
        assert admin_client.get(f"/admin/migrations/{path}").status_code == 200


@pytest.mark.parametrize("backend", [DOWN, DUMMY], ids=["memcached down", "dummy"])
def test_action_works_without_a_cache(settings, admin_client, fake_cloud, backend):
    use_panel_cache(settings, backend)
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({"status": "running"}))
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json={"server": SERVER})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/migrations", json={"migrations": []})
    fake_cloud.on("DELETE", f"{COMPUTE}/servers/*/migrations/*", json=None, status=202)
    answer = admin_client.post(f"/admin/migrations/{MIGRATION}/abort/", {"instance": INSTANCE}, headers=JSON)
    assert answer.status_code == 202


UNKNOWN_CONTENTS = [
    (*astuple(FailureReason("told", "x")), "a field of a later version"),
    ("told", 7),
    "text",
    None,
    5,
    (),
]


@pytest.mark.parametrize("contents", UNKNOWN_CONTENTS, ids=repr)
def test_board_treats_unknown_cache_contents_as_a_miss(admin_client, fake_cloud, monkeypatch, contents):
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=failed_migrations(2))
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json={"server": SERVER})
    fake_cloud.on("GET", f"{COMPUTE}/servers/*/os-instance-actions", json={"instanceActions": []})
    monkeypatch.setattr(Shelf, "get", lambda self, items: dict.fromkeys(items, contents))
    for path in ("", "status/", "history/"):
        assert admin_client.get(f"/admin/migrations/{path}").status_code == 200
