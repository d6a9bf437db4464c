# SPDX-License-Identifier: Apache-2.0
"""The plugin's settings: one dict, ``MIGRATION_PANEL``, typed here and read nowhere else."""

from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed


@dataclass(frozen=True)
class Config:
    # Longest wait for one answer of Nova, s.
    timeout: float = 10.0
    # Most calls to Nova that one request has under way at once.
    concurrency: int = 32
    # Time between two polls of the board while something moves, and while nothing does, ms.
    poll_ms: int = 3000
    idle_poll_ms: int = 15000
    # How long the name of an instance is remembered, s.
    name_ttl: int = 300
    # Rate at which the estimates suppose a copy to run, MiB/s.
    bandwidth: float = 100.0
    # How long an abort or force-complete may go without an effect before the board says so, s.
    patience: float = 60.0
    # How long a copy may go without coming nearer to its end before the board says that it stalls, s.
    stall: float = 60.0
    # How long one answer of Nova serves all polls of those who see the same, s.
    share: float = 1.5
    # Most instances of one host that are on their way cold at once.
    cold_wave: int = 4
    # Most instances a search shows.
    search_limit: int = 25
    # Maximum number of calls to OpenStack in one request; five times as many in a request that carries out an order.
    max_calls: int = 1000
    # Alias of the entry of Django's CACHES that the panel uses.
    cache: str = "default"
    # Whether Horizon's instance tables have the panel's action beside or instead of Horizon's own (customization.py).
    instance_actions: str = field(default="beside", metadata={"choices": ("beside", "instead")})


@cache
def get_config() -> Config:
    """Return the settings.

    Raise ImproperlyConfigured for a setting that is unknown, of a wrong type, not positive, empty, or not one of its
    choices.
    """
    given: dict[str, Any] = getattr(settings, "MIGRATION_PANEL", {})
    if not isinstance(given, dict):
        raise ImproperlyConfigured(f"MIGRATION_PANEL must be a dict, not {given!r}")
    known = {field.name.upper(): field for field in fields(Config)}
    values = {}
    for name, value in given.items():
        if name not in known:
            raise ImproperlyConfigured(f"MIGRATION_PANEL[{name!r}] is unknown; known are {', '.join(sorted(known))}")
        values[known[name].name] = _checked(name, value, known[name].type)
        choices = known[name].metadata.get("choices", (value,))
        if value not in choices:
            raise ImproperlyConfigured(f"MIGRATION_PANEL[{name!r}] is {value!r}, must be one of {', '.join(choices)}")
    return Config(**values)


def _checked(name: str, value: Any, wanted: type) -> int | float | str:
    if wanted is not str:
        return _number(name, value, wanted)
    if not isinstance(value, str) or not value:
        raise ImproperlyConfigured(f"MIGRATION_PANEL[{name!r}] is {value!r}, must be a name")
    return value


def _number(name: str, value: Any, wanted: type) -> int | float:
    accepted = (int,) if wanted is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, accepted) or not 0 < value < float("inf"):
        raise ImproperlyConfigured(f"MIGRATION_PANEL[{name!r}] is {value!r}, must be a positive {wanted.__name__}")
    return wanted(value)


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "MIGRATION_PANEL":
        get_config.cache_clear()


setting_changed.connect(_forget, dispatch_uid="migration_panel.conf")
