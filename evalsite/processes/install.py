"""Fill the virtual environment this file is run in; standard library only, run as a script.

torch comes by pip, which also looks where the machine keeps wheels of its own; the rest comes
by uv, which is much faster, and by pip where uv cannot do it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("pyproject.toml", "constraints.txt", "requirements-no-deps.txt")
GROUPS = {"run": ("embedded", "demo"), "test": ("embedded", "demo", "test")}


class InstallError(Exception):
    """What could not be installed, in one sentence."""


def read_requirements(group: str, *, root: Path = ROOT) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = list(project["dependencies"])
    for extra in GROUPS[group]:
        requirements += project["optional-dependencies"][extra]
    return requirements


def read_pin(name: str, *, root: Path = ROOT) -> str:
    for line in (root / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.split("==")[0].strip().lower() == name:
            return line.strip()
    raise InstallError(f"constraints.txt must pin {name}, and does not.")


def digest_lists(group: str, *, root: Path = ROOT) -> str:
    digest = hashlib.sha256(f"{group} {sys.version}".encode())
    digest.update("\n".join(read_requirements(group, root=root)).encode())
    for name in LISTS[1:]:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def find_stamp(group: str) -> Path:
    return Path(sys.prefix) / f".earwitness-{group}"


def is_installed(group: str) -> bool:
    stamp = find_stamp(group)
    return stamp.exists() and stamp.read_text(encoding="ascii") == digest_lists(group)


def run(*command: str) -> bool:
    return subprocess.run(command, cwd=ROOT).returncode == 0


def install(group: str) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    if importlib.util.find_spec("pip") is None:
        # An interrupted first start leaves an environment without it.
        run(sys.executable, "-m", "ensurepip")
    constraints = ("--constraint", "constraints.txt")
    print("Installing torch (large, once) …", flush=True)
    if not run(*pip, "install", read_pin("torch")):
        raise InstallError(f"pip could not install {read_pin('torch')}; its own words stand above.")
    print("Installing the other packages …", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text("\n".join(read_requirements(group)) + "\n", encoding="utf-8")
        arguments = ("install", *constraints, "--requirement", str(wanted))
        has_uv = run(*pip, "install", read_pin("uv"))
        uv = (sys.executable, "-m", "uv", "--quiet", "pip", *arguments, "--python", sys.executable)
        if not (has_uv and run(*uv)) and not run(*pip, *arguments):
            raise InstallError("Neither uv nor pip could install the packages of pyproject.toml.")
    if not run(*pip, "install", "--no-deps", "--requirement", "requirements-no-deps.txt"):
        raise InstallError("pip could not install the packages of requirements-no-deps.txt.")
    for done in ("run", group):
        find_stamp(done).write_text(digest_lists(done), encoding="ascii")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("group", choices=sorted(GROUPS))
    group = parser.parse_args().group
    if sys.prefix == sys.base_prefix:
        print("install.py must run in a virtual environment.", file=sys.stderr)
        return 2
    if is_installed(group):
        return 0
    try:
        install(group)
    except InstallError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
