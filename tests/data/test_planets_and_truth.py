"""Observations, truth and splits: subsets stay aligned, share what is large, and are known by content."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.challenges import Observations, Split, Traces, Truth
from harness.data.fingerprint import fingerprint
from harness.data.schema import Parameter, Schema

N, W, A, P = 6, 3, 2, 2

SCHEMA = Schema(
    parameters=tuple(Parameter(name=name, unit="", lower=0, upper=1) for name in ("a", "b")),
    wavelength=(1.0, 2.0, 3.0),
    width=(0.1, 0.1, 0.1),
)


def split() -> Split:
    generator = torch.Generator().manual_seed(0)

    def uniform(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, dtype=torch.float64)

    traces = Traces.from_list(
        [
            None if i % 2 else (uniform(4 + i, P), torch.full((4 + i,), 1 / (4 + i)).double())
            for i in range(N)
        ],
        P,
    )
    ids = np.array([f"planet{i}" for i in range(N)])
    return Split(Observations(ids, uniform(N, W), uniform(N, W), uniform(N, A)), Truth(uniform(N, P), traces))


@given(rows=st.lists(st.integers(0, N - 1), max_size=N))
def test_a_subset_keeps_everything_about_each_planet(rows: list[int]) -> None:
    whole = split()
    part = whole[rows]
    assert len(part) == len(rows)
    assert part.truth.traces is not None
    assert whole.truth.traces is not None
    for here, there in enumerate(rows):
        assert part.observations.planet_ids[here] == whole.observations.planet_ids[there]
        assert torch.equal(part.observations.spectrum[here], whole.observations.spectrum[there])
        assert torch.equal(part.observations.noise[here], whole.observations.noise[there])
        assert torch.equal(part.observations.auxiliary[here], whole.observations.auxiliary[there])
        assert torch.equal(part.parameters[here], whole.parameters[there])
        for mine, theirs in zip(part.truth.traces.trace(here), whole.truth.traces.trace(there), strict=True):
            assert torch.equal(mine, theirs)


def test_a_mask_is_the_same_as_its_positions() -> None:
    whole = split()
    mask = np.array([False, True, False, True, False, False])
    assert fingerprint(SCHEMA, {"train": whole[mask]}) == fingerprint(SCHEMA, {"train": whole[[1, 3]]})
    with pytest.raises(IndexError, match="mask over 6 planets"):
        whole[mask[:3]]


def test_a_slice_is_the_same_as_its_positions() -> None:
    whole = split()
    assert fingerprint(SCHEMA, {"train": whole[1:5:2]}) == fingerprint(SCHEMA, {"train": whole[[1, 3]]})


def test_subsets_share_the_memory_of_the_traces() -> None:
    whole = split()
    part = whole[[4, 0]]
    assert part.truth.traces is not None
    assert whole.truth.traces is not None
    assert part.truth.traces.values.data_ptr() == whole.truth.traces.values.data_ptr()
    assert part.truth.n_traces == 2


def test_traces_none_of_which_is_there_are_empty() -> None:
    traces = Traces.from_list([None, None], P)
    assert traces.lengths.tolist() == [0, 0]
    assert not traces.present.any()
    assert traces.trace(1)[0].shape == (0, P)


def test_planets_without_known_parameters_say_so() -> None:
    with pytest.raises(ValueError, match="not known"):
        _ = Split(split().observations, Truth(None)).parameters


@pytest.mark.parametrize(
    ("spectrum", "noise", "auxiliary"),
    [((N, W), (N, W + 1), (N, A)), ((N, W), (N, W), (N + 1, A)), ((W,), (W,), (N, A))],
)
def test_tables_of_different_lengths_are_refused(
    spectrum: tuple[int, ...], noise: tuple[int, ...], auxiliary: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"must both be|need"):
        Observations(
            np.array([f"p{i}" for i in range(N)]),
            torch.ones(spectrum),
            torch.ones(noise),
            torch.ones(auxiliary),
        )


def changed(name: str) -> dict[str, Split]:
    whole = split()
    seen, truth = whole.observations, whole.truth
    assert truth.parameters is not None
    assert truth.traces is not None
    nudge = torch.zeros(N, 1, dtype=torch.float64)
    nudge[2] = 1e-12
    alternatives = {
        "spectrum": Split(replace(seen, spectrum=seen.spectrum + nudge), truth),
        "noise": Split(replace(seen, noise=seen.noise + nudge), truth),
        "auxiliary": Split(replace(seen, auxiliary=seen.auxiliary + nudge), truth),
        "planet": Split(replace(seen, planet_ids=np.array([*seen.planet_ids[:-1], "other"])), truth),
        "parameters": Split(seen, replace(truth, parameters=truth.parameters + nudge)),
        "trace values": Split(
            seen, replace(truth, traces=replace(truth.traces, values=truth.traces.values + 1e-12))
        ),
        "trace weights": Split(
            seen, replace(truth, traces=replace(truth.traces, weights=truth.traces.weights.flip(0)))
        ),
        "no traces": Split(seen, replace(truth, traces=None)),
        "no parameters": Split(seen, replace(truth, parameters=None)),
        "order": whole[list(reversed(range(N)))],
    }
    return {"train": alternatives[name]}


@pytest.mark.parametrize(
    "name",
    [
        "spectrum",
        "noise",
        "auxiliary",
        "planet",
        "parameters",
        "trace values",
        "trace weights",
        "no traces",
        "no parameters",
        "order",
    ],
)
def test_any_change_of_content_changes_the_fingerprint(name: str) -> None:
    assert fingerprint(SCHEMA, changed(name)) != fingerprint(SCHEMA, {"train": split()})


def test_the_fingerprint_depends_on_the_schema_and_the_name_of_a_split() -> None:
    schema = SCHEMA.model_copy(update={"spectrum_unit": "transit depth [%]"})
    prints = {
        fingerprint(SCHEMA, {"train": split()}),
        fingerprint(schema, {"train": split()}),
        fingerprint(SCHEMA, {"test": split()}),
    }
    assert len(prints) == 3
    assert fingerprint(SCHEMA, {"train": split()}) in prints
