# SPDX-License-Identifier: Apache-2.0
from uuid import UUID


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
