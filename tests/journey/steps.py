"""What people do in the browser, a function a deed."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

# Where pictures of every page go when somebody asks for them (`make pictures`).
PICTURES = os.environ.get("PICTURES")
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}

CHECKSUM = """async (url) => {
  const answer = await fetch(url);
  const bytes = await answer.arrayBuffer();
  const header = new DataView(bytes);
  const isFlac = header.getUint32(0) === 0x664c6143;
  const sampleRate = isFlac
    ? (header.getUint8(18) << 12) | (header.getUint8(19) << 4) | (header.getUint8(20) >> 4)
    : header.getUint32(24, true);
  const context = new OfflineAudioContext(2, 1, sampleRate);
  const sound = await context.decodeAudioData(bytes);
  const sums = [];
  for (let channel = 0; channel < sound.numberOfChannels; channel += 1) {
    const samples = sound.getChannelData(channel);
    let sum = 0, weighted = 0;
    for (let i = 0; i < samples.length; i += 1) {
      const value = Math.round(samples[i] * 8388608);
      sum += value;
      weighted += value * (i % 61);
    }
    sums.push([sum, weighted]);
  }
  return { sampleRate, length: sound.length, sums };
}"""


def take_pictures(page: Page, name: str) -> None:
    """The page as it is now, at desktop and phone width; nothing when nobody asked."""
    if not PICTURES:
        return
    folder = Path(PICTURES)
    folder.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=folder / f"{name}-{size}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/$"))


def upload(page: Page, base_url: str, paths: list[Path]) -> list[str]:
    """Choose files on the upload page; the addresses of the recordings they became."""
    page.goto(f"{base_url}/library/upload/")
    page.set_input_files("input[type=file]", [str(path) for path in paths])
    if page.locator(".uploads li").count() == 0:
        page.get_by_role("button", name="Add them").click()
    done = page.locator('.uploads li[data-state="done"]')
    expect(done).to_have_count(len(paths), timeout=90_000)
    return [
        base_url + str(page.locator(".uploads li a").nth(i).get_attribute("href"))
        for i in range(len(paths))
    ]


def explain(page: Page, url: str, *, seconds: float, n_samples: int) -> None:
    """Ask for an explanation of the excerpt that begins at 1 s."""
    page.goto(url)
    page.get_by_label("Start, s").fill("1")
    page.get_by_label("Length, s").fill(str(seconds))
    page.get_by_text("More choices").click()
    page.get_by_label("Samples").fill(str(n_samples))
    page.get_by_role("button", name="Explain the excerpt").click()
    page.wait_for_url(re.compile(r"/library/explanations/\d+/"))


def wait_until_explained(page: Page, url: str) -> None:
    """The page comes by itself when the worker is done: nobody reloads it."""
    page.goto(url)
    heading = page.get_by_role("heading", name=re.compile("Why did the model hear"))
    expect(heading).to_be_visible(timeout=180_000)


def rate_clip(page: Page, values: dict[str, int | str]) -> None:
    """Hear the clip once through, rate each quality, say how sure, and whether it was known."""
    page.locator(
        "clip-player button.play[aria-disabled=false], clip-player button.play:not([aria-disabled])"
    ).first.click()
    for name, value in values.items():
        page.locator(f'input[name="ratings.{name}"][value="{value}"]').check(force=True)
    page.locator('input[name="confidence"]').nth(2).check(force=True)
    page.locator('input[name="familiarity"][value="no"]').check(force=True)
    button = page.get_by_role("button", name="Save and continue")
    expect(button).not_to_have_attribute("aria-disabled", "true", timeout=30_000)


def copy_song(path: Path, folder: Path) -> Path:
    """A real file under a name of its own: two songs of the package are both called song.ogg."""
    target = folder / f"{path.parent.name.replace(' ', '-')}-{path.name}"
    shutil.copy(path, target)
    return target
