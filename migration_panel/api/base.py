# SPDX-License-Identifier: Apache-2.0
"""How a call to Nova is made and its answer read.  The methods for single resources are in ``nova_*.py``."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest
from django.utils.functional import Promise
from novaclient.api_versions import APIVersion
from novaclient.client import Client
from novaclient.exceptions import NotAcceptable

from migration_panel.api.session import OLDEST, Access, forget_version, negotiated_version, nova_client, server_time
from migration_panel.api.translate import UNREADABLE, UNREADABLE_ANSWER
from migration_panel.api.validate import validated
from migration_panel.exceptions import ServiceUnavailable, TooOld

if TYPE_CHECKING:
    # In typing itself from Python 3.11 on only.
    from typing_extensions import Self

LOG = logging.getLogger(__name__)

Record = TypeVar("Record")
Result = TypeVar("Result")

# Nova's text of a 406 (nova/exception.py, InvalidGlobalAPIVersion).
MAXIMUM = re.compile(r"maximum is (\d+\.\d+)")

# Maximum number of pages of one list that are read: with Nova's default of a thousand records, more than any cloud has.
MAX_PAGES = 20


@dataclass(frozen=True)
class Page(Generic[Record]):
    """Part of a list, and whether Nova says that the list goes on."""

    records: list[Record]
    more: bool
    # Start of the next page, from Nova's own link.
    marker: str | None = None


@dataclass(frozen=True)
class Listing(Generic[Record]):
    """A list: the whole list if it is ``complete``, else as much as could be read."""

    records: list[Record]
    complete: bool = True


def read_pages(
    get_page: Callable[[str | None], Page[Record]],
    *,
    pages: int = MAX_PAGES,
    most: int | None = None,
    marker: str | None = None,
) -> Listing[Record]:
    """Return a list from its pages: one call for each page, until ``most`` records or ``pages`` pages are read.

    ``get_page`` returns the page after a marker; ``marker``: where to start.
    """
    records: list[Record] = []
    for _ in range(pages):
        page = get_page(marker)
        records += page.records
        if not page.more or not page.records or page.marker in (None, marker):
            return Listing(records, complete=not (page.more and page.records))
        if most is not None and len(records) >= most:
            break
        marker = page.marker
    return Listing(records, complete=False)


def read_records(
    items: Sequence[Mapping[str, Any]], record: Callable[[dict[str, Any]], Record], *, skip_unreadable: bool = False
) -> list[Record]:
    """Return the items of an answer as records with values of the declared types.

    ``skip_unreadable``: leave out and log what cannot be read, so that it does not hide the other records.  Raise an
    error of UNREADABLE, or ServiceUnavailable if no record is left.
    """
    records = []
    for data in items:
        try:
            records.append(validated(record(dict(data))))
        except UNREADABLE:
            if not skip_unreadable:
                raise
            LOG.warning("A record in Nova's answer cannot be read: %.500r", data)
    if items and not records:
        raise ServiceUnavailable(UNREADABLE_ANSWER)
    return records


class Sharing(Protocol):
    """Return the result of a call, or of an equal call of another user who may see the same."""

    def __call__(self, question: tuple[Hashable, ...], call: Callable[[], Result]) -> Result: ...


def not_shared(question: tuple[Hashable, ...], call: Callable[[], Result]) -> Result:
    """Make the call."""
    return call()


class NovaAPI:
    """One user's connection to Nova.  Safe to call from several threads at once."""

    def __init__(self, access: Access, share: Sharing = not_shared) -> None:
        """Find out Nova's microversion: one call for each endpoint in the life of the process.

        ``share``: decides whether the lists that polls read are shared.  Raise MigrationPanelError.
        """
        self.access = access
        self._share = share
        self._version = negotiated_version(access)
        # The newest version that a call has required so far.
        self._required = OLDEST
        # Microversion -> novaclient.
        self._clients: dict[str, Client] = {}

    @classmethod
    def connect(cls, request: HttpRequest) -> Self:
        """Connect with the user's token.  Raise MigrationPanelError."""
        return cls(Access.of(request))

    def now(self) -> datetime:
        """Return the time by the service's own clock, for comparisons with its records."""
        return server_time(self.access.endpoint)

    def _require_microversion(self, version: APIVersion, otherwise: str | Promise) -> None:
        """Raise TooOld with the reason ``otherwise`` if Nova does not support the microversion."""
        if self._version < version:
            raise TooOld(otherwise)
        self._required = max(self._required, version)

    def _list(
        self,
        call: Callable[[Client], Iterable[Any]],
        record: Callable[[dict[str, Any]], Record],
        *,
        newest: APIVersion | None = None,
        skip_unreadable: bool = False,
    ) -> list[Record]:
        """Return the records of the resources that novaclient returns."""
        with self.access.translate_errors():
            items = [resource.to_dict() for resource in self._call(call, newest)]
            return read_records(items, record, skip_unreadable=skip_unreadable)

    def _get_page(
        self,
        path: str,
        name: str,
        query: Mapping[str, Any] | Sequence[tuple[str, Any]],
        record: Callable[[dict[str, Any]], Record],
        *,
        newest: APIVersion | None = None,
        skip_unreadable: bool = False,
    ) -> Page[Record]:
        """Return one page of a list.

        novaclient's own lists drop the link to the next page, and have one value for each filter only.
        """
        pairs = query.items() if isinstance(query, Mapping) else query
        given = urlencode([(key, value) for key, value in pairs if value is not None])
        with self.access.translate_errors():
            answer = self._call(lambda nova: nova.client.get(f"{path}?{given}")[1], newest)
            # Nova links to a next page whenever this page is full (nova/api/openstack/common.py,
            # _get_collection_links).
            links = answer.get(f"{name}_links") or []
            records = read_records(answer[name], record, skip_unreadable=skip_unreadable)
            return Page(records, bool(links), _marker(links))

    def _post(self, call: Callable[[Client], object], *, newest: APIVersion | None = None) -> str:
        """Make a call that changes something.  Return Nova's ID of the request; empty if the answer has no ID."""
        with self.access.translate_errors():
            answer = self._call(call, newest)
        # novaclient reads the IDs from the header x-openstack-request-id.
        return next((str(request_id) for request_id in getattr(answer, "request_ids", ()) if request_id), "")

    def _call(self, call: Callable[[Client], Any], newest: APIVersion | None) -> Any:
        """Make a call at the microversion ``newest`` at most.

        After a 406, repeat it at an accepted version: Nova does nothing if it answers 406.
        """
        used = self._version
        try:
            return call(self._client(used, newest))
        except NotAcceptable as error:
            forget_version(self.access.endpoint)
            accepted = self._accepted_version(error)
            # An older version would silently ignore what earlier calls required, for example a filter.
            if not self._required <= accepted < min(used, newest or used):
                raise
            self._version = accepted
            return call(self._client(accepted, newest))

    def _client(self, version: APIVersion, newest: APIVersion | None) -> Client:
        version = min(version, newest or version)
        name = version.get_string()
        if name not in self._clients:
            self._clients[name] = nova_client(self.access, version)
        return self._clients[name]

    def _accepted_version(self, error: NotAcceptable) -> APIVersion:
        """Return the microversion that Nova accepts.

        During an upgrade, the APIs behind one endpoint differ, so the maximum in this answer has priority.
        """
        maximum = MAXIMUM.search(str(error.message or ""))
        return APIVersion(maximum[1]) if maximum else negotiated_version(self.access)


def _marker(links: Iterable[dict[str, Any]]) -> str | None:
    """Return the marker in the link to the next page.  Its address may be an address in Nova's own network."""
    for link in links:
        markers = parse_qs(urlsplit(str(link["href"])).query).get("marker")
        if link.get("rel") == "next" and markers:
            return markers[0]
    return None
