"""Outcomes as a chart: a bar a case, how many times as long as the floor it takes, with quartiles, and taospy's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

COLOURS = {"taosnative": "#1b6ca8", "taospy": "#c9c9c9", "floor": "#333333"}


def _taospy(one: Mapping[str, Any]) -> float | None:
    ratios = [side["taken"] / one["floor"] for side in one["beside"] if side["name"].startswith("taospy")]
    return ratios[0] if ratios else None


def _draw(axes: Any, title: str, outcomes: Sequence[Mapping[str, Any]]) -> None:
    places = range(len(outcomes))
    ratios = [one["ratio"] for one in outcomes]
    spread = [
        [ratio["median"] - ratio["low"] for ratio in ratios],
        [ratio["high"] - ratio["median"] for ratio in ratios],
    ]
    theirs = [(place, ratio) for place, one in enumerate(outcomes) if (ratio := _taospy(one)) is not None]
    axes.barh(
        [place for place, _ in theirs], [ratio for _, ratio in theirs], 0.8, color=COLOURS["taospy"], label="taospy"
    )
    medians = [ratio["median"] for ratio in ratios]
    axes.barh(places, medians, 0.5, xerr=spread, color=COLOURS["taosnative"], label="taosnative", ecolor="#e08a00")
    axes.axvline(1.0, color=COLOURS["floor"], linewidth=1, label="C")
    axes.set_yticks(places, [f"{one['group']}: {one['name']}" for one in outcomes], fontsize=7)
    axes.set_xscale("log")
    axes.set_xlim(left=0.5)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=9, loc="left")
    axes.set_xlabel("times as long as the C program (logarithmic)", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def draw(outcomes: Mapping[str, Sequence[Mapping[str, Any]]], titles: Mapping[str, str], path: Path) -> None:
    """Draw a chart with a part for each driver, of the cases that are measured in seconds."""
    timed = {target: [one for one in found if one["unit"] == "s"] for target, found in outcomes.items()}
    shown = {target: found for target, found in timed.items() if found}
    heights = [len(found) for found in shown.values()]
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "taosnative"}):
        figure = Figure(figsize=(8.5, 0.19 * sum(heights) + 0.9 * len(heights)), layout="constrained")
        parts = figure.subplots(len(heights), 1, squeeze=False, gridspec_kw={"height_ratios": heights})[:, 0]
        for axes, (target, found) in zip(parts, shown.items(), strict=True):
            _draw(axes, titles[target], found)
        parts[0].legend(fontsize=7, loc="lower right")
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {})
