"""The contract catches embedders that do not do what every embedder must."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from harness.components import Embedder
from harness.contract import ContractViolation
from harness.contract.features import CHECKS
from harness.contract.subject import Subject
from harness.registry.plugins import Registration


class Layer(nn.Module):
    """A correct module, which each class below spoils in one way."""

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.n_context = 4
        self.layer = nn.Linear(n_features, 4)

    def forward(self, features: Tensor) -> Tensor:
        context: Tensor = self.layer(features)
        return context


class Sound(Embedder):
    trainable = True

    def architecture(self, n_features: int) -> nn.Module:
        return Layer(n_features)


class Frozen(Sound):
    trainable = False


class Nothing(Embedder):
    trainable = True

    def architecture(self, n_features: int) -> nn.Module:
        return Layer(n_features).requires_grad_(False)


class Centred(Sound):
    def architecture(self, n_features: int) -> nn.Module:
        class Module(Layer):
            def forward(self, features: Tensor) -> Tensor:
                return super().forward(features - features.mean(dim=0))

        return Module(n_features)


class Unused(Sound):
    def architecture(self, n_features: int) -> nn.Module:
        module = Layer(n_features)
        module.forgotten = nn.Parameter(torch.zeros(3))
        return module


class Unseeded(Sound):
    def architecture(self, n_features: int) -> nn.Module:
        torch.seed()
        return Layer(n_features)


class Unsaved(Sound):
    def architecture(self, n_features: int) -> nn.Module:
        class Module(Layer):
            def __init__(self, n_features: int) -> None:
                super().__init__(n_features)
                self.scale = float(torch.rand(()))

            def forward(self, features: Tensor) -> Tensor:
                return super().forward(features) * self.scale

        return Module(n_features)


class Crashing(Sound):
    def architecture(self, n_features: int) -> nn.Module:
        assert self.layout.blocks
        return Layer(n_features)


def failing(kind: type[Embedder]) -> set[str]:
    """The checks that a class does not pass."""
    registration = Registration("embedder", "spoiled", "x:Y", "spoiled", "nobody", "0")
    subject, failed = Subject(registration, kind, {}), set()
    for function in CHECKS["embedder"]:
        try:
            function(subject)
        except (ContractViolation, AssertionError):
            failed.add(function.__name__.removeprefix("check_"))
    return failed


@pytest.mark.parametrize(
    ("kind", "caught"),
    [
        (Sound, None),
        (Frozen, "what_is_trained_is_trainable"),
        (Nothing, "what_is_trained_is_trainable"),
        (Unused, "what_is_trained_is_trainable"),
        (Centred, "a_planet_has_the_same_context_in_any_batch"),
        (Unseeded, "the_same_seed_builds_the_same_embedder"),
        (Unsaved, "embedder_is_restored_from_its_state"),
        (Crashing, "features_of_unknown_layout_are_no_crash"),
    ],
)
def test_the_contract_catches_an_embedder_that(kind: type[Embedder], caught: str | None) -> None:
    failed = failing(kind)
    assert (caught in failed) if caught else not failed, failed
