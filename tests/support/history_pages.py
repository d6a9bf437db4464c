# SPDX-License-Identifier: Apache-2.0
"""A past of ten migrations, and how a reader goes through its pages."""

import re
from html import unescape

from django.http import HttpResponse

from tests.support.board_migrations import LIST, instance, name_all, record
from tests.support.fake_cloud import Call, FakeCloud
from tests.support.nova_answers import listed

PAGE = "/admin/migrations/history/"
PROJECT_PAGE = "/project/migrations/history/"


def keep_ten(cloud: FakeCloud) -> FakeCloud:
    """Numbers 10 to 1, of which Nova gives as many as it is asked for after the one that is named."""
    past = [record(number, uuid=instance(number), status="completed") for number in range(10, 0, -1)]

    def page(call: Call) -> dict:
        after = [one["uuid"] for one in past].index(call.query["marker"]) + 1 if "marker" in call.query else 0
        return listed(*past[after : after + int(call.query["limit"])])

    name_all(cloud).on("GET", LIST, json=page)
    return cloud


def text(response: HttpResponse) -> str:
    return response.content.decode()


def shown(response: HttpResponse) -> list[int]:
    """The numbers of the rows."""
    return [int(number) for number in re.findall(r'<tr id="migration-[^"]*" data-id="(\d+)"', text(response))]


def link(response: HttpResponse, name: str) -> str | None:
    """Where "Older" or "Newer" leads, if it is there."""
    found = re.search(rf'href="([^"]*)" rel="\w+">{name}</a>', text(response))
    return response.wsgi_request.path + unescape(found[1]) if found else None


def queries(cloud: FakeCloud) -> list[dict[str, str]]:
    """The filters of each list, less the paging."""
    return [
        {name: value for name, value in call.query.items() if name not in ("limit", "marker")}
        for call in cloud.made("GET", LIST)
    ]
