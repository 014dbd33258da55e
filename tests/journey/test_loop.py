"""The main job, as people do it: from two songs to a data set, in real browsers."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import krippendorff
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from evalsite.responses.rehearsal import ParticipantClient
from tests.journey import steps
from tests.support.browser import measure_overflow
from tests.support.stack import Stack

pytestmark = pytest.mark.timeout(900)

SECONDS = 3
QUALITIES = (
    "melodiousness",
    "articulation",
    "rhythm_stability",
    "rhythm_complexity",
    "dissonance",
    "tonal_stability",
    "minorness",
)
READ_TRIALS = """
import json
from evalsite.responses.models import Trial
print(json.dumps([
    {"name": t.name, "is_practice": t.is_practice, "is_pilot": t.sitting.is_pilot,
     "sitting": t.sitting.participant.pseudonym, "row": t.sitting.arm and t.sitting.arm.row,
     "condition": t.item.condition, "item": t.item.number}
    for t in Trial.objects.select_related("sitting__participant", "sitting__arm", "item")
]))
"""


@pytest.fixture(scope="module")
def browser(launch_options: dict[str, object]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What browsers complained about: script errors and breaches of the security policy."""
    return []


def open_context(browser: Browser, complaints: list[str], **options: object) -> BrowserContext:
    context = browser.new_context(**options)
    context.on("weberror", lambda error: complaints.append(str(error.error)))

    def listen(message) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    context.on("console", listen)
    return context


def test_loop_from_two_songs_to_a_data_set(
    browser: Browser,
    live_stack: Stack,
    song_paths: list[Path],
    tmp_path: Path,
    complaints: list[str],
) -> None:
    researcher = open_context(browser, complaints).new_page()
    songs = [path for path in song_paths if path.name == "song.ogg"][:2]
    files = [steps.copy_song(path, tmp_path) for path in songs]

    steps.sign_in(researcher, live_stack.sign_in_link)
    steps.take_pictures(researcher, "home-empty")
    recordings = steps.upload(researcher, live_stack.base_url, files)
    steps.take_pictures(researcher, "upload")
    for url, path in zip(recordings, files, strict=True):
        check_recording_is_the_file(researcher, url, path)
    explanations = explain_both(researcher, live_stack, recordings)
    check_clips(researcher)
    slug, link = make_and_open_study(researcher, live_stack, explanations)
    check_pilot_stays_out(live_stack, researcher, slug)
    given = let_six_people_listen(browser, complaints, live_stack, link)
    check_blind_while_open(researcher, live_stack, slug)
    close_study(researcher, live_stack, slug)
    trials = json.loads(live_stack.query(READ_TRIALS))
    archive = download_export(researcher, live_stack, slug)

    check_rows_of_the_square(trials)
    check_export_holds_each_judgment_once(archive, trials, given)
    check_figures(archive, trials, given)
    check_results_page(researcher, live_stack, slug)
    assert complaints == []


def check_recording_is_the_file(page: Page, url: str, path: Path) -> None:
    """What the browser decodes from the page's audio equals the file, sample for sample."""
    page.goto(url)
    source = page.locator("audio[data-audio]").get_attribute("src")
    found = page.evaluate(steps.CHECKSUM, source)
    samples, sr = soundfile.read(path, dtype="float64", always_2d=True)
    stored = np.clip(np.rint(samples * 2**23), -(2**23), 2**23 - 1).astype(np.int64)
    weights = np.arange(len(stored)) % 61
    sums = [[int(channel.sum()), int((channel * weights).sum())] for channel in stored.T]

    assert found == {"sampleRate": sr, "length": len(samples), "sums": sums}


def explain_both(page: Page, stack: Stack, recordings: list[str]) -> list[str]:
    urls = []
    for url in recordings:
        steps.explain(page, url, seconds=SECONDS, n_samples=96)
        urls.append(page.url)
        if len(urls) == 1:
            steps.take_pictures(page, "explanation-waiting")
    page.goto(f"{stack.base_url}/library/")
    steps.take_pictures(page, "library-queue")
    page.goto(recordings[0])
    steps.take_pictures(page, "recording")
    for url in urls:
        steps.wait_until_explained(page, url)
    return urls


