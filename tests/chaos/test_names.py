# SPDX-License-Identifier: Apache-2.0
"""Names of instances that are as long as Nova allows, in any script, or made to look like something else."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.embedded_cloud import eventually
from tests.support.fault_steps import BOARD

MOST = 255
NAMES = {
    "Latin, without a gap": "w" * MOST,
    "Latin, with accents": "Žluťoučký kůň úpěl ďábelské ódy "[:-1] * 8,
    "Arabic": "خادم قاعدة البيانات " * 12,
    "Hebrew": "שרת_הדואר" * 28,
    "Greek": "εξυπηρετητής" * 21,
    "Cyrillic": "сервер-базы-данных-" * 13,
    "Devanagari": "सर्वर" * 51,
    "Thai": "เซิร์ฟเวอร์ฐานข้อมูล" * 12,
    "Chinese": "数据库服务器" * 42,
    "Korean": "데이터베이스" * 42,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 22,
    "stacked accents": "ẗ̸́̂̃̄̅̆" * 31,
    "right-to-left override": "web-\u202e10-bew\u2066\u202d" * 15,
    "control characters": "a\x01\x07\x08\x1b[31mred\x1b]0;pwned\x07\x7f\x85\u2028b" * 8,
    "line ends and tabs": "first\r\nX-Injected: yes\r\n\r\n\tsecond " * 6,
    "HTML": "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>\"'><svg/onload=window.pwned=1>" * 2,
    "an attribute": '" autofocus onfocus="window.pwned=1" x=\'` onmouseover=window.pwned=1 \'&quot;&#34;&lt;b&gt;',
    "a template": "{{ 7*7 }}{% load x %}{% if %}{# c #}{{constructor.constructor('window.pwned=1')()}}[[7*7]]${7*7}",
    "shell": "$(touch /tmp/pwned) `id`; rm -rf / | cat & echo 'x' \"y\" \\ # -- --help > /dev/null",
    "SQL and paths": "'; DROP TABLE instances; -- ../../../etc/passwd %00 %2e%2e/ %s %(name)s {0.__class__} \\u0000",
}

# Elements that make the page scroll sideways.
WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 80))"""


def shown(text: str) -> str:
    """Return the name as a page shows it: white space becomes one space."""
    return re.sub(r"[ \t\r\n\f]+", " ", text).strip()


def text_of(page: Page) -> str:
    return shown(page.locator("body").evaluate("body => body.textContent"))


@pytest.fixture
def named(on, boot, nova):
    """``named(name)``: an instance that migrates, renamed in Nova's database, because its API would refuse the name."""

    def made(name: str):
        server = boot(sim_converge="never")
        with on.cloud.nova_database() as database:
            database.execute("UPDATE instances SET display_name = ? WHERE uuid = ?", (name, server.id))
        nova.servers.live_migrate(server.id, None, False)
        eventually(lambda: [one for one in nova.server_migrations.list(server.id) if one.status == "running"])
        return server

    return made


def expect_harmless(page: Page, name: str) -> None:
    """Expect the name as text, and within the width of the window."""
    eventually(lambda: shown(name) in text_of(page), within=20)
    assert page.evaluate("window.pwned") is None
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(WIDER) == [], (page.url, width)


def pages(instance: str, migration: str) -> list[str]:
    return [
        f"{BOARD}{migration}/?instance={instance}",
        f"{BOARD}instances/{instance}/",
        f"{BOARD}{instance}/live/",
        f"{BOARD}several/?instance={instance}&type=live",
        f"{BOARD}hosts/compute-01/drain/",
    ]


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.fault("a name: {kind}", "shown as it is on every page; nothing runs, nothing overflows")
def test_name_is_shown_as_text(board, named, nova, kind):
    name = NAMES[kind][:MOST]
    server = named(name)
    [migration] = nova.server_migrations.list(server.id)
    page = board()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    expect(page.get_by_role("row").filter(has=page.locator(f"a[href*='{server.id}']"))).to_have_count(1, timeout=20_000)
    expect_harmless(page, name)
    for path in pages(server.id, migration.uuid):
        page.goto(path)
        expect_harmless(page, name)
    assert dialogs == []
