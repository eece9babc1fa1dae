"""What must hang together in a population of transiting planets, where the columns for it are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from harness.data.arrays import Array
from harness.data.schema import Schema
from harness.data.split import Split
from harness.figures.groups import Groups
from harness.figures.panels import Scatter
from harness.figures.planet_numbers import mean_depth, mean_noise
from harness.figures.wording import Quantity, of_depth, of_noise
from harness.physics.constants import JUPITER_MASS, JUPITER_RADIUS, SUN_RADIUS
from harness.simulation.planets import equilibrium_temperature

Column = Callable[[str], Array]  # a parameter or auxiliary column of some planets by its name (N,)

DRAWN = 1500  # planets of a group at most

RADIUS, TEMPERATURE = "planet_radius", "planet_temp"
STAR_RADIUS, STAR_TEMPERATURE, STAR_DISTANCE = "star_radius_m", "star_temperature", "star_distance"
PLANET_MASS, PLANET_DISTANCE = "planet_mass_kg", "planet_distance"


@dataclass(frozen=True)
class Relation:
    """Two numbers of each planet, from the columns that they need."""

    title: str
    needs: tuple[str, ...]
    x: Quantity
    y: Quantity
    of: Callable[[Column, Split], tuple[Array, Array]]
    logarithmic: bool = True
    equal: bool = False  # whether the two should agree


def relations(schema: Schema, groups: Groups, chosen: Split | None) -> Iterator[Scatter]:
    """The relations whose columns the challenge has."""
    names = (*schema.parameter_names, *schema.auxiliary_names)
    for relation in _relations(schema):
        if all(need in names for need in relation.needs):
            panel = _scatter(relation, schema, groups, chosen)
            if panel is not None:
                yield panel


def _relations(schema: Schema) -> tuple[Relation, ...]:
    depth, noise = of_depth(schema), of_noise(schema)
    return (
        Relation(
            "Temperature",
            (TEMPERATURE, STAR_TEMPERATURE, STAR_RADIUS, PLANET_DISTANCE),
            Quantity("equilibrium temperature", "K"),
            Quantity("planet temperature", "K"),
            lambda column, split: (
                equilibrium_temperature(
                    column(STAR_TEMPERATURE), column(STAR_RADIUS) / SUN_RADIUS, column(PLANET_DISTANCE)
                ),
                column(TEMPERATURE),
            ),
            logarithmic=False,
            equal=True,
        ),
        Relation(
            "Depth",
            (RADIUS, STAR_RADIUS),
            Quantity("(planet radius / star radius)²", depth.unit, depth.factor),
            Quantity(f"mean {depth.name}", depth.unit, depth.factor),
            lambda column, split: (
                (column(RADIUS) * JUPITER_RADIUS / column(STAR_RADIUS)) ** 2,
                mean_depth(split),
            ),
            equal=True,
        ),
        Relation(
            "Mass and radius",
            (RADIUS, PLANET_MASS),
            Quantity("planet mass", "M_Jup"),
            Quantity("planet radius", "R_Jup"),
            lambda column, split: (column(PLANET_MASS) / JUPITER_MASS, column(RADIUS)),
        ),
        Relation(
            "Noise",
            (STAR_DISTANCE,),
            Quantity("star distance", "pc"),
            Quantity(f"mean {noise.name}", noise.unit, noise.factor),
            lambda column, split: (column(STAR_DISTANCE), mean_noise(split)),
        ),
        Relation(
            "Stars",
            (STAR_TEMPERATURE, STAR_RADIUS),
            Quantity("star temperature", "K"),
            Quantity("star radius", "R_Sun", 1 / SUN_RADIUS),
            lambda column, split: (column(STAR_TEMPERATURE), column(STAR_RADIUS)),
            logarithmic=False,
        ),
    )


def _scatter(relation: Relation, schema: Schema, groups: Groups, chosen: Split | None) -> Scatter | None:
    points, remark = {}, ""
    for group in groups.each:
        both = _both(relation, schema, group.planets)
        if both is None:
            continue
        points[group.name] = both[:, :: -(-both.shape[1] // DRAWN)]
    reference = _both(relation, schema, groups.reference.planets)
    if not points or reference is None:
        return None
    if relation.equal and reference.shape[1] > 2:
        x, y = reference
        off = np.sqrt(np.mean((x - y) ** 2))
        remark = f"r = {np.corrcoef(x, y)[0, 1]:.3f}, RMS difference {off:.3g} {relation.y.unit}"
    marked = None if chosen is None else _both(relation, schema, chosen)
    return Scatter(
        title=relation.title,
        x=relation.x,
        y=relation.y,
        logarithmic=relation.logarithmic,
        points=points,
        diagonal=relation.equal,
        remark=remark,
        marked=None if marked is None or not marked.size else (float(marked[0, 0]), float(marked[1, 0])),
    )


def _both(relation: Relation, schema: Schema, split: Split) -> Array | None:
    """x and y of the planets (2, K) in the quantities' units, or None where the truth is not known."""
    parameters = split.truth.parameters
    if parameters is None and any(need in schema.parameter_names for need in relation.needs):
        return None

    def column(name: str) -> Array:
        if name in schema.parameter_names and parameters is not None:
            return parameters[:, schema.parameter_names.index(name)].double().numpy()
        return split.observations.auxiliary[:, schema.auxiliary_names.index(name)].double().numpy()

    x, y = relation.of(column, split)
    both = np.stack([x * relation.x.factor, y * relation.y.factor])
    usable = np.isfinite(both).all(axis=0)
    if relation.logarithmic:
        usable &= (both > 0).all(axis=0)
    return both[:, usable]
