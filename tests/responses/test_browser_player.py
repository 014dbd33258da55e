"""The player in a real browser, measured: in step to the sample, fades, levels, the record."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.responses.browsing import wait_for_end
from tests.responses.trial_site import TrialSite, run_trial_site

SR = 44_100
PEAK = 0.1
# Renders the player's own graph; the buffers are numbers that tell signal and place.
RENDER = """async ({levels, seconds, deeds, slope, from, loop}) => {
  const {Deck} = await import("/static/js/sitting/deck.js");
  const rate = 44100;
  const context = new OfflineAudioContext(1, Math.round(seconds * rate), rate);
  const buffers = new Map(Object.entries(levels).map(([label, level]) => {
    const buffer = context.createBuffer(1, 2 * rate, rate);
    buffer.getChannelData(0).forEach((_, i, y) => { y[i] = level + slope * i / rate; });
    return [label, buffer];
  }));
  const deck = new Deck(context, buffers);
  for (const [deed, at, label] of deeds) {
    if (deed === "start") deck.start(label, {at, from, duration: 2, loop});
    else if (deed === "switch") deck.switchTo(label, at);
    else deck.stop(at);
    deck.prepare(seconds);
  }
  const rendered = await context.startRendering();
  return Array.from(rendered.getChannelData(0));
}"""
# Hears what goes to the loudspeakers beside them.
TAP = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (target === this.context.destination && this.context instanceof AudioContext) {
    const tap = this.context.createScriptProcessor(1024, 1, 1);
    tap.onaudioprocess = ({inputBuffer}) => {
      window.tapped = window.tapped ?? [];
      window.tapped.push(...inputBuffer.getChannelData(0));
    };
    connect.call(this, tap);
    connect.call(tap, target);
  }
  return connect.call(this, target, ...rest);
};
"""


@pytest.fixture
def site(plain_static_names) -> Iterator[TrialSite]:
    with run_trial_site() as site:
        yield site


def render(page: Page, site: TrialSite, **options) -> np.ndarray:
    page.goto(site.url)
    given = {"slope": 0.0, "from": 0.0, "loop": None, **options}
    return np.array(page.evaluate(RENDER, given))


def test_switching_fades_out_then_in_and_never_across(page, site):
    deeds = [["start", 0.1, "A"], ["switch", 0.5, "B"], ["stop", 0.8, ""]]
    both = render(page, site, levels={"A": 0.5, "B": -0.25}, seconds=1.0, deeds=deeds)

    n_fade = int(np.ceil(0.005 * SR))
    start, switch, stop = (round(at * SR) for at in (0.1, 0.5, 0.8))
    fade = 0.5 - 0.5 * np.cos(np.pi * np.arange(n_fade) / n_fade)
    expected = np.zeros(len(both))
    expected[start:switch] = 0.5
    expected[start : start + n_fade] *= fade
    expected[switch : switch + n_fade] = 0.5 * fade[::-1]
    expected[switch + n_fade : stop] = -0.25
    expected[switch + n_fade : switch + 2 * n_fade] *= fade
    expected[stop : stop + n_fade] = -0.25 * fade[::-1]
    np.testing.assert_allclose(both, expected, atol=0.005)
    assert n_fade / SR == pytest.approx(0.005, abs=1e-4)
    # Never both at a time: between the two there is a frame of silence.
    assert np.min(np.abs(both[switch : switch + 2 * n_fade])) < 1e-4


def test_signals_stay_in_step_to_the_sample_through_switches_and_loops(page, site):
    deeds = [
        ["start", 0.05, "A"],
        *(["switch", 0.1 + 0.1 * k, "BCAC"[k % 4]] for k in range(12)),
    ]
    levels = {"A": 0.0, "B": 0.0, "C": 0.0}
    options = {"slope": 0.4, "seconds": 1.9, "levels": levels, "deeds": deeds}
    y = render(page, site, **options, **{"from": 0.25})
    looped = render(page, site, **options, **{"from": 0.25}, loop=[0.25, 0.75])

    frames = np.arange(len(y))
    place = frames / SR - 0.05 + 0.25
    is_clear = np.ones(len(y), bool)
    for at in [0.05, *(0.1 + 0.1 * k for k in range(12))]:
        is_clear[round(at * SR) - 2 : round((at + 0.011) * SR) + 2] = False
    is_clear &= (place > 0.26) & (place < 1.98)
    # Half a sample's worth of slope: any signal out of step by one sample is seen.
    tolerance = 0.4 / SR / 2
    np.testing.assert_allclose(y[is_clear], 0.4 * place[is_clear], atol=tolerance)
    played = frames / SR - 0.05
    round_place = 0.25 + np.mod(played, 0.5)
    is_clear &= (np.mod(played, 0.5) > 0.006) & (np.mod(played, 0.5) < 0.494)
    np.testing.assert_allclose(looped[is_clear], 0.4 * round_place[is_clear], atol=tolerance)


def test_what_the_page_plays_is_never_above_its_aligned_level(page, site):
    page.add_init_script(TAP)
    page.goto(site.show("A", "B", "C", seconds=2.0))
    expect(page.locator("clip-player[ready]")).to_be_visible()

    page.keyboard.press("a")
    for key in "bcabc":
        page.wait_for_timeout(150)
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    heard = np.array(page.evaluate("window.tapped"))

    assert len(heard) > 0.5 * SR
    # Of 16 bits and another rate: a little over the sine's peak between its samples.
    assert PEAK * 0.98 < np.max(np.abs(heard)) < PEAK * 1.01
    assert page.troubles == []


