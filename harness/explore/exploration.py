"""Everything that is looked at in the spectra of a challenge, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.components import Challenge
from harness.components.progress import shown_progress
from harness.data.arrays import Array
from harness.data.schema import Schema
from harness.explore.clusters import k_means
from harness.explore.components import Components, independent_components, principal_components
from harness.explore.latents import Latents
from harness.explore.spectra import Form, Spectra, spectra_in
from harness.metrics import MutualInformation, mutual_information
from harness.metrics.mutual_information import LEAST

SHOWN = 3  # components whose planes are drawn


@dataclass(frozen=True)
class Looks:
    """How to look.

    Attributes:
        form: of the spectra.
        components: how many principal and independent ones.
        clusters: groups at most.
        planets: that mutual information is estimated from, at most.
        seed: every random number follows from it.
        quiet: show no progress.
    """

    form: Form = "log"
    components: int = 6
    clusters: int = 5
    planets: int = 2000
    seed: int = 0
    quiet: bool = True


@dataclass(frozen=True)
class Named:
    """Numbers of each planet with a name for each column, and what each says about the parameters.

    Attributes:
        names: of the columns.
        values: (N, K).
        information: with each parameter (K, P) [bits], from some of the planets; None where the parameters
            are not known, or of too few planets (`LEAST`) for an uncertainty.
    """

    names: tuple[str, ...]
    values: Array
    information: MutualInformation | None


@dataclass(frozen=True)
class Exploration:
    """What was found in the training spectra of a challenge.

    Attributes:
        challenge: its name and place.
        schema: of the challenge.
        spectra: in the form that was looked at.
        depth: as they are (N, W).
        parameters: (N, P), or None.
        principal, independent: components of the spectra.
        cluster: the group of each planet in the plane of the first two principal components (N,).
        moments: mean and spread of each spectrum over its channels, as numbers of planets.
        scores, sources, latent: principal components, independent ones, and an embedder's dimensions,
            likewise.
        embedding: the latter with its names.
        informed: how many planets mutual information was estimated from.
    """

    challenge: str
    schema: Schema
    spectra: Spectra
    depth: Array
    parameters: Array | None
    principal: Components
    independent: Components
    cluster: Array
    moments: Named
    scores: Named
    sources: Named
    latent: Named
    embedding: Latents
    informed: int

    def document(self) -> dict[str, Any]:
        """The numbers, for JSON."""
        groups = np.unique(self.cluster).tolist()
        return {
            "challenge": self.challenge,
            "planets": len(self.depth),
            "form": self.spectra.form,
            "wavelength_um": list(self.schema.wavelength),
            "principal_components": _components(self.principal),
            "independent_components": {
                **_components(self.independent),
                "converged": self.independent.converged,
            },
            "clusters": [
                {
                    "planets": int((self.cluster == group).sum()),
                    "mean_spectrum": self.depth[self.cluster == group].mean(axis=0).tolist(),
                }
                for group in groups
            ],
            "embedding": {
                "embedder": self.embedding.embedder,
                "preprocessor": self.embedding.preprocessor,
                "length": self.embedding.length,
                "dimensions": list(self.embedding.dimensions),
            },
            "mutual_information": {
                "unit": "bits",
                "estimator": "nearest neighbours (Kraskov et al. 2004)",
                "planets": self.informed,
                **{
                    table: _information(named, self.schema.parameter_names)
                    for table, named in (
                        ("moments", self.moments),
                        ("principal_components", self.scores),
                        ("independent_components", self.sources),
                        ("latents", self.latent),
                    )
                },
            },
        }


def explore(challenge: Challenge, embedding: Latents, looks: Looks) -> Exploration:
    """Look at the training spectra of a challenge.

    Arguments:
        challenge: whose.
        embedding: what an embedder makes of its training planets.
        looks: how to look.

    Raises:
        HarnessError: there is nothing to compare (`spectra_in`).
    """
    train, schema = challenge.train, challenge.schema
    spectra = spectra_in(looks.form, train.observations.spectrum)
    principal = principal_components(spectra.values, looks.components)
    generator = torch.Generator().manual_seed(looks.seed)
    independent = independent_components(principal, generator)
    cluster = k_means(principal.scores[:, :2], looks.clusters, generator)
    depth = train.observations.spectrum.double()
    moments = torch.stack([depth.mean(dim=1), depth.std(dim=1, correction=0)], dim=1)
    parameters = None if train.truth.parameters is None else train.truth.parameters.double().numpy()
    rows = _spread(len(train), looks.planets)
    columns = {
        "moments": (("mean", "spread"), moments),
        "scores": (_numbered("PC", principal.scores), principal.scores),
        "sources": (_numbered("IC", independent.scores), independent.scores),
        "latent": (tuple(f"latent {i + 1}" for i in embedding.dimensions), embedding.values),
    }
    tables: dict[str, Named] = {}
    with shown_progress("mutual information", len(columns), quiet=looks.quiet) as advance:
        for table, (names, values) in columns.items():
            array = values.numpy()
            known = None
            if parameters is not None and len(rows) >= LEAST:
                known = mutual_information(array[rows], parameters[rows], looks.seed)
            tables[table] = Named(names, array, known)
            advance(1)
    return Exploration(
        challenge=challenge.spec,
        schema=schema,
        spectra=spectra,
        depth=depth.numpy(),
        parameters=parameters,
        principal=principal,
        independent=independent,
        cluster=cluster.numpy(),
        embedding=embedding,
        informed=len(rows),
        **tables,
    )


def _spread(n: int, most: int) -> NDArray[np.int64]:
    """At most so many of n positions, evenly over all of them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))


def _numbered(what: str, scores: Tensor) -> tuple[str, ...]:
    return tuple(f"{what}{i + 1}" for i in range(scores.shape[1]))


def _components(components: Components) -> dict[str, Any]:
    return {
        "explained_variance": components.explained.tolist(),
        "mean": components.mean.tolist(),
        "directions": components.directions.tolist(),
    }


def _information(named: Named, parameters: tuple[str, ...]) -> list[dict[str, Any]]:
    if named.information is None:
        return []
    value, error = named.information
    return [
        {"of": name, "with": parameter, "value": float(value[i, j]), "error": float(error[i, j])}
        for i, name in enumerate(named.names)
        for j, parameter in enumerate(parameters)
    ]
