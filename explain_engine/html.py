"""What a notebook shows: figures, players and scores with their caveats, in light and dark.

No script, nothing fetched: the sounds are inside. :func:`make_page` writes the same as a file that
plays the clips lying beside it.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from html import escape

from explain_engine.clips import Clip
from explain_engine.correlations import CorrelationReport
from explain_engine.correlations_figure import correlations_svg
from explain_engine.drawing import THEMES, write_marks
from explain_engine.effects import Effects
from explain_engine.effects_figure import excerpt_effects_svg
from explain_engine.figures import spectrogram_svg, weights_svg
from explain_engine.level1 import report_reference
from explain_engine.numbers import format_number, format_percent
from explain_engine.result import Explanation
from explain_engine.scores import DECISIVE

MAX_TARGETS = 3
# Where notebooks say that they are light or dark, whatever the system is.
LIGHT_HOSTS = ('[data-jp-theme-light="true"]', ".vscode-light", 'html[theme="light"]')
DARK_HOSTS = ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]')

LAYOUT = """
.earwitness { background: var(--paper); color: var(--ink); padding: 16px; max-width: 820px;
  font: 14px/1.5 "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
.earwitness h2, .earwitness h3 { font-family: Georgia, serif; font-weight: 500; margin: 16px 0 8px;
  color: var(--ink); }
.earwitness h2 { font-size: 22px; margin-top: 0; } .earwitness h3 { font-size: 18px; }
.earwitness p { margin: 0 0 8px; } .earwitness .note { color: var(--graphite); }
.earwitness .caveat { background: var(--ochre-wash); padding: 8px 12px; }
.earwitness svg.plot { width: 100%; max-width: 790px; height: auto; display: block; }
.earwitness svg.plot.half { max-width: 400px; }
.earwitness summary { cursor: pointer; color: var(--blue); padding: 8px 0; font-size: 16px; }
.earwitness .clip { display: grid; grid-template-columns: 13em minmax(0, 1fr); gap: 0 12px;
  align-items: center; border-top: 1px solid var(--line); padding: 6px 0; }
.earwitness .clip small { display: block; color: var(--graphite); }
.earwitness audio { width: 100%; height: 36px; }
.earwitness dl { display: grid; grid-template-columns: minmax(0, 1fr) auto; margin: 0; }
.earwitness dt { border-top: 1px solid var(--line); padding-top: 6px; font-weight: 600; }
.earwitness dd { border-top: 1px solid var(--line); padding-top: 6px; margin: 0;
  text-align: right; }
.earwitness dd.why { text-align: left; grid-column: 1 / -1; border: 0; padding: 0 0 6px;
  color: var(--graphite); }
.earwitness .weak { color: var(--ochre); } .earwitness dd.why.weak { color: var(--ink); }
"""


def show_explanation(
    result: Explanation,
    *,
    targets: Sequence[str] | None = None,
    source: Callable[[Clip], str] | None = None,
) -> str:
    """Return an explanation as HTML: both levels, players, scores.

    Parameters
    ----------
    result : Explanation
        What to show.
    targets : sequence of str, optional
        Which targets; by default the first three, since each brings its clips.
    source : callable, optional
        Address of a clip's file; by default the sound itself goes in.

    Returns
    -------
    str
        A ``div`` with its style.
    """
    shown = list(targets or result.recipe.targets[:MAX_TARGETS])
    parts = [f"<h2>{escape(_title(result))}</h2>", f'<p class="note">{_describe_run(result)}</p>']
    for target in shown:
        result.scores_for(target)  # refuses a target that was not asked for
        opened = " open" if target == shown[0] else ""
        parts += [
            f"<details{opened}><summary>{escape(_plain(target))} "
            f"{format_number(result.prediction[target])}</summary>",
            *_show_target(result, target, source or _embed),
            "</details>",
        ]
    rest = [target for target in result.recipe.targets if target not in shown]
    if rest:
        names = escape(", ".join(map(_plain, rest)))
        parts.append(f'<p class="note">Explained as well, and written by save(): {names}.</p>')
    return _frame(parts)


def show_effects(effects: Effects) -> str:
    """Return level 1 as HTML: a figure an emotion, the first open.

    Parameters
    ----------
    effects : Effects
        Of one excerpt.

    Returns
    -------
    str
        A ``div`` with its style.
    """
    parts = ["<h2>Effects of the features</h2>"]
    outputs = effects.outputs
    for number, emotion in enumerate(effects.emotions):
        opened = "" if number else " open"
        parts.append(
            f"<details{opened}><summary>{escape(_plain(emotion))} "
            f"{format_number(float(outputs[number]))}</summary>"
            f"{excerpt_effects_svg(effects, emotion)}</details>"
        )
    return _frame(parts)


def show_correlations(report: CorrelationReport) -> str:
    """Return a report as HTML: its figure, and what each row says in words.

    Parameters
    ----------
    report : CorrelationReport
        Of one target.

    Returns
    -------
    str
        A ``div`` with its style.
    """
    parts = [f"<h2>What goes with {escape(_plain(report.target))}</h2>"]
    if report.reason:
        parts.append(f'<p class="caveat">{escape(report.reason)}</p>')
    parts.append(correlations_svg(report))
    parts += [f"<p>{escape(row.sentence)}</p>" for row in report.rows]
    return _frame(parts)


def make_page(result: Explanation, names: Sequence[str]) -> str:
    """Return a whole page about an explanation that plays the clips beside it.

    Parameters
    ----------
    result : Explanation
        What to show, all of its targets.
    names : sequence of str
        The clips' file names, in the order of ``clip_records``.
    """
    files = {id(clip): name for clip, name in zip(result.clip_records, names, strict=True)}
    body = show_explanation(
        result, targets=result.recipe.targets, source=lambda clip: files[id(clip)]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(_title(result))}</title>'
        f"</head><body>{body}</body></html>\n"
    )


def _show_target(result: Explanation, target: str, source: Callable[[Clip], str]) -> list[str]:
    scores = result.scores_for(target)
    mark = (
        "caveat" if any(name in scores and scores[name].is_weak for name in DECISIVE) else "verdict"
    )
    parts = [f'<p class="{mark}">{escape(result.verdicts[target])}</p>']
    if result.level1 is not None and target in result.level1.emotions:
        parts += [
            "<h3>What it was built from</h3>",
            excerpt_effects_svg(result.level1, target),
        ]
        reports = [r for r in report_reference(result.level1) if r.target == target]
        parts += [
            "<details><summary>Which features go together in the reference excerpts</summary>"
            f"{correlations_svg(report)}</details>"
            for report in reports
        ]
    parts += [
        "<h3>Where it listened</h3>",
        spectrogram_svg(result, target),
        weights_svg(result, target).replace('class="plot"', 'class="plot half"', 1),
        "<h3>Listen</h3>",
        *(
            _show_clip(clip, target, source(clip))
            for clip in result.clip_records
            if clip.target in (None, target)
        ),
        "<h3>Can you trust it?</h3>",
        "<dl>",
    ]
    for score in result.all_scores[target]:
        mark = " weak" if score.is_weak else ""
        value = "not defined" if score.value is None else format_number(score.value)
        parts.append(
            f'<dt>{escape(score.title)}</dt><dd class="value{mark}">{value}</dd>'
            f'<dd class="why{mark}">{escape(score.caveat)}</dd>'
        )
    return [*parts, "</dl>"]


def _show_clip(clip: Clip, target: str, address: str) -> str:
    heard = f"model hears {format_number(clip.output_after[target])}"
    about = heard if clip.target is None else f"{format_percent(clip.area_share)} of area, {heard}"
    name = clip.kind.replace("_", " ").capitalize()
    return (
        f'<div class="clip"><div>{escape(name)}<small>{escape(about)}</small></div>'
        f'<audio controls preload="none" aria-label="{escape(name)}" src="{escape(address)}">'
        "</audio></div>"
    )


def _embed(clip: Clip) -> str:
    """The clip as a FLAC inside its own address: the same samples at half the size."""
    # slow import: soundfile
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, clip.audio.y, clip.audio.sr, format="FLAC", subtype="PCM_16")
    return f"data:audio/flac;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _title(result: Explanation) -> str:
    return f"{result.model.title}: {', '.join(map(_plain, result.recipe.targets))}"


def _describe_run(result: Explanation) -> str:
    recipe = result.recipe
    end = recipe.start + recipe.duration
    text = (
        f"{recipe.start:g} to {end:g} s · {result.components.n} components by {recipe.segmenter} · "
        f"{recipe.explainer} · seed {recipe.seed}"
    )
    if "n_forwards" in result.run:
        text += f" · {result.run['n_forwards']:,} forward passes in {result.run['seconds']:.1f} s"
    return escape(text)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _frame(parts: Sequence[str]) -> str:
    return f'<div class="earwitness"><style>{_make_style()}</style>{"".join(parts)}</div>'


def _make_style() -> str:
    tokens = {
        theme: "".join(f"--{name}:{value};" for name, value in colours.items())
        for theme, colours in THEMES.items()
    }
    light = ", ".join(f"{host} .earwitness" for host in LIGHT_HOSTS)
    dark = ", ".join(f"{host} .earwitness" for host in DARK_HOSTS)
    return (
        f".earwitness {{{tokens['light']}}}"
        f"@media (prefers-color-scheme: dark) {{.earwitness {{{tokens['dark']}}}}}"
        f"{light} {{{tokens['light']}}}{dark} {{{tokens['dark']}}}{LAYOUT}"
        f"{write_marks('.earwitness ')}"
    )
