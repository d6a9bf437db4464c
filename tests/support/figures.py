# SPDX-License-Identifier: Apache-2.0
"""Print the size of the package, and how much of it runs for one request: ``python -m tests.support.figures``."""

import argparse
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import django

PACKAGE = Path(__file__).parents[2] / "migration_panel"


@dataclass(frozen=True)
class Size:
    """The Python files of a package; lengths are in lines."""

    files: int
    packages: int
    depth: int
    median: int
    longest: int
    longest_file: str


def package_size(folder: Path) -> Size:
    """Measure the files below ``folder``; a file directly in ``folder`` has the depth 1."""
    lengths = {path.relative_to(folder): len(path.read_text().splitlines()) for path in folder.rglob("*.py")}
    longest = max(lengths, key=lambda path: lengths[path])
    return Size(
        files=len(lengths),
        packages=sum(path.name == "__init__.py" for path in lengths),
        depth=max(len(path.parts) for path in lengths),
        median=round(statistics.median(lengths.values())),
        longest=lengths[longest],
        longest_file=str(longest),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", action="store_true", help="list the files that run for each request")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    # The modules of the panel can be imported only now.
    from tests.support.recorded_requests import Recorder, record_requests

    size = package_size(PACKAGE)
    lines = [
        f"{size.files} Python files in {size.packages} packages, depth {size.depth}",
        f"median {size.median} lines, longest {size.longest} lines ({size.longest_file})",
    ]
    with tempfile.TemporaryDirectory() as folder, Recorder(PACKAGE) as recorder:
        tempfile.tempdir = folder
        for name, functions in record_requests(recorder).items():
            files = sorted({function.file for function in functions})
            lines.append(f"{name}: {len(functions)} functions in {len(files)} files")
            lines.extend(f"    {file}" for file in files if options.files)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
