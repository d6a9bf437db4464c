# SPDX-License-Identifier: Apache-2.0
"""Many checked boxes are sent as one field, however a form is sent.  Needs a browser, but no demo."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Route

SCRIPTS = Path(__file__).parents[2] / "static" / "migration_panel" / "js"
ADDRESS = "http://127.0.0.1:9/form"
BOXES = 2000
# As the page of a drain has it, with the fetch of plan.js.
FORM = """
<form method="post" action="/form" data-joined="instance">
  <input type="hidden" name="chosen" value="1">
  <button name="update" value="1">Update</button> <button>Drain host</button>
  {boxes}
</form>
"""


@pytest.fixture
def sent() -> list[dict[str, list[str]]]:
    return []


@pytest.fixture
def form(browser: Browser, sent: list[dict[str, list[str]]]) -> Iterator[Page]:
    """A page with a number of checked boxes.  It records each POST and answers with the page again."""
    boxes = "".join(f'<input type="checkbox" name="instance" value="id-{one}" checked>' for one in range(BOXES))
    scripts = "".join(f"<script>{(SCRIPTS / name).read_text()}</script>" for name in ("common.js", "fields.js"))
    html = f"<!doctype html><body>{FORM.format(boxes=boxes)}{scripts}"

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(parse_qs(route.request.post_data or ""))
        route.fulfill(body=html, content_type="text/html")

    page = browser.new_page()
    page.route("**/form", answer)
    page.goto(ADDRESS)
    yield page
    page.close()


@pytest.mark.parametrize("button", ["Update", "Drain host"])
def test_submission_has_one_field_for_all_boxes(form, sent, button):
    form.locator("[value=id-1]").uncheck()
    form.get_by_role("button", name=button).click()
    form.wait_for_load_state()
    [fields] = sent
    [joined] = fields["instance"]
    assert joined.split() == [f"id-{one}" for one in range(BOXES) if one != 1]
    assert ("update" in fields) is (button == "Update")


def test_script_that_reads_the_form_gets_one_field_too(form):
    names = form.evaluate("[...new FormData(document.forms[0]).keys()]")
    assert names == ["chosen", "instance"]


def test_boxes_are_unchanged_after_going_back(form):
    form.locator("[value=id-1]").uncheck()
    form.get_by_role("button", name="Drain host").click()
    form.wait_for_load_state()
    form.go_back()
    assert form.locator("[name=instance]:enabled").count() == BOXES


def test_single_box_is_sent_as_it_is(form, sent):
    form.evaluate("document.querySelectorAll('[name=instance]').forEach((box, n) => box.checked = n === 7)")
    form.get_by_role("button", name="Drain host").click()
    form.wait_for_load_state()
    assert sent[0]["instance"] == ["id-7"]
