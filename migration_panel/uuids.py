# SPDX-License-Identifier: Apache-2.0
from uuid import UUID


def as_uuid(text: str) -> str | None:
    """As Nova writes it, whatever its spelling; None for what is none."""
    try:
        return str(UUID(text))
    except ValueError:
        return None