def check_clips(page: Page) -> None:
    """Every clip plays, lasts as long as the excerpt, and none is louder than the others."""
    steps.take_pictures(page, "explanation")
    rows = page.locator("[data-clip]")
    facts = [
        page.evaluate(steps.CHECKSUM, rows.nth(i).get_attribute("data-src"))
        for i in range(rows.count())
    ]
    rows.first.locator("button.play").click()
    expect(rows.first.locator("button.play")).to_have_attribute("aria-pressed", "true")
    rows.nth(1).locator("button.play").click()
    expect(rows.first.locator("button.play")).to_have_attribute("aria-pressed", "false")

    assert len(facts) == 5
    assert {(fact["sampleRate"], fact["length"]) for fact in facts} == {
        (facts[0]["sampleRate"], SECONDS * facts[0]["sampleRate"])
    }


def make_and_open_study(page: Page, stack: Stack, explanations: list[str]) -> tuple[str, str]:
    """Three clicks from an explanation: use it, make the study, open it."""
    page.goto(explanations[0])
    page.get_by_role("link", name="Use in a study").click()
    for box in page.locator('input[name="explanations"]').all():
        box.check()
    steps.take_pictures(page, "study-new")
    page.get_by_role("button", name="Make the study").click()
    page.wait_for_url(re.compile(r"/studies/(?!new)[\w-]+/$"))
    steps.take_pictures(page, "study-draft")
    slug = page.url.rstrip("/").split("/")[-1]
    page.get_by_role("button", name="Open the study").first.click()
    expect(page.get_by_text("You are blind.").first).to_be_visible()
    steps.take_pictures(page, "study-open")
    link = page.get_by_role("textbox", name="Link", exact=True).input_value()
    assert link.startswith(f"{stack.base_url}/s/")
    return slug, link


def check_pilot_stays_out(stack: Stack, page: Page, slug: str) -> None:
    """A sitting by the pilot link is taken, whole, and never counted."""
    token = stack.query(
        "from evalsite.studies.models import Study\n"
        f"print(Study.objects.get(slug={slug!r}).pilot_token)"
    )
    ParticipantClient(stack.base_url, seed=99).take_sitting(f"{stack.base_url}/s/{token}/")
    page.goto(f"{stack.base_url}/studies/{slug}/results/")

    expect(page.get_by_text(re.compile("pilot", re.I)).first).to_be_visible()


def let_six_people_listen(
    browser: Browser, complaints: list[str], stack: Stack, link: str
) -> dict[str, dict[str, int | str]]:
    """Two in browsers, four over HTTP at the same time; what each said, by the trial's name."""
    given: dict[str, dict[str, int | str]] = {}
    crowd = [ParticipantClient(stack.base_url, seed=seed) for seed in range(4)]
    threads = [threading.Thread(target=client.take_sitting, args=(link,)) for client in crowd]
    desktop = open_context(browser, complaints).new_page()
    phone = open_context(
        browser, complaints, viewport={"width": 390, "height": 844}, has_touch=True
    ).new_page()
    given |= sit(desktop, link, offset=0, pictures=True)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    given |= sit(phone, link, offset=3, stack=stack)
    for client in crowd:
        assert len(client.answers) == 3
        given |= {name: answer["ratings"] for name, answer in client.answers.items()}
    return given


def sit(
    page: Page, link: str, *, offset: int, stack: Stack | None = None, pictures: bool = False
) -> dict[str, dict[str, int | str]]:
    """A whole sitting by hand. With `stack`: through a reload, double clicks, and a restart."""

    def show(name: str) -> None:
        assert measure_overflow(page) <= 0, name
        if pictures:
            steps.take_pictures(page, name)

    page.goto(link)
    show("sitting-welcome")
    page.get_by_role("button", name="Begin").click()
    show("sitting-consent")
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Agree and go on").click()
    show("sitting-about")
    for group in page.locator("fieldset.about").all():
        group.locator("input").first.check()
    page.get_by_role("button", name="Go on").click()
    show("sitting-instructions")
    page.get_by_role("button", name=re.compile("Go on to the practice clip")).click()
    given: dict[str, dict[str, int | str]] = {}
    for index in range(3):
        page.wait_for_url(re.compile(r"/sitting/trials/[\w-]+/$"))
        name = page.url.rstrip("/").split("/")[-1]
        assert name not in given
        values: dict[str, int | str] = {
            quality: 1 + (offset + 2 * index + 3 * q) % 7 for q, quality in enumerate(QUALITIES)
        }
        values["dissonance"] = "cant_tell" if index == 1 and offset else values["dissonance"]
        if index == 0:
            show("sitting-trial-new")
        if stack is not None and index == 1:
            page.reload()
        steps.rate_clip(page, values)
        show(f"sitting-trial-{index}")
        given[name] = values
        button = page.get_by_role("button", name="Save and continue")
        before = page.url
        if stack is None:
            button.click()
        else:
            if index == 2:
                stack.kill("web")
            button.dblclick(no_wait_after=True)
        page.wait_for_function("before => location.href !== before", arg=before, timeout=90_000)
        if stack is not None and index == 1:
            page.go_back()
            page.goto(page.url.split("/sitting/")[0] + "/sitting/")
    expect(page.get_by_role("heading", name=re.compile("Thank you", re.I))).to_be_visible(
        timeout=60_000
    )
    show("sitting-thanks")
    return given


