# SPDX-License-Identifier: Apache-2.0
"""A history of ten migrations, and the contents of its pages."""

import re
from html import unescape

from django.http import HttpResponse

from tests.support.board_migrations import LIST, instance, name_all_instances, record
from tests.support.fake_cloud import Call, FakeCloud
from tests.support.nova_answers import listed

PAGE = "/admin/migrations/history/"
PROJECT_PAGE = "/project/migrations/history/"


def list_ten_migrations(cloud: FakeCloud) -> FakeCloud:
    """Let Nova list the migrations 10 to 1, by ``limit`` and ``marker``."""
    past = [record(number, uuid=instance(number), status="completed") for number in range(10, 0, -1)]

    def page(call: Call) -> dict:
        uuids = [each["uuid"] for each in past]
        start = uuids.index(call.query["marker"]) + 1 if "marker" in call.query else 0
        return listed(*past[start : start + int(call.query["limit"])])

    name_all_instances(cloud).on("GET", LIST, json=page)
    return cloud


def text(response: HttpResponse) -> str:
    return response.content.decode()


def row_numbers(response: HttpResponse) -> list[int]:
    """Return the numbers of the rows."""
    return [int(number) for number in re.findall(r'<tr id="migration-[^"]*" data-id="(\d+)"', text(response))]


def link(response: HttpResponse, name: str) -> str | None:
    """Return the address of the link; ``name``: "Older" or "Newer".  None without the link."""
    match = re.search(rf'href="([^"]*)" rel="\w+">{name} migrations</a>', text(response))
    return response.wsgi_request.path + unescape(match[1]) if match else None


def queries(cloud: FakeCloud) -> list[dict[str, str]]:
    """Return the query of each list without the parameters of the paging."""
    return [
        {name: value for name, value in call.query.items() if name not in ("limit", "marker")}
        for call in cloud.made("GET", LIST)
    ]
