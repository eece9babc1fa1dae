"""How much a simulated spectrum looks like those of the training planets.

Most spectra that the wide prior of a retrieval makes belong to no planet of the challenge, and a network that
learns from them all has less left for those it will be asked about. What is observed of a pair may decide
whether to learn from it: the posterior is conditional on what is observed, and does not change.
"""

from __future__ import annotations

import time

import torch
from torch import Tensor, nn

from harness.data.observations import Observations

STEPS, ROWS, RATE, WIDTH = 300, 512, 3e-3, 64
# The density of training planets over that of simulated ones from which on all pairs are taken. Of 9,000
# training planets 98% lay above it, of simulated ones 29%.
TYPICAL = 0.3
LEAST = 0.1  # taken of the least likely: test planets need not look like training ones
ENOUGH = 1000  # training planets, for a classifier to learn more than their noise
AT_ONCE = 2**14  # planets
LARGEST = 6.0  # standard deviations that features are held to


def features(observations: Observations) -> Tensor:
    """Shape, depth and contrast of noisy spectra, how noisy they are, and the facts (K, W + 3 + A).

    The noise comes from torch's own generator.

    Arguments:
        observations: noise-free spectra above 0, and auxiliary columns above 0.
    """
    noise = observations.noise
    noisy = (observations.spectrum + noise * torch.randn_like(noise)).clamp(min=1e-12)
    depth, contrast = noisy.mean(1, keepdim=True), noisy.std(1, keepdim=True)
    shape = (noisy - depth) / contrast
    logarithms = [depth.log(), contrast.log(), noise.log().mean(1, keepdim=True)]
    return torch.cat([shape, *logarithms, observations.auxiliary.log()], dim=1).float()


class DensityRatio(nn.Module):
    """The density of training planets over that of simulated ones, as the odds of a classifier of the two.

    Arguments:
        features: of simulated planets, whose mean and spread it standardises by (K, F).
    """

    def __init__(self, features: Tensor) -> None:
        super().__init__()
        spread, mean = torch.std_mean(features, dim=0)
        self.mean, self.spread = mean, spread.clamp(min=1e-6)
        layers = [nn.Linear(features.shape[1], WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(WIDTH, 1))

    def forward(self, features: Tensor) -> Tensor:
        """Logarithm of the density ratio (K,)."""
        standard = ((features - self.mean) / self.spread).clamp(-LARGEST, LARGEST)
        logit: Tensor = self.layers(standard).squeeze(1)
        return logit


def acceptance(
    trained: Observations, simulated: Observations, weights: Tensor, seed: int, seconds: float | None = None
) -> Tensor:
    """With which probability to learn from each simulated planet (M,), between `LEAST` and 1.

    It is 1 throughout where spectra look like those of training planets, and for all where the training
    planets are too few to tell.

    Arguments:
        trained: the training planets.
        simulated: M planets.
        weights: of the simulated planets (M,); where one is 0, the spectrum may be anything.
        seed: of the classifier.
        seconds: that it may learn for, or None.
    """
    begun = time.monotonic()
    result = torch.zeros(len(simulated), dtype=torch.float64)
    if len(trained) < ENOUGH:
        return result + 1
    usable = torch.nonzero(weights).squeeze(1)
    cumulative = weights[usable].cumsum(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = DensityRatio(features(simulated[_drawn(usable, cumulative, 10 * ROWS)]))
        optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
        answers = torch.cat([torch.ones(ROWS), torch.zeros(ROWS)])
        for _ in range(STEPS):
            if seconds is not None and time.monotonic() - begun > seconds:
                break
            rows = torch.randint(len(trained), (ROWS,))
            others = _drawn(usable, cumulative, ROWS)
            both = torch.cat([features(trained[rows]), features(simulated[others])])
            loss = nn.functional.binary_cross_entropy_with_logits(model(both), answers)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
        with torch.no_grad():
            for rows in usable.tensor_split(-(-len(usable) // AT_ONCE)):
                ratio = model(features(simulated[rows])).double().exp()
                result[rows] = (ratio / TYPICAL).clamp(LEAST, 1.0)
    return result


def _drawn(rows: Tensor, cumulative: Tensor, count: int) -> Tensor:
    """Some of the rows, by their weights."""
    positions = torch.rand(count, dtype=torch.float64) * cumulative[-1]
    return rows[torch.searchsorted(cumulative, positions).clamp(max=len(rows) - 1)]
