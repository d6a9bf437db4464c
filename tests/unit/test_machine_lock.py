# SPDX-License-Identifier: Apache-2.0
"""The lock among the processes of a machine, against other processes."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from migration_panel import machine_lock
from migration_panel.machine_lock import block, locked

HOLDER = """
import sys, time
from migration_panel import machine_lock
from migration_panel.machine_lock import block, locked
with locked(sys.argv[1], time.monotonic()) as held:
    print(held, flush=True)
    sys.stdin.read()
"""
NAME = "evacuation 1"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path / f"migration_panel-{os.geteuid()}"


@contextmanager
def held_elsewhere(name: str = NAME) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold the lock."""
    command = [sys.executable, "-c", HOLDER, name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "True\n"
        yield process
        process.stdin.close()


def now() -> float:
    """Return the present time as the end of the attempts, so that only one attempt is made."""
    return time.monotonic()


def test_lock_is_not_acquired_while_another_process_holds_it():
    with held_elsewhere(), locked(NAME, now()) as alone:
        assert not alone


def test_lock_is_not_acquired_twice_in_one_process():
    with locked(NAME, now()) as first, locked(NAME, now()) as second:
        assert (first, second) == (True, False)


def test_lock_is_free_after_its_process_was_killed():
    with held_elsewhere() as process:
        process.kill()
        process.wait()
        with locked(NAME, now()) as alone:
            assert alone


def test_waiting_process_acquires_the_lock_when_it_is_released():
    with held_elsewhere() as process:
        process.stdin.close()
        with locked(NAME, now() + 60) as alone:
            assert alone


def test_locks_of_two_names_are_independent():
    with held_elsewhere(), locked("evacuation 2", now()) as alone:
        assert alone


def test_lock_file_that_was_deleted_is_not_trusted(folder):
    """The system may delete temporary files: a lock on a deleted file excludes no other process."""
    with locked(NAME, now()):
        [file] = folder.iterdir()
        file.unlink()
        with locked(NAME, now()) as alone:
            assert alone
            with locked(NAME, now()) as third:
                assert not third


@pytest.mark.parametrize("spoil", ["link", "writable", "file"])
def test_folder_of_somebody_else_is_not_used_and_blocks_nothing(folder, tmp_path, caplog, spoil):
    other = tmp_path / "other"
    other.mkdir()
    if spoil == "link":
        folder.symlink_to(other)
    elif spoil == "file":
        folder.write_text("")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    with locked(NAME, now()) as alone:
        assert alone
    assert list(other.iterdir()) == []
    assert "No lock among the processes of this machine" in caplog.text


def test_no_file_is_left(folder):
    with locked(NAME, now()):
        assert len(list(folder.iterdir())) == 1
    assert list(folder.iterdir()) == []


def test_blocked_lock_is_refused_to_every_process_until_its_time(folder):
    with locked(NAME, now()) as alone:
        block(NAME, 300)
    [file] = folder.iterdir()
    command = [sys.executable, "-c", HOLDER, NAME]
    result = subprocess.run(command, input="", capture_output=True, text=True, check=True)
    with locked(NAME, now() + 60) as again:
        assert (alone, again, result.stdout) == (True, False, "False\n")
    os.utime(file, (time.time() - 1,) * 2)
    with locked(NAME, now()) as later:
        assert later
    assert list(folder.iterdir()) == []


def open_files(folder: Path) -> list[str]:
    """Return what this process has open in a folder: other tests' threads open and close files at any time."""
    opened = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            opened.append(str(descriptor.readlink()))
    return [path for path in opened if path.startswith(str(folder))]


def test_failure_while_the_lock_is_compared_leaves_no_descriptor(folder, monkeypatch):
    def fail(descriptor, path):
        assert open_files(folder)
        raise OSError("stale file handle")

    with monkeypatch.context() as patched:
        patched.setattr(machine_lock, "_is_current", fail)
        with locked(NAME, now()) as alone:
            assert alone
    assert open_files(folder) == []
    with locked(NAME, now()) as alone:
        assert alone


def test_error_inside_the_lock_releases_it():
    with pytest.raises(KeyError), locked(NAME, now()):
        raise KeyError(NAME)
    with locked(NAME, now()) as alone:
        assert alone
