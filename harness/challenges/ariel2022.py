"""The Ariel Data Challenge 2022, read from its directory as published."""

from __future__ import annotations

from harness.challenges.ariel2023.challenge import ReleasedChallenge
from harness.challenges.ariel2023.release import RELEASE_2022
from harness.data.schema import Schema


class Ariel2022(ReleasedChallenge):
    """Transit spectra of the Ariel telescope, six parameters, nested-sampling traces: the ABC database.

    Its directory has the layout of 2023; each trace names its columns in the attribute `target_order`. The
    radius of a planet is none of the six parameters, so that no forward model makes a spectrum of them: the
    score is its posterior part alone. The bounds to which the score clips are those of 2023.
    """

    release = RELEASE_2022
    source = (
        "Ariel Data Challenge 2022, https://www.ariel-datachallenge.space; the ABC database, Changeat & Yip "
        "2023, RASTI 2, 45, https://doi.org/10.1093/rasti/rzad001"
    )

    def about_model(self, schema: Schema) -> tuple[str, ...]:
        return (
            "The planet's radius is not among the six parameters, so that no spectrum can be computed from "
            "them: the score is its posterior part, without the spectral one.",
        )