def check_blind_while_open(page: Page, stack: Stack, slug: str) -> None:
    page.goto(f"{stack.base_url}/studies/{slug}/results/")
    steps.take_pictures(page, "results-blind")

    expect(page.get_by_text("You are blind.").first).to_be_visible()
    assert "Clip by clip" not in page.content()


def close_study(page: Page, stack: Stack, slug: str) -> None:
    page.goto(f"{stack.base_url}/studies/{slug}/")
    page.get_by_role("button", name="Close the study…").click()
    page.get_by_role("dialog").get_by_role("button", name="Close the study").click()
    expect(page.get_by_text("Closed").first).to_be_visible()
    steps.take_pictures(page, "study-closed")


def download_export(page: Page, stack: Stack, slug: str) -> zipfile.ZipFile:
    page.goto(f"{stack.base_url}/studies/{slug}/export/")
    steps.take_pictures(page, "export")
    tables = page.locator("form", has=page.locator('input[value="csv_zip"]'))
    with page.expect_download() as download:
        tables.get_by_role("button", name="Download").click()
    return zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))


def read_member(archive: zipfile.ZipFile, name: str) -> str:
    (member,) = [found for found in archive.namelist() if found.endswith(name)]
    return archive.read(member).decode("utf-8")


def check_rows_of_the_square(trials: list[dict]) -> None:
    rows = {trial["sitting"]: trial["row"] for trial in trials if not trial["is_pilot"]}

    assert sorted(rows.values()) == [0, 0, 1, 1, 2, 2]


def check_export_holds_each_judgment_once(
    archive: zipfile.ZipFile, trials: list[dict], given: dict[str, dict[str, int | str]]
) -> None:
    counted = [t for t in trials if not t["is_practice"] and not t["is_pilot"]]
    said = sorted(
        (str(trial["item"]), quality, str(value))
        for trial in counted
        for quality, value in given[trial["name"]].items()
    )
    rows = list(csv.DictReader(io.StringIO(read_member(archive, "ratings.csv"))))
    exported = sorted((row["item"], row["quality"], row["value"] or "cant_tell") for row in rows)

    assert len(rows) == 6 * 2 * len(QUALITIES)
    assert exported == said


def check_figures(
    archive: zipfile.ZipFile, trials: list[dict], given: dict[str, dict[str, int | str]]
) -> None:
    """Means and alphas of analysis.json equal those of an independent computation."""
    analysis = json.loads(read_member(archive, "analysis.json"))
    counted = [t for t in trials if not t["is_practice"] and not t["is_pilot"]]
    listeners = sorted({t["sitting"] for t in counted})
    items = sorted({t["item"] for t in counted})
    condition_of = {t["item"]: t["condition"] for t in counted}
    for found in analysis["blocks"][0]["qualities"]:
        table = np.full((len(listeners), len(items)), np.nan)
        for trial in counted:
            value = given[trial["name"]][found["name"]]
            if value != "cant_tell":
                at = listeners.index(trial["sitting"]), items.index(trial["item"])
                table[at] = float(value)
        oracle = krippendorff.alpha(reliability_data=table, level_of_measurement="ordinal")
        assert found["agreement"]["estimate"] == pytest.approx(oracle, abs=1e-9)
        for condition in found["conditions"]:
            columns = [
                i for i, item in enumerate(items) if condition_of[item] == condition["condition"]
            ]
            mean = np.nanmean(table[:, columns])
            assert condition["mean"]["estimate"] == pytest.approx(mean, abs=1e-9)


def check_results_page(page: Page, stack: Stack, slug: str) -> None:
    page.goto(f"{stack.base_url}/studies/{slug}/results/")
    steps.take_pictures(page, "results")
    flow = page.locator("aside").first

    expect(flow).to_contain_text(re.compile(r"Finished\s*6"))
    expect(page.get_by_role("heading", name="Do listeners agree?")).to_be_visible()
    page.goto(stack.base_url)
    steps.take_pictures(page, "home")
    page.goto(f"{stack.base_url}/studies/")
    steps.take_pictures(page, "studies")
    page.goto(f"{stack.base_url}/account/")
    steps.take_pictures(page, "account")
