"""Components account for what spectra are made of."""

from __future__ import annotations

import pytest
import torch

from harness.errors import HarnessError
from harness.explore.clusters import k_means
from harness.explore.components import independent_components, principal_components
from harness.explore.spectra import spectra_in


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def mixed(n: int = 2000) -> tuple[torch.Tensor, torch.Tensor]:
    """Two independent, skewed causes (n, 2), and the spectra (n, 6) that they add up to."""
    causes = -torch.rand((n, 2), generator=generator(), dtype=torch.float64).log()
    effects = torch.tensor([[1.0, 2, 0, 1, 0, 1], [0.0, 1, 3, 1, 0, 2]], dtype=torch.float64)
    return causes, 5 + causes @ effects


def test_principal_components_are_orthogonal_and_account_for_everything() -> None:
    _, spectra = mixed()
    found = principal_components(spectra, 6)
    assert found.directions.shape == (2, 6)  # two causes, and a channel that is constant
    assert float(found.explained.sum()) == pytest.approx(1)
    assert found.mean + found.scores @ found.directions == pytest.approx(spectra)
    assert torch.allclose(found.scores.T @ found.scores / len(spectra), torch.eye(2).double(), atol=1e-8)
    assert float(found.directions[0] @ found.directions[1]) == pytest.approx(0, abs=1e-9)


def test_independent_components_are_the_causes() -> None:
    causes, spectra = mixed()
    found = independent_components(principal_components(spectra, 2), generator())
    assert found.converged
    correlations = torch.corrcoef(torch.cat([causes, found.scores], dim=1).T)[:2, 2:].abs()
    assert float(correlations.max(dim=1).values.min()) > 0.98
    assert found.mean + found.scores @ found.directions == pytest.approx(spectra)
    assert float(found.explained.sum()) == pytest.approx(1)


def test_groups_that_lie_apart_are_found_the_largest_first() -> None:
    noise = 0.1 * torch.randn((60, 2), generator=generator(), dtype=torch.float64)
    centres = torch.tensor([[0.0, 0], [5, 0], [0, 5]], dtype=torch.float64)
    belongs = torch.tensor([1] * 30 + [2] * 20 + [0] * 10)
    found = k_means(centres[belongs] + noise, 3, generator())
    assert found.tolist() == [0] * 30 + [1] * 20 + [2] * 10


def test_there_are_no_more_groups_than_different_points() -> None:
    assert set(k_means(torch.ones(5, 2), 4, generator()).tolist()) == {0}


def test_depths_that_are_not_positive_are_taken_as_they_are() -> None:
    found = spectra_in("log", torch.tensor([[1.0, -1], [2, 3]]))
    assert found.form == "depth"
    assert "not positive" in found.remark


def test_a_flat_spectrum_has_no_shape() -> None:
    assert spectra_in("shape", torch.tensor([[1.0, 1], [2, 3]])).values.tolist() == [[0, 0], [-1, 1]]


@pytest.mark.parametrize(
    ("depth", "said"),
    [(torch.ones(1, 4), "it takes two"), (torch.ones(5, 4), "All training spectra are equal")],
)
def test_nothing_to_compare_is_refused(depth: torch.Tensor, said: str) -> None:
    with pytest.raises(HarnessError, match=said):
        spectra_in("log", depth)
