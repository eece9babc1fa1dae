"""Names and masses of molecules."""

from __future__ import annotations

import re

from harness.errors import HarnessError
from harness.physics.constants import ATOMIC_MASS

# standard atomic weights [u], the edition that TauREx 3 uses
ATOMIC_WEIGHT = {
    "H": 1.00794,
    "He": 4.002602,
    "Li": 6.941,
    "Be": 9.012182,
    "B": 10.811,
    "C": 12.011,
    "N": 14.00674,
    "O": 15.9994,
    "F": 18.9984032,
    "Ne": 20.1797,
    "Na": 22.989768,
    "Mg": 24.305,
    "Al": 26.981539,
    "Si": 28.0855,
    "P": 30.973762,
    "S": 32.066,
    "Cl": 35.4527,
    "Ar": 39.948,
    "K": 39.0983,
    "Ca": 40.078,
    "Sc": 44.95591,
    "Ti": 47.88,
    "V": 50.9415,
    "Cr": 51.9961,
    "Mn": 54.93805,
    "Fe": 55.847,
    "Co": 58.9332,
    "Ni": 58.6934,
    "Cu": 63.546,
    "Zn": 65.39,
    "Ga": 69.723,
    "Ge": 72.61,
    "As": 74.92159,
    "Se": 78.96,
    "Br": 79.904,
    "Kr": 83.8,
    "Rb": 85.4678,
    "Sr": 87.62,
    "Y": 88.90585,
    "Zr": 91.224,
    "Nb": 92.90638,
    "Mo": 95.94,
    "Ag": 107.8682,
    "Cd": 112.411,
    "In": 114.818,
    "Sn": 118.71,
    "Sb": 121.757,
    "Te": 127.6,
    "I": 126.90447,
    "Xe": 131.29,
    "Cs": 132.90543,
    "Ba": 137.327,
    "La": 138.9055,
    "Ce": 140.115,
    "Hf": 178.49,
    "Ta": 180.9479,
    "W": 183.84,
    "Pt": 195.08,
    "Au": 196.96654,
    "Hg": 200.59,
    "Pb": 207.2,
}

_ATOMS = re.compile(r"([A-Z][a-z]?)([0-9]*)")


def molecule_name(text: str) -> str:
    """The plain formula of a molecule, without isotope numbers and signs: "1H2-16O" gives "H2O"."""
    return "".join(element + count for element, count in _ATOMS.findall(text))


def molecular_mass(formula: str) -> float:
    """Mass of one molecule [kg].

    Raises:
        HarnessError: the formula is empty or holds an element whose mass is not known here.
    """
    atoms = _ATOMS.findall(formula)
    if not atoms or "".join(element + count for element, count in atoms) != formula:
        raise HarnessError(f"'{formula}' is not a molecule's formula; write it like H2O or CH4.")
    unknown = [element for element, _ in atoms if element not in ATOMIC_WEIGHT]
    if unknown:
        raise HarnessError(
            f"The mass of '{formula}' is not known, because '{unknown[0]}' is none of the elements "
            f"{', '.join(ATOMIC_WEIGHT)}."
        )
    return ATOMIC_MASS * sum(ATOMIC_WEIGHT[element] * int(count or 1) for element, count in atoms)
