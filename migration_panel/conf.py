# SPDX-License-Identifier: Apache-2.0
"""The settings of the plugin: the dict ``MIGRATION_PANEL``, which only this module reads."""

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed


@dataclass(frozen=True)
class Config:
    """The settings with their defaults."""

    # Maximum time to wait for an answer of Nova, s.
    timeout: float = 10.0
    # Maximum number of calls to Nova that a request makes at once.
    concurrency: int = 32
    # Time between two polls of the board while a migration is in progress, and otherwise, ms.
    poll_ms: int = 3000
    idle_poll_ms: int = 15000
    # How long the name of an instance is stored, s.
    name_ttl: int = 300
    # Transfer rate that the estimates assume, MiB/s.
    bandwidth: float = 100.0
    # How long an abort or force-complete may have no effect before the board reports it, s.
    patience: float = 60.0
    # How long a copy may make no progress before the board reports that it is not converging, s.
    stall: float = 60.0
    # How long an answer of Nova serves the polls of all users with the same rights, s.
    share: float = 1.5
    # Maximum number of cold migrations from a host at once.
    cold_wave: int = 4
    # Maximum number of instances that a search shows.
    search_limit: int = 25
    # Maximum number of calls to OpenStack in a request; five times as many in a request that changes something.
    max_calls: int = 1000
    # Alias of the entry of Django's CACHES that the panel uses.
    cache: str = "default"
    # Whether Horizon's instance tables have the panel's action beside or instead of Horizon's own (customization.py).
    instance_actions: str = "beside"


# Setting -> the values that it may have.
CHOICES = {"INSTANCE_ACTIONS": ("beside", "instead")}


@cache
def get_config() -> Config:
    """Return the settings.

    Raise ImproperlyConfigured for an unknown setting, a wrong type, zero or less, or a value that is not a choice.
    """
    given: Any = getattr(settings, "MIGRATION_PANEL", {})
    if not isinstance(given, dict):
        raise ImproperlyConfigured(f"MIGRATION_PANEL must be a dict, not {given!r}")
    types = {name.upper(): type(default) for name, default in asdict(Config()).items()}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in types:
            raise ImproperlyConfigured(f"MIGRATION_PANEL[{name!r}] is unknown; known are {', '.join(sorted(types))}")
        if name in CHOICES and value not in CHOICES[name]:
            raise ImproperlyConfigured(
                f"MIGRATION_PANEL[{name!r}] is {value!r}, must be one of {', '.join(CHOICES[name])}"
            )
        values[name.lower()] = _text(name, value) if types[name] is str else _number(name, value, types[name])
    return Config(**values)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ImproperlyConfigured(f"MIGRATION_PANEL[{name!r}] is {value!r}, must be a name")
    return value


def _number(name: str, value: Any, wanted: type[int] | type[float]) -> int | float:
    accepted = (int,) if wanted is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, accepted) or not 0 < value < float("inf"):
        raise ImproperlyConfigured(f"MIGRATION_PANEL[{name!r}] is {value!r}, must be a positive {wanted.__name__}")
    return wanted(value)


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "MIGRATION_PANEL":
        get_config.cache_clear()


setting_changed.connect(_forget, dispatch_uid="migration_panel.conf")
