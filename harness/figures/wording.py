"""What axes and titles call a quantity, in the units that an astronomer reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.data.schema import Column, Parameter, Schema
from harness.physics.constants import JUPITER_MASS, JUPITER_RADIUS, SUN_RADIUS
from harness.simulation.planets import SUN_MASS

MIXING_RATIO = "log10 VMR"  # unit of the parameters that are abundances of a gas

_ASTRONOMICAL = {
    ("star", "kg"): ("M_Sun", SUN_MASS),
    ("star", "m"): ("R_Sun", SUN_RADIUS),
    ("planet", "kg"): ("M_Jup", JUPITER_MASS),
    ("planet", "m"): ("R_Jup", JUPITER_RADIUS),
}
_TYPESET = {"m/s2": "m/s²", "log10 VMR": "log₁₀ VMR", "log10 cm2/g": "log₁₀ cm²/g"}
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_BODY = re.compile(r"\b([MR])_(Sun|Jup)\b")


@dataclass(frozen=True)
class Quantity:
    """A name, a unit, and by what the data are multiplied to be in it."""

    name: str
    unit: str
    factor: float = 1.0

    def __str__(self) -> str:
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    def number(self, raw: float) -> str:
        """A value of the data, to three digits or to whole numbers."""
        scaled = raw * self.factor
        return (f"{scaled:,.0f}" if 1e3 <= abs(scaled) < 1e6 else f"{scaled:.3g}").replace("-", "−")

    def value(self, raw: float) -> str:
        """A value of the data with its unit."""
        return f"{self.number(raw)} {self.unit}".strip()


def gas(parameter: Parameter) -> str | None:
    """The formula of the gas whose abundance a parameter is, or None."""
    return parameter.name.removeprefix("log_") if parameter.unit == MIXING_RATIO else None


def formula(molecule: str) -> str:
    """A molecule as it is printed: H2O as H₂O."""
    return molecule.translate(_SUBSCRIPTS)


def of_parameter(parameter: Parameter) -> Quantity:
    """The parameter in its own unit; an abundance is called by the gas."""
    molecule = gas(parameter)
    name = formula(molecule) if molecule else _spelled_out(parameter.name)
    return Quantity(name, _TYPESET.get(parameter.unit, parameter.unit))


def of_column(column: Column) -> Quantity:
    """The auxiliary column, masses and radii in those of Sun and Jupiter."""
    name = column.name.removesuffix(f"_{column.unit}")
    unit, size = _ASTRONOMICAL.get((name.partition("_")[0], column.unit), (column.unit, 1.0))
    return Quantity(_spelled_out(name), _TYPESET.get(unit, unit), 1 / size)


def of_depth(schema: Schema) -> Quantity:
    """The spectra, in per cent where they are transit depths."""
    if schema.spectrum_unit == "transit depth":
        return Quantity("transit depth", "%", 100.0)
    if schema.spectrum_unit == "transit depth [%]":
        return Quantity("transit depth", "%")
    return Quantity(schema.spectrum_unit, "")


def of_noise(schema: Schema) -> Quantity:
    """Their noise, in parts per million where they are transit depths."""
    depth = of_depth(schema)
    return Quantity("1σ noise", "ppm", depth.factor * 1e4) if depth.unit else Quantity("1σ noise", "")


def mathtext(text: str) -> str:
    """For matplotlib: M_Sun with its subscript."""
    return _BODY.sub(r"$\\mathrm{\1_{\2}}$", text)


def markup(text: str) -> str:
    """For HTML and plotly: M_Sun with its subscript. The text is not escaped here."""
    return _BODY.sub(r"\1<sub>\2</sub>", text)


def _spelled_out(name: str) -> str:
    return re.sub(r"\btemp\b", "temperature", name.replace("_", " "))
