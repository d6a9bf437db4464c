# SPDX-License-Identifier: Apache-2.0
"""The board within Horizon's frame, for each kind of user."""

import pytest
from django.test import AsyncClient, Client


def test_admin_sees_the_board(admin_client):
    response = admin_client.get("/admin/migrations/")
    assert response.status_code == 200
    assert "Migrations" in response.content.decode()


async def test_admin_sees_the_board_under_asgi(login):
    client = login(AsyncClient())
    response = await client.get("/admin/migrations/")
    assert response.status_code == 200


def test_helpdesk_gets_403_in_the_admin_panel(helpdesk_client):
    assert helpdesk_client.get("/admin/migrations/").status_code == 403


@pytest.mark.parametrize("dashboard", ["admin", "project"])
def test_anonymous_user_is_redirected_to_the_login_form(client: Client, dashboard):
    response = client.get(f"/{dashboard}/migrations/")
    assert response.status_code == 302
    assert "/auth/login/" in response["Location"]


@pytest.mark.parametrize(
    ("timeout", "limit"),
    [pytest.param(10, 30_000, id="default"), pytest.param(60, 66_500, id="longer than the scripts' minimum")],
)
def test_scripts_wait_longer_than_the_panel_works(admin_client, settings, timeout, limit):
    settings.MIGRATION_PANEL = {"TIMEOUT": timeout}
    page = admin_client.get("/admin/migrations/").content.decode()
    assert f'<template data-script-limit="{limit}"></template>' in page
