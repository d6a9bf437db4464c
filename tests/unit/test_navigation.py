# SPDX-License-Identifier: Apache-2.0
"""The tabs and the breadcrumb: alike on every page, the current page marked."""

import re

import pytest

from tests.support.fake_host import FakeHost

ADMIN = "/admin/migrations/"
PROJECT = "/project/migrations/"
HTML = {"accept": "text/html"}


TAB = re.compile(
    r'<li (?:class="(active)")?>\s*<a href="([^"]+)" target="_self"\s*(?:aria-current="(\w+)")?\s*>([^<]+)</a>'
)


def tabs_of(response):
    [navigation] = re.findall(r'<ul class="nav nav-tabs migration-tabs">.*?</ul>', response.content.decode(), re.DOTALL)
    navigation = re.sub(r"{#.*?#}", "", navigation)
    return [(name, url, aria, state) for state, url, aria, name in TAB.findall(navigation)]


def breadcrumb_of(response):
    [items] = re.findall(r'<ol class="breadcrumb">(.*?)</ol>', response.content.decode(), re.DOTALL)
    return [re.sub(r"<[^>]+>|\s+", " ", item).strip() for item in items.split("</li>") if item.strip()]


@pytest.mark.parametrize(
    ("path", "current", "mark"),
    [
        pytest.param("", "Board", "page", id="board"),
        pytest.param("history/", "History", "page", id="history"),
        pytest.param("hosts/", "Hosts", "page", id="hosts"),
        pytest.param("hosts/compute-01/drain/", "Hosts", "true", id="drain"),
        pytest.param("hosts/compute-01/return/", "Hosts", "true", id="return"),
        pytest.param("hosts/compute-01/run/", "Hosts", "true", id="run"),
        pytest.param("hosts/compute-01/evacuate/", "Hosts", "true", id="evacuate"),
        pytest.param("instances/", "Board", "true", id="search"),
        pytest.param("several/", "Board", "true", id="several"),
    ],
)
def test_tabs_are_the_same_on_every_page_and_mark_the_current_page(admin_client, fake_cloud, path, current, mark):
    FakeHost(fake_cloud, 1)
    tabs = tabs_of(admin_client.get(ADMIN + path, headers=HTML))
    assert [(name, url) for name, url, *_ in tabs] == [
        ("Board", ADMIN),
        ("History", f"{ADMIN}history/"),
        ("Hosts", f"{ADMIN}hosts/"),
    ]
    assert {name: (aria, state) for name, _, aria, state in tabs if aria or state} == {current: (mark, "active")}


@pytest.mark.parametrize("path", ["", "history/", "instances/"], ids=["board", "history", "search"])
def test_tabs_of_the_project_panel_lack_the_hosts(helpdesk_client, path):
    assert [name for name, *_ in tabs_of(helpdesk_client.get(PROJECT + path))] == ["Board", "History"]


def test_tabs_stay_on_the_page_of_an_error(admin_client):
    """The fake cloud answers 404: the migration does not exist."""
    response = admin_client.get(f"{ADMIN}00000000-0000-4000-8000-000000000000/")
    assert response.status_code == 404
    assert [name for name, *_ in tabs_of(response)] == ["Board", "History", "Hosts"]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        pytest.param("", ["Admin", "Compute", "Migrations"], id="board"),
        pytest.param("history/", ["Admin", "Compute", "Migrations", "Migration history"], id="history"),
        pytest.param("hosts/", ["Admin", "Compute", "Migrations", "Compute hosts"], id="hosts"),
        pytest.param(
            "hosts/compute-01/drain/",
            ["Admin", "Compute", "Migrations", "Compute hosts", "Drain compute-01"],
            id="drain",
        ),
    ],
)
def test_breadcrumb_names_the_pages_above(admin_client, fake_cloud, path, names):
    FakeHost(fake_cloud, 1)
    assert breadcrumb_of(admin_client.get(ADMIN + path, headers=HTML)) == names
