# SPDX-License-Identifier: Apache-2.0
"""Settings are typed, checked at first use and read anew when they change."""

from dataclasses import asdict

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from migration_panel.conf import get_config

DEFAULTS = {
    "timeout": 10.0,
    "concurrency": 32,
    "poll_ms": 3000,
    "idle_poll_ms": 15000,
    "name_ttl": 300,
    "bandwidth": 100.0,
    "patience": 60.0,
    "stall": 60.0,
    "share": 1.5,
    "cold_wave": 4,
    "search_limit": 25,
    "max_calls": 1000,
    "cache": "default",
    "instance_actions": "beside",
}
NUMBERS = [name for name, value in DEFAULTS.items() if not isinstance(value, str)]


def test_defaults_serve_without_any_setting():
    assert asdict(get_config()) == DEFAULTS


@pytest.mark.parametrize("name", NUMBERS)
def test_each_setting_can_be_given_in_capitals(name):
    with override_settings(MIGRATION_PANEL={name.upper(): 7}):
        assert asdict(get_config()) == DEFAULTS | {name: 7}


def test_change_of_settings_is_seen_and_undone():
    assert get_config().poll_ms == 3000
    with override_settings(MIGRATION_PANEL={"POLL_MS": 500}):
        assert get_config().poll_ms == 500
    assert get_config().poll_ms == 3000


def test_change_of_another_setting_keeps_what_was_read():
    config = get_config()
    with override_settings(SESSION_TIMEOUT=1):
        assert get_config() is config


def test_whole_number_for_a_rate_becomes_a_float():
    with override_settings(MIGRATION_PANEL={"BANDWIDTH": 50}):
        assert isinstance(get_config().bandwidth, float)


@pytest.mark.parametrize("name", ["TIME_OUT", "timeout", "", "__class__"])
def test_unknown_setting_is_refused_with_the_known_ones(name):
    known = ", ".join(sorted(setting.upper() for setting in DEFAULTS))
    wanted = rf"is unknown; known are {known}$"
    with override_settings(MIGRATION_PANEL={name: 1}), pytest.raises(ImproperlyConfigured, match=wanted):
        get_config()


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("TIMEOUT", "10", "float"),
        ("TIMEOUT", None, "float"),
        ("TIMEOUT", True, "float"),
        ("TIMEOUT", 0, "float"),
        ("TIMEOUT", -1.5, "float"),
        ("TIMEOUT", float("inf"), "float"),
        ("TIMEOUT", float("nan"), "float"),
        ("POLL_MS", 2.5, "int"),
        ("POLL_MS", False, "int"),
        ("POLL_MS", [3000], "int"),
        ("CONCURRENCY", 0, "int"),
        ("CONCURRENCY", True, "int"),
    ],
)
def test_value_that_is_no_positive_number_is_refused(name, value, wanted):
    with override_settings(MIGRATION_PANEL={name: value}), pytest.raises(ImproperlyConfigured) as caught:
        get_config()
    assert str(caught.value) == f"MIGRATION_PANEL[{name!r}] is {value!r}, must be a positive {wanted}"


def test_refused_setting_is_not_stored():
    with override_settings(MIGRATION_PANEL={"TIMEOUT": 0}), pytest.raises(ImproperlyConfigured):
        get_config()
    assert get_config().timeout == 10.0


@pytest.mark.parametrize("value", [None, [], "TIMEOUT=10", 5], ids=["null", "list", "text", "number"])
def test_setting_that_is_not_a_dict_is_refused(value):
    with override_settings(MIGRATION_PANEL=value), pytest.raises(ImproperlyConfigured, match="must be a dict"):
        get_config()


def test_cache_setting_is_the_alias_of_a_cache():
    with override_settings(MIGRATION_PANEL={"CACHE": "panel"}):
        assert get_config().cache == "panel"


@pytest.mark.parametrize("value", ["", 7, None], ids=["empty", "number", "none"])
def test_cache_setting_that_is_no_name_is_refused(value):
    wanted = r"^MIGRATION_PANEL\['CACHE'\] is .*, must be a name$"
    with override_settings(MIGRATION_PANEL={"CACHE": value}), pytest.raises(ImproperlyConfigured, match=wanted):
        get_config()


@pytest.mark.parametrize("value", ["besides", "INSTEAD", "none"])
def test_unknown_choice_is_refused_with_the_choices(value):
    with (
        override_settings(MIGRATION_PANEL={"INSTANCE_ACTIONS": value}),
        pytest.raises(ImproperlyConfigured, match=f"{value}.*must be one of beside, instead"),
    ):
        get_config()
