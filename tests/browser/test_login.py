# SPDX-License-Identifier: Apache-2.0
"""The demo's users log in and find the panel."""

import re

from playwright.sync_api import expect


def test_admin_finds_the_panel_in_the_menu(page_as):
    page = page_as("admin", "/admin/migrations/")
    expect(page).to_have_title(re.compile(r"^(\(\d+\) )?Migrations - OpenStack Dashboard"))
    expect(page.locator("#sidebar-accordion").get_by_role("link", name="Migrations").first).to_be_attached()


def test_helpdesk_finds_the_panel_in_the_project_dashboard(page_as):
    page = page_as("helpdesk", "/project/migrations/", viewport=(390, 844))
    expect(page.get_by_role("heading", name="Migrations")).to_be_visible()


def test_form_has_no_field_for_the_domain(new_context):
    page = new_context().new_page()
    page.goto("/auth/login/")
    expect(page.get_by_label("User Name")).to_be_visible()
    expect(page.get_by_label("Domain")).to_have_count(0)


def test_panels_assets_are_compressed(page_as):
    page = page_as("admin", "/admin/migrations/")
    addresses = page.locator("script[src], link[rel=stylesheet]").evaluate_all("all => all.map(e => e.src || e.href)")
    assert addresses
    assert [address for address in addresses if "/static/migration_panel/" in address] == []
