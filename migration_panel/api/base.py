# SPDX-License-Identifier: Apache-2.0
"""How one call to Nova is made and its answer read: what all rooms of the client stand on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest
from django.utils.functional import Promise
from novaclient.api_versions import APIVersion
from novaclient.client import Client
from novaclient.exceptions import NotAcceptable

from migration_panel.api import clock
from migration_panel.api.session import OLDEST, Access, connect, forget_version, older_client
from migration_panel.api.validate import validated
from migration_panel.exceptions import TooOld

if TYPE_CHECKING:
    # In typing itself from Python 3.11 on only.
    from typing_extensions import Self

Record = TypeVar("Record")

# Nova's text of a 406 (nova/exception.py, InvalidGlobalAPIVersion).
MAXIMUM = re.compile(r"maximum is (\d+\.\d+)")

# Pages of one list that are read at most: with Nova's default of a thousand to a page, more than any host or cloud has.
MAX_PAGES = 20


@dataclass(frozen=True)
class Page(Generic[Record]):
    """Part of a list, and whether Nova says that there is more of it."""

    records: list[Record]
    more: bool
    # Where the next page begins, by Nova's own link.
    marker: str | None = None


@dataclass(frozen=True)
class Listing(Generic[Record]):
    """A list read to its end, or, where it is not ``complete``, as far as was allowed."""

    records: list[Record]
    complete: bool = True


def _marker(links: Iterable[dict[str, Any]]) -> str | None:
    """Return the marker of the link to the next page.  Its address may be one that only Nova's own network knows."""
    for link in links:
        markers = parse_qs(urlsplit(str(link["href"])).query).get("marker")
        if link.get("rel") == "next" and markers:
            return markers[0]
    return None


class NovaAPI:
    """One user's Nova.  Safe to call from several threads at once."""

    # What is spoken at most; all that both sides speak, if none.
    newest: ClassVar[APIVersion | None] = None

    def __init__(self, access: Access) -> None:
        self.access = access
        self._client = connect(access, self.newest)
        # The newest version that a call has required so far.
        self._required = OLDEST

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        return cls(Access.of(request))

    def now(self) -> datetime:
        """Return the time by the service's own clock, for comparisons with its records."""
        return clock.now(self.access.endpoint)

    def _require(self, version: APIVersion, otherwise: Promise) -> None:
        if self._client.api_version < version:
            raise TooOld(otherwise)
        self._required = max(self._required, version)

    def _read(
        self,
        call: Callable[[Client], Iterable[Any]],
        record: Callable[[dict[str, Any]], Record],
    ) -> list[Record]:
        with self.access.translated():
            return [validated(record(resource.to_dict())) for resource in self._asked(call)]

    def _page(
        self,
        path: str,
        name: str,
        query: dict[str, Any] | Sequence[tuple[str, Any]],
        record: Callable[[dict[str, Any]], Record],
    ) -> Page[Record]:
        """novaclient's own lists leave out the link to a next page, and take one value for each filter only."""
        pairs = query.items() if isinstance(query, dict) else query
        given = urlencode([(key, value) for key, value in pairs if value is not None])
        with self.access.translated():
            answer = self._asked(lambda nova: nova.client.get(f"{path}?{given}")[1])
            # Nova links to a next page whenever this one is full (nova/api/openstack/common.py, _get_collection_links).
            links = answer.get(f"{name}_links") or []
            return Page([validated(record(data)) for data in answer[name]], bool(links), _marker(links))

    def _list_all(
        self,
        path: str,
        name: str,
        query: dict[str, Any],
        record: Callable[[dict[str, Any]], Record],
        *,
        pages: int = MAX_PAGES,
    ) -> Listing[Record]:
        """Return the whole list: one call per page, as many as ``pages`` at most."""
        found: list[Record] = []
        marker = query.get("marker")
        for _ in range(pages):
            page = self._page(path, name, query | {"marker": marker}, record)
            found += page.records
            if not page.more or not page.records or page.marker in (None, marker):
                return Listing(found, complete=not (page.more and page.records))
            marker = page.marker
        return Listing(found, complete=False)

    def _act(self, call: Callable[[Client], object]) -> None:
        with self.access.translated():
            self._asked(call)

    def _asked(self, call: Callable[[Client], Any]) -> Any:
        """Make a call; after a 406, repeat it at an accepted version.  Nova does nothing if it answers 406."""
        used = self._client
        try:
            return call(used)
        except NotAcceptable as error:
            forget_version(self.access.endpoint)
            client = self._accepted(error)
            # An older version would silently ignore what earlier calls required, for example a filter.
            if not self._required <= client.api_version < used.api_version:
                raise
            self._client = client
            return call(client)

    def _accepted(self, error: NotAcceptable) -> Client:
        """Return a client for the accepted version.

        During an upgrade, the APIs behind one endpoint differ, so the maximum in this answer has priority.
        """
        maximum = MAXIMUM.search(str(error.message or ""))
        if maximum:
            return older_client(self.access, APIVersion(maximum[1]), self.newest)
        return connect(self.access, self.newest)
