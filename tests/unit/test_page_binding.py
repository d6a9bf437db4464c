# SPDX-License-Identifier: Apache-2.0
"""A page opened before a switch of region, project or user does nothing: all addresses, all forms."""

import re
from pathlib import Path

import pytest

from migration_panel.exceptions import PageOutdated, PageUnbound
from migration_panel.scope import ADMIN, PROJECT
from migration_panel.urls import panel_urls
from tests.support.nova_answers import INSTANCE, MIGRATION
from tests.support.user_requests import binding_of

TEMPLATES = sorted((Path(__file__).parents[2] / "templates").rglob("*.html"))
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
OUR_SCRIPT = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
PLAIN_SCRIPT = {"Accept": "application/json"}
MODAL = {"Accept": "*/*", "X-Requested-With": "XMLHttpRequest"}

# A value for each argument of an address.
ARGUMENTS = {
    "instance_id": INSTANCE,
    "migration_id": MIGRATION,
    "action": "confirm",
    "kind": "live",
    "host": "compute-01",
}
# The address of these forms names an instance, which belongs to one region.
BINDING_OPTIONAL = {"migrate"}


def posts():
    """Yield scope, name and arguments of each address that accepts a POST."""
    for scope in (ADMIN, PROJECT):
        for pattern in panel_urls(scope):
            if hasattr(pattern.callback.view_class, "post"):
                names = re.findall(r"<\w+:(\w+)>", str(pattern.pattern))
                yield scope, pattern.name, [ARGUMENTS[name] for name in names]


POSTS = list(posts())
each_post = pytest.mark.parametrize(
    ("scope", "name", "args"), POSTS, ids=[f"{scope.dashboard}-{name}" for scope, name, _ in POSTS]
)


def is_refused(answer) -> bool:
    text = answer.content.decode()
    return answer.status_code == 409 and any(str(error.headline) in text for error in (PageOutdated, PageUnbound))


def test_all_addresses_that_accept_a_post_are_tested():
    assert {name for _scope, name, _args in POSTS} == {
        "act", "act-on-instance", "several", "migrate", "evacuate", "drain", "return", "run",
    }  # fmt: skip


@each_post
@pytest.mark.parametrize("headers", [BROWSER, OUR_SCRIPT, PLAIN_SCRIPT], ids=["browser", "our-script", "plain-script"])
def test_wrong_binding_is_refused_and_nothing_is_done(fake_cloud, admin_client, scope, name, args, headers):
    answer = admin_client.post(scope.url(name, *args), {"binding": "0" * 16}, headers=headers)
    assert is_refused(answer)
    assert fake_cloud.panel_calls == []
    if headers is BROWSER:
        assert f'href="{scope.url("index")}"' in answer.content.decode()
    else:
        assert set(answer.json()) == {"error"}


@each_post
@pytest.mark.parametrize("headers", [BROWSER, OUR_SCRIPT, PLAIN_SCRIPT], ids=["browser", "our-script", "plain-script"])
def test_right_binding_is_accepted(fake_cloud, admin_client, scope, name, args, headers):
    fields = {"binding": binding_of(admin_client)}
    assert not is_refused(admin_client.post(scope.url(name, *args), fields, headers=headers))


@each_post
@pytest.mark.parametrize("headers", [BROWSER, OUR_SCRIPT], ids=["browser", "our-script"])
def test_missing_binding_of_a_page_is_refused(fake_cloud, admin_client, scope, name, args, headers):
    answer = admin_client.post(scope.url(name, *args), headers=headers)
    assert is_refused(answer) is (name not in BINDING_OPTIONAL)
    if name not in BINDING_OPTIONAL:
        assert fake_cloud.panel_calls == []


@each_post
def test_other_scripts_need_no_binding(fake_cloud, admin_client, scope, name, args):
    assert not is_refused(admin_client.post(scope.url(name, *args), headers=PLAIN_SCRIPT))
    assert not is_refused(admin_client.post(scope.url(name, *args)))


@pytest.mark.parametrize("name", sorted({name for _scope, name, _args in POSTS}))
def test_page_of_another_user_is_refused(fake_cloud, admin_client, login, name):
    [args] = [args for scope, other, args in POSTS if (scope, other) == (ADMIN, name)]
    fields = {"binding": binding_of(admin_client)}
    login(admin_client, roles=("admin",), project="admin", project_id="admin-id", user="bob", token="of-bob")
    assert is_refused(admin_client.post(ADMIN.url(name, *args), fields, headers=BROWSER))
    assert fake_cloud.panel_calls == []


def test_modal_shows_the_refusal(fake_cloud, admin_client):
    """Horizon's modals show the body only if the status is 200."""
    answer = admin_client.post(ADMIN.url("migrate", INSTANCE, "live"), {"binding": "x"}, headers=MODAL)
    text = answer.content.decode()
    assert (answer.status_code, str(PageOutdated.headline) in text, "modal-body" in text) == (200, True, True)
    assert fake_cloud.panel_calls == []


@pytest.mark.parametrize("path", ["status/", f"{INSTANCE}/live/check/", f"{MIGRATION}/", "hosts/compute-01/run/"])
def test_poll_of_a_page_opened_before_a_switch_is_refused(fake_cloud, admin_client, path):
    address = f"/admin/migrations/{path}"
    assert is_refused(admin_client.get(address, {"binding": "x"}, headers=OUR_SCRIPT))
    assert not is_refused(admin_client.get(address, {"binding": binding_of(admin_client)}, headers=OUR_SCRIPT))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_every_form_with_a_post_contains_the_binding(template):
    text = template.read_text()
    forms = re.findall(r"<form\b.*?</form>", text, re.DOTALL)
    assert len(forms) == text.count("<form")
    posting = [form for form in forms if re.search(r'<form\b[^>]*\bmethod="post"', form, re.IGNORECASE)]
    others = [form for form in forms if form not in posting]
    assert all("{% page_binding %}" in form for form in posting)
    assert not any("{% page_binding %}" in form for form in others)
    if "_modal_form.html" in text:
        assert "{% page_binding %}" in text


def test_forms_with_a_post_are_found():
    assert sum('method="post"' in template.read_text() for template in TEMPLATES) >= 7
