from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from evalsite.processes.install import (
    ROOT,
    InstallError,
    digest_lists,
    read_pin,
    read_requirements,
)


def read_pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): str(pin.specifier) for pin in pins}


@pytest.mark.parametrize("group", ["run", "test"])
def test_every_requirement_is_pinned_to_a_version_it_allows(group: str):
    pins = read_pins()
    for text in read_requirements(group):
        requirement = Requirement(text)
        pin = pins[canonicalize_name(requirement.name)]
        assert pin.startswith("==")
        assert requirement.specifier.contains(pin.removeprefix("=="))


def test_everything_installed_is_pinned_to_the_installed_version():
    loose = {"pip", "setuptools", "wheel", "earwitness", "vibenet", "tinysoundfont"}
    pins = read_pins()
    wrong = {}
    for name in sorted(needed_distributions() - loose):
        version = installed_versions()[name].partition("+")[0]
        if pins.get(name) != f"=={version}":
            wrong[name] = (version, pins.get(name))
    assert wrong == {}


def installed_versions() -> dict[str, str]:
    return {canonicalize_name(found.name): found.version for found in distributions()}


def needed_distributions() -> set[str]:
    """Our requirements and all that they require, as far as it is installed."""
    requires = {canonicalize_name(found.name): found.requires or [] for found in distributions()}
    queue = [(Requirement(text), "") for text in read_requirements("test")]
    seen: set[str] = set()
    while queue:
        requirement, extra = queue.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        if name in seen or name not in requires:
            continue
        seen.add(name)
        for own_extra in [*requirement.extras, ""]:
            queue += [(Requirement(text), own_extra) for text in requires[name]]
    return seen


def test_torch_is_pinned_for_pip():
    assert read_pin("torch") == "torch==2.13.0"


def test_missing_pin_is_a_sentence(tmp_path: Path):
    (tmp_path / "constraints.txt").write_text("numpy==2.0\n")
    with pytest.raises(InstallError, match=r"constraints\.txt must pin torch"):
        read_pin("torch", root=tmp_path)


def test_digest_changes_with_each_list(tmp_path: Path):
    for name in ("pyproject.toml", "constraints.txt", "requirements-no-deps.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    before = digest_lists("run", root=tmp_path)
    assert before == digest_lists("run")
    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n")
    assert digest_lists("run", root=tmp_path) != before


def test_install_outside_a_virtual_environment_is_a_sentence():
    script = str(ROOT / "evalsite" / "processes" / "install.py")
    python = str(Path(sys.base_prefix) / "bin" / "python3")
    done = subprocess.run([python, script, "run"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "install.py must run in a virtual environment.\n")
