"""Which simulated planets to learn from: those that look like planets of the challenge.

Most spectra under the wide prior of a retrieval look like no planet of the challenge, and a network that
learns from all of them learns less about those it will be asked about. Choosing planets by what is observed
of them changes no posterior, since a posterior is conditional on what is observed.
"""

from __future__ import annotations

import time

import torch
from torch import Tensor, nn

from harness.data.observations import Observations

STEPS, ROWS, RATE, WIDTH = 300, 512, 3e-3, 64
# The density ratio from which on all simulated planets are taken. Of 9,000 training planets 98% lay above it,
# of simulated ones 29%.
TYPICAL = 0.3
LEAST = 0.1  # of the least likely are taken all the same: test planets need not look like training ones
ENOUGH = 1000  # training planets, for a classifier to learn more than their noise
SECONDS = 0.5  # below which a classifier learns nothing
AT_ONCE = 2**14  # planets
LARGEST = 6.0  # standard deviations that features are held to


def features(observations: Observations) -> Tensor:
    """What the classifier sees of K planets (K, W + 3 + A), with noise from torch's own generator.

    The shape of the noisy spectrum, then the logarithms of its depth, of its contrast, of the noise and of
    the auxiliary columns.

    Arguments:
        observations: noise-free spectra (K, W) and auxiliary columns (K, A), all above 0.
    """
    noise = observations.noise
    noisy = (observations.spectrum + noise * torch.randn_like(noise)).clamp(min=1e-12)
    depth, contrast = noisy.mean(1, keepdim=True), noisy.std(1, keepdim=True)
    shape = (noisy - depth) / contrast
    logarithms = [depth.log(), contrast.log(), noise.log().mean(1, keepdim=True)]
    return torch.cat([shape, *logarithms, observations.auxiliary.log()], dim=1).float()


class DensityRatio(nn.Module):
    """The density of training planets divided by that of simulated ones, learned by telling the two apart.

    A classifier that knows both in equal numbers gives the ratio as its odds.

    Arguments:
        features: of simulated planets (K, F), for the mean and spread to standardise features by.
    """

    def __init__(self, features: Tensor) -> None:
        super().__init__()
        spread, mean = torch.std_mean(features, dim=0)
        self.mean, self.spread = mean, spread.clamp(min=1e-6)
        layers = [nn.Linear(features.shape[1], WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(WIDTH, 1))

    def forward(self, features: Tensor) -> Tensor:
        """The logarithm of the density ratio (K,) at features (K, F)."""
        standard = ((features - self.mean) / self.spread).clamp(-LARGEST, LARGEST)
        logit: Tensor = self.layers(standard).squeeze(1)
        return logit


def acceptance(
    trained: Observations, simulated: Observations, weights: Tensor, seed: int, seconds: float | None = None
) -> Tensor:
    """The probability with which to learn from each simulated planet (M,), between `LEAST` and 1.

    It grows with the density ratio and is 1 where a spectrum looks like those of training planets. With too
    few training planets for a classifier, or too little time, it is 1 for all.

    Arguments:
        trained: the training planets.
        simulated: M planets.
        weights: of the simulated planets (M,); the spectrum of one without weight is not looked at.
        seed: of the classifier.
        seconds: that the classifier may be trained for, None where there is no limit.
    """
    begun = time.monotonic()
    result = torch.zeros(len(simulated), dtype=torch.float64)
    if len(trained) < ENOUGH or (seconds is not None and seconds < SECONDS):
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
    """`count` of the rows, drawn in proportion to their weights."""
    positions = torch.rand(count, dtype=torch.float64) * cumulative[-1]
    return rows[torch.searchsorted(cumulative, positions).clamp(max=len(rows) - 1)]
