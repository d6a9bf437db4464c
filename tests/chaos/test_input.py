# SPDX-License-Identifier: Apache-2.0
"""Whatever comes in, from a browser or from a service: hundreds of examples for every address, field and answer."""

import subprocess
import sys

import pytest

from devcloud.layout import PROJECT

FUZZ = "tests/unit/fuzz"


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(
            "test_requests.py",
            marks=pytest.mark.fault(
                "any query, address or form field", "an answer, never a failure of ours; nothing forced"
            ),
        ),
        pytest.param(
            "test_answers.py",
            marks=pytest.mark.fault(
                "any answer of Nova, Placement or Neutron", "a page or JSON, never a failure of ours"
            ),
        ),
    ],
)
def test_any_input_gets_an_answer(file):
    """Run the fuzz tests in another process: Django's views cannot be called beside Playwright's event loop."""
    command = [sys.executable, "-m", "pytest", f"{FUZZ}/{file}", "--hypothesis-profile=thorough", "-q", "--tb=short"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:]
