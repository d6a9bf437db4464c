# SPDX-License-Identifier: Apache-2.0
"""Services other than Nova, by keystoneauth's adapter: plain requests for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpRequest
from keystoneauth1.adapter import Adapter

from migration_panel.api.session import Access, session

if TYPE_CHECKING:
    # In typing itself from Python 3.11 on only.
    from typing_extensions import Self


class ServiceAPI:
    """One user's access to a service.  Safe to call from several threads at once."""

    # The service type in the catalog.
    service: ClassVar[str]

    def __init__(self, access: Access) -> None:
        self.access = access
        self._adapter = Adapter(
            session(access),
            service_type=self.service,
            endpoint_override=access.endpoint,
            additional_headers={"Accept": "application/json"},
        )

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Return the service for the user's token.  Raise NoSuchService if the user's catalog does not list it."""
        return cls(Access.of(request, cls.service))

    def _get(self, path: str, query: Mapping[str, Any], microversion: str | None = None) -> dict[str, Any]:
        """Return the body of an answer.  Raise keystoneauth's errors: call this within ``translate_errors``."""
        return dict(self._adapter.get(path, params=query, microversion=microversion).json())
