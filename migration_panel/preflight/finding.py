# SPDX-License-Identifier: Apache-2.0
"""A finding: what is known about a migration before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Nova would refuse the migration; it may fail; good to know.
ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True)
class Finding:
    """One finding about an instance, a host or the whole choice."""

    level: str
    # Stable name for scripts; messages.py has the sentences.
    code: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
