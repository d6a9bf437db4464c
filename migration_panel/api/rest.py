# SPDX-License-Identifier: Apache-2.0
"""How a service other than Nova is asked: without a client library, by plain requests for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpRequest

from migration_panel.api.session import Access, session

if TYPE_CHECKING:
    # In typing itself from Python 3.11 on only.
    from typing_extensions import Self


class Rest:
    """One user's access to a service.  Safe to call from several threads at once."""

    service: ClassVar[str]

    def __init__(self, access: Access) -> None:
        self.access = access
        self._session = session(access)

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Raises ServiceUnavailable if the cloud has no such service."""
        return cls(Access.of(request, cls.service))

    def _get(self, path: str, query: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Raises what keystoneauth raises: goes into ``translated``."""
        answer = self._session.get(
            self.access.endpoint + path, params=query, headers={"Accept": "application/json", **(headers or {})}
        )
        return dict(answer.json())
