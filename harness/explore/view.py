"""What was found in the spectra of a challenge, as a report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from harness.data.arrays import Array
from harness.errors import counted
from harness.explore.components import Components
from harness.explore.exploration import Exploration, Named
from harness.figures.views import DRAWN, Cloud, Curves, Grid, Line, Panel, Section, View
from harness.figures.wording import of_depth, of_parameter
from harness.metrics.mutual_information import LEAST

CLEAR = 3.0  # standard errors from which information is told from none


def exploration_view(found: Exploration) -> View:
    """The report of an exploration."""
    sections = (
        _principal(found),
        _clusters(found),
        _moments(found),
        _independent(found),
        _latents(found),
        *_information(found),
    )
    notes = [found.spectra.remark] if found.spectra.remark else []
    if found.parameters is None:
        notes.append(
            "The parameters of the training planets are not known, so that nothing is coloured by them."
        )
    elif found.moments.information is None:
        notes.append(
            f"What each number says about each parameter takes at least {LEAST} training planets to be told."
        )
    if not found.independent.converged:
        notes.append("The independent components did not come to rest: they are not to be trusted.")
    forms = {"log": "decimal logarithms of the depths", "depth": "depths", "shape": "contrasts"}
    return View(
        title=f"What is in the spectra of {found.challenge}",
        facts=f"{counted(len(found.depth), 'training planet')}, "
        f"{counted(found.depth.shape[1], 'channel')}; the "
        f"{forms[found.spectra.form]} were decomposed. No method has seen them.",
        findings=tuple(_findings(found)),
        notes=tuple(notes),
        sections=sections,
    )


def _findings(found: Exploration) -> Iterator[str]:
    shares = found.principal.explained.numpy()
    shown = ", ".join(f"{100 * share:.4g}%" for share in shares[:3])
    if len(shares) == 1:
        yield f"One principal component accounts for {shown} of the variance."
    else:
        yield (
            f"The first {min(3, len(shares))} principal components account for {shown} of the variance, "
            f"{len(shares)} for all but {max(0.0, round(100 * (1 - shares.sum()), 9)):.2g}%."
        )
    for named, what in ((found.scores, "principal components"), (found.latent, _embedded(found))):
        if named.information is None:
            return
        value, error = named.information
        best = value.argmax(axis=0)
        told = []
        for j, parameter in enumerate(found.schema.parameters):
            i = int(best[j])
            if value[i, j] > CLEAR * error[i, j]:
                told.append(
                    f"{of_parameter(parameter).name} {value[i, j]:.2f} ± {error[i, j]:.2f} ({named.names[i]})"
                )
        if told:
            yield f"What single {what} say at most about a parameter [bits]: {', '.join(told)}."
        silent = [
            of_parameter(parameter).name
            for j, parameter in enumerate(found.schema.parameters)
            if value[best[j], j] <= CLEAR * error[best[j], j]
        ]
        if silent:
            yield f"None of the {what} by itself says anything clear about {', '.join(silent)}."


def _embedded(found: Exploration) -> str:
    return f"dimensions of {found.embedding.embedder}"


def _coloured(
    found: Exploration, x: Array, y: Array, labels: tuple[str, str], *, title: str = "", log: bool = False
) -> list[Panel]:
    """A cloud for each parameter, coloured by it; one without colours where none is known."""
    step = -(-len(x) // DRAWN)
    points = np.stack([x, y])[:, ::step]
    if found.parameters is None:
        return [Cloud(title, *labels, points, logarithmic=log)]
    return [
        Cloud(str(quantity), *labels, points, found.parameters[::step, j], quantity.name, logarithmic=log)
        for j, quantity in enumerate(map(of_parameter, found.schema.parameters))
    ]


def _directions(found: Exploration, components: Components, what: str, most: int = 4) -> Panel:
    order = np.argsort(found.schema.wavelength)
    wavelength = np.asarray(found.schema.wavelength)[order]
    lines = tuple(
        Line(f"{what}{i + 1} ({share:.2%})", wavelength, _unit(components.directions[i])[order])
        for i, share in enumerate(components.explained[:most].tolist())
    )
    label = f"{found.spectra.quantity}, of unit length"
    return Curves("What a component adds", "wavelength [µm]", label, lines, wavelengths=True, level=0.0)


def _unit(direction: Tensor) -> Array:
    unit: Array = (direction / direction.norm()).numpy()
    return unit


def _principal(found: Exploration) -> Section:
    scores = found.principal.scores.numpy()
    count = scores.shape[1]
    panels: list[Panel] = [_directions(found, found.principal, "PC")]
    shares = found.principal.explained.numpy()
    line = Line("", np.arange(1.0, count + 1), 100 * (1 - shares.cumsum()).clip(1e-8))
    panels.append(
        Curves(
            "Variance that is left", "principal components", "unexplained variance [%]", (line,), level=0.0
        )
    )
    for first in range(min(2, count - 1)):
        labels = (f"PC{first + 1}", f"PC{first + 2}")
        panels += _coloured(found, scores[:, first], scores[:, first + 1], labels)
    return Section(
        "Principal components",
        "The directions in which spectra differ most, and every planet in the planes of the first and "
        "second, and of the second and third, coloured by each parameter: a colour that changes along an "
        "axis is a parameter that this component tells. Scores are in units of their spread. A small share "
        "of the variance is no sign of little information: where planets differ most is their size.",
        tuple(panels),
        columns=4,
    )


def _clusters(found: Exploration) -> Section:
    scores, depth = found.principal.scores.numpy(), of_depth(found.schema)
    step = -(-len(scores) // DRAWN)
    y = scores[:, 1] if scores.shape[1] > 1 else np.zeros(len(scores))
    points = np.stack([scores[:, 0], y])[:, ::step]
    order = np.argsort(found.schema.wavelength)
    wavelength = np.asarray(found.schema.wavelength)[order]
    lines, shapes = [], []
    for group in np.unique(found.cluster).astype(int).tolist():
        mean = found.depth[found.cluster == group].mean(axis=0)[order]
        label = f"{group + 1}: {counted(int((found.cluster == group).sum()), 'planet')}"
        lines.append(Line(label, wavelength, depth.factor * mean))
        spread = mean.std()
        shapes.append(Line(label, wavelength, (mean - mean.mean()) / (spread if spread > 0 else 1)))
    return Section(
        "Groups in that plane",
        "K-means in the plane of the first two components, the largest group first, and the mean spectrum of "
        "each: as it is, and less its own mean and over its own spread, where its shape shows.",
        (
            Cloud("Groups", "PC1", "PC2", points, found.cluster[::step], "group", grouped=True),
            Curves("Mean spectra", "wavelength [µm]", str(depth), tuple(lines), wavelengths=True),
            Curves("Their shapes", "wavelength [µm]", "contrast", tuple(shapes), wavelengths=True),
        ),
        columns=3,
    )


def _moments(found: Exploration) -> Section:
    depth = of_depth(found.schema)
    mean, spread = (depth.factor * column for column in found.moments.values.T)
    log = bool(mean.min() > 0 and spread.min() > 0)
    unit = f" [{depth.unit}]" if depth.unit else ""
    labels = (f"mean {depth.name}{unit}", f"spread over channels{unit}")
    return Section(
        "Mean against spread",
        "Two numbers of each spectrum that need no decomposition: its mean over the channels, which the "
        "radii make, and its spread, which the size of its features makes (Matchev et al. 2022).",
        tuple(_coloured(found, mean, spread, labels, log=log)),
        columns=4,
    )


def _independent(found: Exploration) -> Section:
    scores = found.independent.scores.numpy()
    panels: list[Panel] = [_directions(found, found.independent, "IC")]
    if scores.shape[1] > 1:
        first, second = _telling(found.sources)
        names = found.sources.names
        panels += _coloured(found, scores[:, first], scores[:, second], (names[first], names[second]))
    return Section(
        "Independent components",
        "The same space in directions whose scores are as independent as they can be (FastICA): where causes "
        "add up to a spectrum, they come out one by one, which principal components mix. In parentheses the "
        f"share of the variance. The plane is that of {_which(found.sources)}.",
        tuple(panels),
        columns=4,
    )


def _latents(found: Exploration) -> Section:
    embedding, values = found.embedding, found.latent.values
    panels: list[Panel] = []
    if values.shape[1] > 1:
        first, second = _telling(found.latent)
        names = found.latent.names
        panels = _coloured(found, values[:, first], values[:, second], (names[first], names[second]))
    elif values.shape[1] == 1:
        panels = _coloured(
            found, values[:, 0], found.principal.scores.numpy()[:, 0], (found.latent.names[0], "PC1")
        )
    return Section(
        f"What the embedder '{embedding.embedder}' makes of them",
        f"Planets in two of the {embedding.length} dimensions of its latent space, fitted to the features of "
        f"'{embedding.preprocessor}' without a look at the parameters: {_which(found.latent)}. "
        f"The {len(embedding.dimensions)} that vary most were looked at.",
        tuple(panels),
        columns=4,
    )


def _telling(named: Named) -> tuple[int, int]:
    """The two columns with most information, the earlier first; the first two where none is known."""
    if named.information is None:
        return 0, 1
    first, second = sorted(np.argsort(-named.information.value.sum(axis=1), kind="stable")[:2].tolist())
    return first, second


def _which(named: Named) -> str:
    """What the columns of `_telling` are."""
    return "the first two" if named.information is None else "the two that say most about the parameters"


def _information(found: Exploration) -> Iterator[Section]:
    tables = (found.moments, found.scores, found.sources, found.latent)
    names = tuple(of_parameter(parameter).name for parameter in found.schema.parameters)
    values, texts = [], []
    rows: list[str] = []
    for table in tables:
        if table.information is None:
            return
        value, error = table.information
        values.append(np.where(value > CLEAR * error, value, 0.0))
        texts += [
            tuple(f"{v:.2f} ± {e:.2f}".replace("-", "−") for v, e in zip(*pair, strict=True))
            for pair in zip(value, error, strict=True)
        ]
        rows += table.names
    yield Section(
        "What each number says about each parameter",
        "Mutual information in bits with its standard error: a bit halves the range that a parameter may be "
        f"in. Coloured where it is more than {CLEAR:g} standard errors; estimated from {found.informed:,} "
        "planets by nearest neighbours (Kraskov et al. 2004), the errors from disjoint subsets (Holmes & "
        "Nemenman 2019).",
        (Grid("Mutual information [bits]", tuple(rows), names, np.concatenate(values), tuple(texts)),),
    )
