# SPDX-License-Identifier: Apache-2.0
"""Messages are shortened: browsers drop cookies that are too long."""

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory

from migration_panel import messages

LONG = "instance-with-a-long-name, " * 300


@pytest.fixture
def request_():
    request = RequestFactory().get("/")
    request._messages = CookieStorage(request)
    return request


@pytest.mark.parametrize("level", ["success", "warning", "error"])
def test_long_message_is_shortened(request_, level):
    getattr(messages, level)(request_, LONG)
    [shown] = get_messages(request_)
    assert shown.level_tag == level
    assert len(shown.message) == messages.MAX_CHARACTERS
    assert shown.message.startswith("instance-with-a-long-name, ")
    assert shown.message.endswith("\N{HORIZONTAL ELLIPSIS}")


def test_short_message_is_shown_as_it_is(request_):
    messages.error(request_, "Nova refused the request. Instance is locked")
    assert [shown.message for shown in get_messages(request_)] == ["Nova refused the request. Instance is locked"]
