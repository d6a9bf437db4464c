# SPDX-License-Identifier: Apache-2.0
"""What pip installs for an operator: the whole plugin, and nothing else of this checkout."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from configparser import ConfigParser
from email.parser import BytesHeaderParser
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PARTS = ("migration_panel", "static", "templates", "devcloud", "doc", "releasenotes", "tests")
UNWANTED = shutil.ignore_patterns("__pycache__", "*.egg-info", "node_modules")
LINKED = ("static", "templates")
# A new environment needs more time than the build.  The first wheel proves that pyproject.toml names all it needs.
HERE = "--no-isolation"
RELATIVE_LINK = re.compile(r"(?:<|image:: )((?:\w+/)*\w+\.(?:rst|md|png))")


def run(*command: object, cwd: Path) -> str:
    """Run a command and return its output, which a failure shows too."""
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(source: Path, kind: str, into: Path, *options: str) -> Path:
    run(sys.executable, "-m", "build", f"--{kind}", *options, "--outdir", into, source, cwd=source)
    [made] = into.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with its links, so that the build leaves no files in the checkout."""
    copy = tmp_path_factory.mktemp("checkout")
    for part in PARTS:
        shutil.copytree(CHECKOUT / part, copy / part, symlinks=True, ignore=UNWANTED)
    for file in ("setup.cfg", "pyproject.toml", "README.rst", "CONTRIBUTING.rst", "LICENSE", "MANIFEST.in"):
        shutil.copy(CHECKOUT / file, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(source, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(source, "sdist", tmp_path_factory.mktemp("sdist"), HERE)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site-packages of a new virtualenv that contains only the wheel."""
    venv = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", venv, cwd=venv)
    python = venv / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=venv)
    return Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=venv).strip())


def files_below(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}


@pytest.mark.parametrize("folder", LINKED)
def test_every_file_of_the_top_level_folder_is_installed(source, installed, folder):
    wanted = files_below(source / folder)
    assert wanted
    assert files_below(installed / "migration_panel" / folder) == wanted


@pytest.mark.parametrize("folder", LINKED)
def test_top_level_folder_is_linked_into_the_package(folder):
    link = CHECKOUT / "migration_panel" / folder
    assert link.is_symlink()
    assert link.resolve() == CHECKOUT / folder


def test_every_module_is_installed(source, installed):
    modules = {path.relative_to(source) for path in (source / "migration_panel").rglob("*.py")}
    assert modules
    assert {module for module in modules if not (installed / module).is_file()} == set()


def test_marker_of_the_type_annotations_is_installed(installed):
    assert (installed / "migration_panel" / "py.typed").is_file()


def test_nothing_else_is_installed(wheel):
    tops = {name.partition("/")[0] for name in contents(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"migration_panel"}


def test_sdist_builds_into_the_same_wheel(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [unpacked] = tmp_path.iterdir()
    again = build(unpacked, "wheel", tmp_path / "again", HERE)
    assert contents(again) == contents(wheel)


def test_sdist_has_every_file_that_the_readme_links_to(source, sdist):
    linked = set(RELATIVE_LINK.findall((source / "README.rst").read_text()))
    assert linked
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert linked - names == set()


def test_pypi_accepts_and_renders_both_archives(sdist, wheel):
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel, cwd=sdist.parent)


def test_metadata_is_what_setup_cfg_says(source, wheel):
    config = ConfigParser()
    config.read(source / "setup.cfg")
    [metadata] = [text for name, text in contents(wheel).items() if name.endswith("/METADATA")]
    headers = BytesHeaderParser().parsebytes(metadata)
    assert headers["Name"] == config["metadata"]["name"]
    assert headers["License-Expression"] == "Apache-2.0"
    assert headers.get_all("Requires-Dist") == config["options"]["install_requires"].split()
