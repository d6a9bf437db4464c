# SPDX-License-Identifier: Apache-2.0
import pytest

from migration_panel.preflight import fit, fit_text
from migration_panel.preflight.fit import Fit, Lack, Unchecked
from tests.support.case_ids import case_id


@pytest.mark.parametrize("host", ["", "compute-02"])
@pytest.mark.parametrize("code", ["room", *fit.TOGETHER.values(), *(code for code, _rule in fit.RULES)], ids=case_id)
def test_each_lack_has_a_sentence(code, host):
    text = fit_text.lack_text(Lack(code, "az1", host))
    assert text.endswith(".")
    assert "%" not in text
    assert (not host) or host in text


@pytest.mark.parametrize(
    ("found", "lacking", "text"),
    [
        (Fit(), 0, "There is enough free capacity for all instances together."),
        (Fit({}, (Unchecked("zones"),)), 0, "A host was found for each instance, but some checks were not possible."),
        (Fit({"a": Lack("room")}), 1, "1 instance fits on no host."),
        (Fit({"a": Lack("room")}), 2, "2 instances fit on no host."),
        (
            Fit({"a": Lack("room")}, (Unchecked("placement"),), whole=False),
            1,
            "1 instance fits on no host that was checked.",
        ),
    ],
    ids=case_id,
)
def test_room_text_depends_on_what_was_checked(found, lacking, text):
    assert fit_text.room_text(found, lacking) == text


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (Unchecked("members", ("quorum",)), "the hosts of some members are unknown: quorum."),
        (Unchecked("without-hypervisor", tuple("abcdefg")), "a, b, c, d, e and 2 more."),
        (Unchecked("flavors", number=1), "Capacity for 1 instance was not checked"),
        (Unchecked("flavors", number=2), "Capacity for 2 instances was not checked"),
    ],
    ids=case_id,
)
def test_unchecked_text_names_the_subject(item, text):
    assert text in fit_text.unchecked_text(item)


def test_text_has_the_whole_names_of_hosts_to_restart():
    host = "compute-0001.rack-12.region-frankfurt.cloud.example.com"
    assert host in fit_text.come_back_text((host,), 1)
