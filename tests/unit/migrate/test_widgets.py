# SPDX-License-Identifier: Apache-2.0
"""The list of destinations, which also works without JavaScript."""

import re
from html import unescape

import pytest

from migration_panel.migrate.widgets import CapacityText, HostOption, select
from tests.support.case_ids import case_id

FULL = HostOption(
    "compute-02",
    "az1",
    vcpus=CapacityText(18, 2, 32, "14 of 32 vCPU free, 12 afterwards"),
    memory=CapacityText(1, 2, 8, "memory"),
)


def options(spots, chosen=""):
    return re.findall(r"<option([^>]*)>([^<]*)", select(spots, chosen, {"name": "destination"}))


@pytest.mark.parametrize(
    ("spot", "label"),
    [
        (HostOption("a"), "a"),
        (HostOption("a", "az1"), "a · az1"),
        (HostOption("a", "az1", False, ("down", "disabled")), "a · az1 (down, disabled)"),
        (FULL, "compute-02 · az1 · 14 of 32 vCPU free, 12 afterwards · memory"),
    ],
    ids=case_id,
)
def test_label_of_an_option_has_all_facts(spot, label):
    assert options([spot])[1][1] == label


def test_option_has_capacities_as_numbers_and_as_text():
    [_scheduler, (attributes, _label)] = options([FULL])
    assert 'data-vcpus="18 2 32"' in attributes
    assert 'data-vcpus-text="14 of 32 vCPU free, 12 afterwards"' in attributes
    assert 'data-zone="az1"' in attributes


def test_options_start_with_the_scheduler_then_fitting_hosts():
    html = select([HostOption("b"), HostOption("a", fits=False)], "", {})
    assert re.findall(r'<option value="([^"]*)"|<optgroup label="([^"]*)"', html) == [
        ("", ""), ("", "Fits"), ("b", ""), ("", "Does not fit"), ("a", ""),
    ]  # fmt: skip


def test_empty_group_is_omitted():
    assert "<optgroup" not in select([], "", {})


@pytest.mark.parametrize("text", ["<script>x</script>", '"><i>', "a&b", "o'brien"])
def test_name_of_a_host_is_escaped(text):
    html = select([HostOption(text, text, False, (text,), CapacityText(1, 1, 2, text))], text, {"name": "destination"})
    assert "<script>" not in html
    assert "<i>" not in html
    [(value, _label)] = re.findall(r'<option value="([^"]+)"[^>]*>([^<]*)', html)
    assert unescape(value) == text
