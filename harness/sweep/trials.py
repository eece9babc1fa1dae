"""Which trials a sweep makes: all of a grid, some at random, or what Optuna proposes from scores so far."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, Protocol

from harness.errors import HarnessError
from harness.sweep.description import Sweep
from harness.sweep.space import Choices, Dimension, Range

MOST_OF_A_GRID = 100_000
Names = tuple[str, str | None, str | None]  # estimator, preprocessor, embedder; None for the estimator's own
PATIENCE = 1000  # trials at random, one after the other, that were all drawn before: there are no others
INSTALL = "python -m pip install 'ariel-harness[sweep]'"


@dataclass(frozen=True)
class Trial:
    """One choice of everything that a sweep varies.

    Attributes:
        estimator, preprocessor, embedder: None for the estimator's own.
        settings: options by component.
    """

    estimator: str
    preprocessor: str | None
    embedder: str | None
    settings: Mapping[str, Mapping[str, Any]]

    @property
    def title(self) -> str:
        """In a line: "nearest k=50"."""
        options = [f"{name}={value}" for table in self.settings.values() for name, value in table.items()]
        return " ".join([self.estimator, *filter(None, (self.preprocessor, self.embedder)), *options])


class Search(Protocol):
    """Proposes trials, several at once, and is told what they scored."""

    def proposed(self) -> Sequence[Trial]:
        """The next trials; none when the sweep is over."""

    def told(self, scores: Sequence[float | None]) -> None:
        """Take the scores of the trials that were proposed last; None of one that failed."""


def search_of(sweep: Sweep, higher_is_better: bool) -> Search:
    """The search that a sweep asks for.

    Raises:
        HarnessError: a grid has a range or is too large, or Optuna is not installed.
    """
    keys = sweep.keys
    if keys.search == "optuna":
        return _Optuna(sweep, higher_is_better)
    if keys.search == "grid":
        return _Listed(list(_grid(sweep)))
    return _Listed(list(itertools.islice(_distinct(_random(sweep)), keys.trials)))


class _Listed:
    """Trials that depend on no score."""

    def __init__(self, trials: list[Trial]) -> None:
        self._left = trials

    def proposed(self) -> Sequence[Trial]:
        trials, self._left = self._left, []
        return trials

    def told(self, scores: Sequence[float | None]) -> None:
        pass


def _varied(sweep: Sweep, names: Names) -> dict[str, Dimension]:
    """Options where these take part, by "component.option" or kind: not those of others on the lists."""
    keys = sweep.keys
    of_others = {*keys.estimators, *keys.preprocessors, *keys.embedders}.difference(names)
    return {
        f"{target}.{option}": dimension
        for target, table in sweep.space.items()
        if target not in of_others
        for option, dimension in table.items()
    }


def _trial(names: Names, values: Mapping[str, Any]) -> Trial:
    settings: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        target, _, option = name.partition(".")
        settings.setdefault(target, {})[option] = value
    return Trial(*names, settings)


def _chosen(sweep: Sweep, choose: Callable[[str, Dimension], Any]) -> Trial:
    """A trial by a function that chooses a value of each dimension: first components, then their options."""
    keys = sweep.keys
    estimator = choose("estimator", Choices(tuple(keys.estimators)))
    preprocessor, embedder = (
        choose(f"{estimator}: {kind}", Choices(tuple(listed))) if listed else None
        for kind, listed in (("preprocessor", keys.preprocessors), ("embedder", keys.embedders))
    )
    names = estimator, preprocessor, embedder
    varied = _varied(sweep, names)
    return _trial(names, {name: choose(f"{estimator}: {name}", one) for name, one in varied.items()})


def _grid(sweep: Sweep) -> Iterator[Trial]:
    keys = sweep.keys
    own: Sequence[None] = (None,)
    size = 0
    for names in itertools.product(keys.estimators, keys.preprocessors or own, keys.embedders or own):
        varied = _varied(sweep, names)
        lists = [one.values for one in varied.values() if isinstance(one, Choices)]
        for name, dimension in varied.items():
            if isinstance(dimension, Range):
                raise HarnessError(
                    f"{name} is a range, which no grid goes through; list its values, or search at random."
                )
        size += math.prod(map(len, lists))
        if size > MOST_OF_A_GRID:
            raise HarnessError(f"The grid has more than {MOST_OF_A_GRID:,} points; search at random instead.")
        for values in itertools.product(*lists):
            yield _trial(names, dict(zip(varied, values, strict=True)))


def _random(sweep: Sweep) -> Iterator[Trial]:
    generator = random.Random(sweep.keys.search_seed)
    while True:
        yield _chosen(sweep, lambda _, dimension: dimension.drawn(generator))


def _distinct(trials: Iterator[Trial]) -> Iterator[Trial]:
    """Each once, until there seem to be no others."""
    drawn: set[str] = set()
    again = 0
    for trial in trials:
        if repr(trial) not in drawn:
            again = 0
            drawn.add(repr(trial))
            yield trial
        elif (again := again + 1) == PATIENCE:
            return


class _Optuna:
    """The tree-structured Parzen estimator (Bergstra et al. 2011, NeurIPS 24, 2546) of Optuna.

    Trials are proposed `at_once` and told in their order, so that the same file proposes the same trials
    however many workers there are, and a sweep that is begun again is served what finished.
    """

    def __init__(self, sweep: Sweep, higher_is_better: bool) -> None:
        if find_spec("optuna") is None:
            raise HarnessError(f'search = "optuna" needs optuna, which is not installed: {INSTALL}')
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler = optuna.samplers.TPESampler(seed=sweep.keys.search_seed)
        direction = "maximize" if higher_is_better else "minimize"
        self._study = optuna.create_study(sampler=sampler, direction=direction)
        self._failed = optuna.trial.TrialState.FAIL
        self._sweep, self._left = sweep, sweep.keys.trials or 0
        self._asked: list[Any] = []

    def proposed(self) -> Sequence[Trial]:
        n = min(self._left, self._sweep.keys.at_once)
        self._left -= n
        self._asked = [self._study.ask() for _ in range(n)]
        return [_chosen(self._sweep, partial(_suggested, one)) for one in self._asked]

    def told(self, scores: Sequence[float | None]) -> None:
        for one, score in zip(self._asked, scores, strict=True):
            if score is None:
                self._study.tell(one, state=self._failed)
            else:
                self._study.tell(one, score)


def _suggested(asked: Any, called: str, dimension: Dimension) -> Any:
    """What Optuna suggests for a dimension."""
    if isinstance(dimension, Choices):
        # by their positions, since a value may be a list
        return dimension.values[asked.suggest_categorical(called, list(range(len(dimension.values))))]
    suggest = asked.suggest_int if dimension.whole else asked.suggest_float
    return suggest(called, dimension.low, dimension.high, log=dimension.log)
