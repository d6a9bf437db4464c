# SPDX-License-Identifier: Apache-2.0
"""What a form can do without: had, or why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from migration_panel.api.placement import UnknownTrait
from migration_panel.exceptions import MigrationPanelError, NoSuchService, NotAllowed, NotFound, RequestRejected


@dataclass(frozen=True)
class OptionalResult:
    value: Any = None
    # not-allowed, absent, gone, trait, refused, failed, flavor; empty if the call succeeded or was not needed.
    why: str = ""

    @property
    def found(self) -> bool:
        return self.value is not None


def call_or_reason(call: Callable[[], Any], *, asked: bool = True) -> OptionalResult:
    """Even a lost session is for the call of the instance itself to tell: another service may be set up wrongly."""
    if not asked:
        return OptionalResult(why="not-allowed")
    try:
        return OptionalResult(call())
    except NotAllowed:
        return OptionalResult(why="not-allowed")
    except NotFound:
        return OptionalResult(why="gone")
    except NoSuchService:
        return OptionalResult(why="absent")
    except UnknownTrait:
        return OptionalResult(why="trait")
    except RequestRejected:
        return OptionalResult(why="refused")
    except MigrationPanelError:
        return OptionalResult(why="failed")
