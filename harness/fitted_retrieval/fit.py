"""Learn a retrieval from spectra and from its posteriors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components.progress import Advance
from harness.fitted_opacities.descent import copied, pace, shuffled
from harness.fitted_retrieval.judge import Judge, Judgement
from harness.fitted_retrieval.likelihood import chi_square, residuals
from harness.fitted_retrieval.model import FittedRetrieval, RetrievalChanges
from harness.fitted_retrieval.planets import CENTRES, RetrievedPlanets, Surroundings
from harness.physics import TransmissionModel

LOOK = 100  # steps from one judgement to the next
REGULAR = 1e-2  # weight of the size of the changes of cross-sections
# the first stage: rows make the spectra
FIRST_STEPS, ROWS, FIRST_RATE = 400, 96, 0.02
ALONE = 60  # of these steps, in which radius and masses alone are learned
# the second stage: rows are told from what lies about them
PLANETS, TOLD, ABOUT, RATE = 32, 12, 64, 0.015
DOUBT = 0.02  # share of the rows that may be anything


@dataclass(frozen=True)
class Steps:
    """How long to learn.

    Attributes:
        first, second: steps of the two stages.
        enough: asked before every step whether to stop, as where the time is up.
    """

    first: int = FIRST_STEPS
    second: int = 600
    enough: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class RetrievalFit:
    """What was learned.

    Attributes:
        retrieval: which was learned.
        traces: planets that it was learned from.
        held_out: planets that judged it.
        before, after: what these say of the forward model as it was, and of what was learned.
    """

    retrieval: FittedRetrieval
    traces: int
    held_out: int
    before: Judgement
    after: Judgement


def fit_retrieval(
    planets: RetrievedPlanets,
    model: TransmissionModel,
    identity: str,
    generator: torch.Generator,
    advance: Advance,
    steps: Steps | None = None,
) -> RetrievalFit:
    r"""Learn what a retrieval takes otherwise than a forward model, in two stages.

    A row of a reference posterior is a set of parameters with which the retrieval's own forward model nearly
    makes the planet's spectrum. So at first cross-sections, the pressure of the radius and masses are moved
    until the rows make the spectra, in units of the noise, as in `harness.fitted_opacities.fit`. That makes
    too much of what the retrieval itself cannot explain. Then rows are told from values about them, drawn
    with a known density q: of a row and K of these, the row's share

    .. math:: \frac{L(\theta_0) / q(\theta_0)}{\sum_{k = 0}^{K} L(\theta_k) / q(\theta_k)}

    is made large, error bars included (ranking noise-contrastive estimation: Gutmann & Hyvarinen 2012, J.
    Mach. Learn. Res. 13, 307; Ma & Collins 2018, arXiv:1809.01812). It is largest where the posterior that L
    makes under the uniform prior is the one that the rows come from, for any K, and no evidence is needed.
    `DOUBT` of the rows may come from anywhere, so that planets of which no changes make sense move nothing.

    The state that planets held out judge best is kept.

    Arguments:
        planets: with their posteriors.
        model: makes the spectra, of as few layers as the retrieval is to have.
        identity: of what is learned from.
        generator: of every draw.
        advance: called with the steps just done; they add up to those of both stages at most.
        steps: how many, and until when.
    """
    steps = steps or Steps()
    with torch.inference_mode(False), torch.enable_grad():
        seen, held_out = planets.parted(generator)
        changes = RetrievalChanges(len(model.extinction.cia), len(model.wavenumber)).to(model.device)
        changes.look_at(seen.planet_mass)
        learner = _Learner(changes, model, seen, Judge(held_out, model, generator), generator, advance)
        before = learner.best[0]
        learner.match(steps)
        learner.tell_apart(steps)
        after, state = learner.best
        changes.load_state_dict(state)
        with torch.no_grad():
            changes.noise.fill_(after.noise)
        retrieval = FittedRetrieval(model, changes.requires_grad_(False), identity)
    return RetrievalFit(retrieval, len(seen), len(held_out), before, after)


class _Learner:
    """Moves changes, and remembers the best of them."""

    def __init__(
        self,
        changes: RetrievalChanges,
        model: TransmissionModel,
        seen: RetrievedPlanets,
        judge: Judge,
        generator: torch.Generator,
        advance: Advance,
    ) -> None:
        self._changes, self._model, self._seen = changes, model, seen
        self._judge, self._generator, self._advance = judge, generator, advance
        self.best = judge(changes), copied(changes)

    def match(self, steps: Steps) -> None:
        """The first stage; residuals count by their logarithm, as some planets cannot be met."""
        corrections, changes = self._changes.corrections, self._changes
        alone = min(ALONE, steps.first // 4)
        groups = [
            {"params": [changes.convention], "share": 3.0, "from": 0},
            {"params": [changes.masses], "share": 1.0, "from": 0},
            {"params": [corrections.coefficients, corrections.collisions], "share": 1.0, "from": alone},
            {"params": [corrections.strength], "share": 2.0, "from": alone},
        ]
        order = shuffled(len(self._seen), steps.first, ROWS, self._generator)

        def loss(step: int) -> Tensor:
            row = torch.randint(self._seen.rows.shape[1], (ROWS,), generator=self._generator)
            rows = self._seen.rows[order[step], row]
            found, _ = residuals(changes, self._model, self._seen, order[step], rows)
            return torch.log1p(found.square()).sum() / (ROWS * self._seen.spectrum.shape[1])

        self._descend(groups, loss, steps.first, FIRST_RATE, steps.enough)

    def tell_apart(self, steps: Steps) -> None:
        """The second stage, from the best that was found."""
        changes, corrections = self._changes, self._changes.corrections
        judgement, state = self.best
        changes.load_state_dict(state)
        with torch.no_grad():
            changes.noise.fill_(judgement.noise)
        groups = [
            {"params": [changes.convention, changes.masses, changes.noise], "share": 2.0, "from": 0},
            {"params": [corrections.coefficients, corrections.collisions], "share": 1.0, "from": 0},
            {"params": [corrections.strength], "share": 2.0, "from": 0},
        ]
        about = Surroundings(self._seen, self._generator)
        order = shuffled(len(self._seen), steps.second, min(PLANETS, len(self._seen)), self._generator)
        self._descend(groups, lambda step: self._untold(about, order[step]), steps.second, RATE, steps.enough)

    def _untold(self, about: Surroundings, which: Tensor) -> Tensor:
        """How little rows are told from values about them: minus the mean logarithm of their shares."""
        rows_of, generator = self._seen.rows.shape[1], self._generator
        row = torch.randint(CENTRES, rows_of, (len(which), TOLD), generator=generator)
        rows, others = self._seen.rows[which[:, None], row], about.draw(which, ABOUT, generator)
        values = torch.cat([rows, others], dim=1)
        found = chi_square(self._changes, self._model, self._seen, which, values)
        log_ratio = -0.5 * found * (-2 * self._changes.noise).exp() - about.log_density(which, values)
        own, rest = log_ratio[:, :TOLD], log_ratio[:, TOLD:].logsumexp(dim=1, keepdim=True)
        share = own - torch.logaddexp(own, rest)
        anything = torch.full_like(share, math.log(DOUBT / (ABOUT + 1)))
        return -torch.logaddexp(share + math.log(1 - DOUBT), anything).mean()

    def _descend(
        self,
        groups: list[dict[str, object]],
        loss_of: Callable[[int], Tensor],
        steps: int,
        rate: float,
        enough: Callable[[], bool],
    ) -> None:
        optimizer = torch.optim.Adam(groups, lr=rate, betas=(0.9, 0.99))
        for step in range(steps):
            if enough():
                self._advance(steps - step, self._judged())
                return
            for group in optimizer.param_groups:
                moving = step >= group["from"]
                group["lr"] = rate * group["share"] * pace(step, steps) if moving else 0.0
            loss = loss_of(step) + REGULAR * self._changes.corrections.penalty()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            due = (step + 1) % LOOK == 0 or step + 1 == steps
            self._advance(1, self._judged() if due else None)

    def _judged(self) -> str:
        """Keep the changes where they are the best so far; what is said of them."""
        judgement = self._judge(self._changes)
        if judgement.density > self.best[0].density:
            self.best = judgement, copied(self._changes)
        return f"log-density {judgement.density:.2f} of posteriors held out"