def test_each_signal_is_recorded_by_itself(page, site):
    page.goto(site.show("R", "A", "B", seconds=1.2, ask_familiarity=True))
    expect(page.locator("clip-player[ready]")).to_be_visible()
    todo = page.locator("#todo")
    expect(todo).to_contain_text("hear R, A, and B, rate 2 more qualities")

    page.get_by_role("button", name="Play the reference").click()
    expect(todo).to_contain_text("hear A and B")
    wait_for_end(page, "R")
    page.keyboard.press("a")
    expect(todo).to_contain_text("hear B")
    wait_for_end(page, "A")
    page.keyboard.press("B")
    page.wait_for_timeout(300)
    page.keyboard.press("A")
    page.wait_for_timeout(200)
    page.keyboard.press("B")
    expect(page.locator("clip-player:not([playing])")).to_be_visible()
    page.keyboard.press("B")
    expect(page.locator("clip-player[complete]")).to_be_visible()
    for name, value in (("ratings.minorness", "2"), ("ratings.articulation", "cant_tell")):
        page.locator(f'input[name="{name}"][value="{value}"]').check(force=True)
    page.locator('input[name="confidence"][value="1"]').check(force=True)
    page.locator('input[name="familiarity"][value="no"]').check(force=True)
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url("**/next/")

    (body,) = site.received
    assert set(body) == {
        *("v", "key", "answer", "heard", "n_plays", "n_switches", "n_focus_losses"),
        *("elapsed_ms", "events", "device"),
    }
    assert body["answer"] == {
        "ratings": {"minorness": 2, "articulation": "cant_tell"},
        "confidence": 1,
        "familiarity": "no",
    }
    assert body["n_plays"] == {"R": 1, "A": 2, "B": 3}
    assert body["n_switches"] == 4
    for label in ("R", "A", "B"):
        seconds = sum(end - start for start, end in body["heard"][label])
        assert 0.95 <= seconds <= 1.2
    assert body["device"]["sample_rate"] in (44_100, 48_000)
    assert page.troubles == []


def test_a_loop_keeps_half_a_second_and_comes_round(page, site):
    page.goto(site.show("A", "B", seconds=3.0, player={"has_loop": True}))
    expect(page.locator("clip-player[ready]")).to_be_visible()
    page.keyboard.press("]")
    page.keyboard.press("a")
    page.wait_for_timeout(1400)
    position = page.evaluate("document.querySelector('clip-player').position")
    heard = page.evaluate("document.querySelector('clip-player').record.heard.A")

    assert 0 <= position <= 0.51
    assert heard == [[0, 0.5]]
    expect(page.get_by_role("button", name="Loop 0.0–0.5 s")).to_be_visible()
    end = page.get_by_role("slider", name="End of the loop")
    end.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Loop 0.0–1.5 s")).to_be_visible()
    page.get_by_role("slider", name="Start of the loop").fill("1.4")
    expect(page.get_by_role("button", name="Loop 1.4–1.9 s")).to_be_visible()
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Loop", exact=True)).to_be_visible()


def test_one_that_fails_is_named_and_tried_again_alone(page, site):
    url = site.show("A", "B", "C")
    site.missing.add("/clips/B.wav")
    fetched = []
    page.on("request", lambda request: fetched.append(request.url.rpartition("/")[2]))
    page.goto(url)

    expect(page.locator(".trouble")).to_contain_text("Not loaded: B.")
    expect(page.locator("clip-player[ready]")).to_have_count(0)
    page.keyboard.press("a")
    assert page.evaluate("document.querySelector('clip-player').isPlaying") is False
    site.missing.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("clip-player[ready]")).to_be_visible()
    expect(page.locator(".trouble")).to_be_hidden()

    assert [fetched.count(f"{label}.wav") for label in "ABC"] == [1, 2, 1]


def test_leaving_the_window_is_counted(page, site):
    page.goto(site.show("A"))
    expect(page.locator("clip-player[ready]")).to_be_visible()
    for kind in ("blur", "focus", "blur", "focus"):
        page.evaluate(f"window.dispatchEvent(new Event('{kind}'))")
    finish(page)

    (body,) = site.received
    assert body["n_focus_losses"] == 2
    kinds = [event["kind"] for event in body["events"]]
    assert kinds.count("focus_lost") == kinds.count("focus_back") == 2


def test_a_call_in_between_stops_the_clip_and_says_so(page, site):
    # The context itself is stopped, as a call stops it; the page is not told by anything else.
    page.add_init_script(
        "const Real = AudioContext; window.contexts = [];"
        "window.AudioContext = class extends Real {"
        "  constructor() { super(); window.contexts.push(this); } };"
    )
    page.goto(site.show("A", seconds=3.0))
    expect(page.locator("clip-player[ready]")).to_be_visible()
    page.keyboard.press("Space")
    page.wait_for_timeout(700)
    page.evaluate("window.contexts.at(-1).suspend()")

    expect(page.get_by_text("The sound was interrupted. Press play to go on.")).to_be_visible()
    position = page.evaluate("document.querySelector('clip-player').position")
    assert 0.3 < position < 1.2
    page.keyboard.press("Space")
    expect(page.get_by_text("The sound was interrupted.")).to_be_hidden()
    expect(page.locator("clip-player[complete]")).to_be_visible()


def finish(page: Page) -> None:
    page.keyboard.press("Space")
    expect(page.locator("clip-player[complete]")).to_be_visible()
    for name in ("ratings.minorness", "ratings.articulation", "confidence"):
        page.locator(f'input[name="{name}"][value="1"]').check(force=True)
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url("**/next/")
