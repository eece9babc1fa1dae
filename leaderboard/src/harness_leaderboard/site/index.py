"""The first page of a board: its tables, score against cost, two methods planet by planet, calibration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.data.score_parts import MATCHED
from harness_leaderboard import numbers
from harness_leaderboard.board import Board
from harness_leaderboard.pareto import COST, placed
from harness_leaderboard.planet_scores import PlanetSource
from harness_leaderboard.site.calibration import LEVELS, chance_band
from harness_leaderboard.site.charts import Curve, Dot, scatter, unit_curves
from harness_leaderboard.site.document import page, shown
from harness_leaderboard.snapshot.page import section, with_code
from harness_leaderboard.snapshot.tables import names, tables
from harness_leaderboard.snapshot.words import challenge_name, commands, facts, how_to_repeat


def index_page(
    board: Board,
    made_at: str,
    links: Mapping[str, str],
    planets: PlanetSource,
    coverage: Mapping[int, NDArray[np.float64]],
) -> str:
    """The page.

    Arguments:
        board: with at least one entry.
        made_at: the day.
        links: to the page of each run, by its id.
        planets: scores of single planets.
        coverage: of entries by their place, at every level of `LEVELS`.
    """
    called = names(board)
    newest = [links[entry.example.run_id] for _, entry in board.ranked]
    told = "".join(f"<dt>{shown(what)}</dt><dd>{shown(text)}</dd>" for what, text in facts(board, None))
    data = _planet_data(board, planets, called)
    parts = [
        f"<dl>{told}</dl>",
        '<div class="filter"><label for="filter">Show methods with</label>'
        '<input id="filter" type="search" autocomplete="off" placeholder="words of the name">'
        '<span id="shown" role="status"></span></div>',
        *(section(table, newest) for table in tables(board)),
        _cost(board, called, newest),
        "" if data is None else _pair(data),
        _calibration(board, called, coverage),
        _runs(board, called, links),
        f"<h2>How each row was made</h2>\n<p>{with_code(how_to_repeat(board))}</p>",
        '<pre tabindex="0">' + "\n".join(map(shown, commands(board))) + "</pre>",
    ]
    return page(f"Leaderboard of {challenge_name(board)}, {made_at}", "\n".join(filter(None, parts)), data)


def _cost(board: Board, called: Sequence[str], newest: Sequence[str]) -> str:
    """Score against seconds; nothing where no entry has both."""
    dots = [
        Dot(
            one.seconds,
            one.score.value,
            f"{called[one.place]}: {one.score.value:.5g}, {numbers.seconds(one.seconds)}",
            newest[one.place],
            one.on_front,
        )
        for one in placed(board)
        if one.seconds is not None and one.score.value is not None
    ]
    if not dots or board.key is None:
        return ""
    return (
        f"<h2>Score against cost</h2>\n<figure>{scatter(dots, f'{COST} seconds', board.key.title)}"
        "<figcaption>Coloured: no other entry is at least as good for no more. Each dot leads to its run."
        "</figcaption></figure>"
    )


def _planet_data(board: Board, planets: PlanetSource, called: Sequence[str]) -> dict[str, Any] | None:
    """The scores of every planet by every method that has them, mean over seeds; None of fewer than two."""
    scorer = None if board.key is None or board.key.part is not None else board.key.scorer
    if scorer is None:
        return None
    runs = [entry.newest(scorer) for _, entry in board.ranked]
    known = planets.of(run for some in runs for run in some)
    order: list[str] = []
    kinds: dict[str, str] = {}
    methods = []
    for name, some in zip(called, runs, strict=True):
        of_seeds: dict[str, list[float]] = {}
        for run in some:
            scores = known.get(run.run_id)
            values = None if scores is None else scores.of(scorer)
            if scores is None or values is None:
                continue
            whose = zip(scores.planets.names, scores.planets.kinds, values.tolist(), strict=True)
            for planet, kind, value in whose:
                kinds.setdefault(planet, kind)
                of_seeds.setdefault(planet, []).append(value)
        if of_seeds:
            order = order or list(of_seeds)
            methods.append((name, of_seeds))
    if len(methods) < 2:
        return None
    return {
        "higher": scorer.higher_is_better,
        "score": board.titles[scorer],
        "planets": order,
        "kinds": [kinds[planet] for planet in order],
        "ranking": MATCHED if MATCHED in kinds.values() else None,
        "methods": [
            {"name": name, "scores": [_mean(of_seeds.get(planet)) for planet in order]}
            for name, of_seeds in methods
        ],
    }


def _mean(values: Sequence[float] | None) -> float | None:
    if not values or not all(map(math.isfinite, values)):
        return None
    return float(f"{sum(values) / len(values):.6g}")


def _pair(data: Mapping[str, Any]) -> str:
    """Two methods to choose; the script draws them."""

    def choice(name: str, chosen: int) -> str:
        options = "".join(
            f'<option value="{number}"{" selected" * (number == chosen)}>{shown(method["name"])}</option>'
            for number, method in enumerate(data["methods"])
        )
        return f'<div><label for="{name}">{name} method</label> <select id="{name}">{options}</select></div>'

    return (
        "<h2>Two methods on the same planets</h2>\n"
        f"<p>Score {shown(data['score'])} of every planet, mean over seeds.</p>\n"
        f'<div class="filter">{choice("first", 0)}{choice("second", 1)}</div>\n'
        '<figure><svg id="pair" viewBox="0 0 520 496" role="img" '
        'aria-label="Scores of two methods on each planet"></svg>'
        '<figcaption id="told" role="status">Drawn by the script of this page.</figcaption></figure>'
    )


def _calibration(board: Board, called: Sequence[str], coverage: Mapping[int, NDArray[np.float64]]) -> str:
    if not coverage:
        return ""
    lines = [
        Curve(called[place], [0.0, *LEVELS, 1.0], [0.0, *found.tolist(), 1.0])
        for place, found in sorted(coverage.items())
    ]
    count = board.challenge.planets.get("test", 1) if board.planets == 0 else board.planets
    chart = unit_curves(lines, "level of the interval", "share of truths in it", chance_band(max(count, 1)))
    explained = (
        "How often the truth lies in the central interval of each level, mean over parameters, by the kept "
        "predictions of each entry's newest run, on the planets that rank. Grey: where 95% of calibrated "
        f"methods would be with one parameter and {count:,} planets."
    )
    return f"<h2>Calibration curves</h2>\n<figure>{chart}<figcaption>{shown(explained)}</figcaption></figure>"


def _runs(board: Board, called: Sequence[str], links: Mapping[str, str]) -> str:
    items = []
    for name, (_, entry) in zip(called, board.ranked, strict=True):
        texts = [f"seed {run.seed}, {run.started_at[:10]}" for run in entry.runs]
        runs = ", ".join(
            f'<a href="{shown(links[run.run_id])}">'
            f"{shown(text if texts.count(text) == 1 else f'{text}, run {run.run_id}')}</a>"
            for run, text in zip(entry.runs, texts, strict=True)
        )
        items.append(f"<li>{shown(name)}: {runs}</li>")
    return f'<h2>Every run</h2>\n<ul class="runs">{"".join(items)}</ul>'
