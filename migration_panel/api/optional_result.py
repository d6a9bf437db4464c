# SPDX-License-Identifier: Apache-2.0
"""What a form can do without: had, or why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from migration_panel.api.placement import UnknownTrait
from migration_panel.exceptions import MigrationPanelError, NoSuchService, NotAllowed, NotFound, Refused


@dataclass(frozen=True)
class Attempt:
    value: Any = None
    # not-allowed, absent, gone, trait, refused, failed, flavor; empty if the call succeeded or was not needed.
    why: str = ""

    @property
    def found(self) -> bool:
        return self.value is not None


def attempt(call: Callable[[], Any], *, asked: bool = True) -> Attempt:
    """Even a lost session is for the call of the instance itself to tell: another service may be set up wrongly."""
    if not asked:
        return Attempt(why="not-allowed")
    try:
        return Attempt(call())
    except NotAllowed:
        return Attempt(why="not-allowed")
    except NotFound:
        return Attempt(why="gone")
    except NoSuchService:
        return Attempt(why="absent")
    except UnknownTrait:
        return Attempt(why="trait")
    except Refused:
        return Attempt(why="refused")
    except MigrationPanelError:
        return Attempt(why="failed")
