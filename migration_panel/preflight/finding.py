# SPDX-License-Identifier: Apache-2.0
"""Something that stands, or may stand, against a migration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Nova would refuse; it may go wrong; good to know.
ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True)
class Finding:
    level: str
    # Stable name for scripts; text.py has the sentences.
    code: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
