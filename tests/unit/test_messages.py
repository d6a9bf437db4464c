# SPDX-License-Identifier: Apache-2.0
"""A long refusal of Nova does not make a cookie that browsers drop."""

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory

from migration_panel import messages

LONG = "instance-with-a-long-name, " * 300


@pytest.fixture
def request_made():
    request = RequestFactory().get("/")
    request._messages = CookieStorage(request)
    return request


@pytest.mark.parametrize("level", ["success", "warning", "error"])
def test_long_message_is_shortened(request_made, level):
    getattr(messages, level)(request_made, LONG)
    [shown] = get_messages(request_made)
    assert shown.level_tag == level
    assert len(shown.message) == messages.MAX_CHARACTERS
    assert shown.message.startswith("instance-with-a-long-name, ")
    assert shown.message.endswith("\N{HORIZONTAL ELLIPSIS}")


def test_short_message_is_shown_as_it_is(request_made):
    messages.error(request_made, "Nova refused. Instance is locked")
    assert [shown.message for shown in get_messages(request_made)] == ["Nova refused. Instance is locked"]
