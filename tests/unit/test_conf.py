# SPDX-License-Identifier: Apache-2.0
"""Settings are typed, validated at first use, and read again when they change."""

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


def test_defaults_apply_without_settings():
    assert asdict(get_config()) == DEFAULTS


@pytest.mark.parametrize("name", NUMBERS)
def test_each_setting_is_read_in_capitals(name):
    with override_settings(MIGRATION_PANEL={name.upper(): 7}):
        assert asdict(get_config()) == DEFAULTS | {name: 7}


def test_changed_setting_applies_at_once():
    assert get_config().poll_ms == 3000
    with override_settings(MIGRATION_PANEL={"POLL_MS": 500}):
        assert get_config().poll_ms == 500
    assert get_config().poll_ms == 3000


def test_change_of_another_setting_does_not_read_the_settings_again():
    config = get_config()
    with override_settings(SESSION_TIMEOUT=1):
        assert get_config() is config


def test_integer_becomes_a_float_where_needed():
    with override_settings(MIGRATION_PANEL={"BANDWIDTH": 50}):
        assert isinstance(get_config().bandwidth, float)


@pytest.mark.parametrize("name", ["TIME_OUT", "timeout", "", "__class__"])
def test_unknown_setting_is_an_error_that_lists_the_known_settings(name):
    known = ", ".join(sorted(setting.upper() for setting in DEFAULTS))
    message = rf"is unknown; known are {known}$"
    with override_settings(MIGRATION_PANEL={name: 1}), pytest.raises(ImproperlyConfigured, match=message):
        get_config()


@pytest.mark.parametrize(
    ("name", "value", "type_name"),
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
    ids=repr,
)
def test_value_that_is_no_positive_number_is_an_error(name, value, type_name):
    with override_settings(MIGRATION_PANEL={name: value}), pytest.raises(ImproperlyConfigured) as caught:
        get_config()
    assert str(caught.value) == f"MIGRATION_PANEL[{name!r}] is {value!r}, must be a positive {type_name}"


def test_corrected_setting_applies_after_an_error():
    with override_settings(MIGRATION_PANEL={"TIMEOUT": 0}), pytest.raises(ImproperlyConfigured):
        get_config()
    assert get_config().timeout == 10.0


@pytest.mark.parametrize("value", [None, [], "TIMEOUT=10", 5], ids=repr)
def test_settings_that_are_no_dict_are_an_error(value):
    with override_settings(MIGRATION_PANEL=value), pytest.raises(ImproperlyConfigured, match="must be a dict"):
        get_config()


def test_cache_setting_is_the_alias_of_a_cache():
    with override_settings(MIGRATION_PANEL={"CACHE": "panel"}):
        assert get_config().cache == "panel"


@pytest.mark.parametrize("value", ["", 7, None], ids=["empty", "number", "none"])
def test_cache_setting_that_is_no_name_is_an_error(value):
    message = r"^MIGRATION_PANEL\['CACHE'\] is .*, must be a name$"
    with override_settings(MIGRATION_PANEL={"CACHE": value}), pytest.raises(ImproperlyConfigured, match=message):
        get_config()


@pytest.mark.parametrize("value", ["besides", "INSTEAD", "none"])
def test_unknown_choice_is_refused_with_the_choices(value):
    with (
        override_settings(MIGRATION_PANEL={"INSTANCE_ACTIONS": value}),
        pytest.raises(ImproperlyConfigured, match=f"{value}.*must be one of beside, instead"),
    ):
        get_config()
