"""Boards: what is compared with what, and by what."""

from collections.abc import Callable

import pytest
from harness_leaderboard.board import Board, boards

from harness.data.record import RunRecord, ScoreRecord
from harness.errors import HarnessError

Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]


def standing(board: Board) -> list[tuple[str, str]]:
    return [(str(rank), entry.example.estimator.name) for rank, entry in board.ranked]


def test_each_fingerprint_has_a_board_of_its_own_and_the_latest_comes_last(make_record: Make) -> None:
    runs = [make_record(fingerprint=16 * digit) for digit in "abca"]
    assert [board.challenge.fingerprint[0] for board in boards(runs)] == ["b", "c", "a"]


def test_the_same_data_under_another_path_is_the_same_board(make_record: Make) -> None:
    [board] = boards([make_record(challenge="hela:/here"), make_record("forest", challenge="hela:/there")])
    assert len(board.ranked) == 2
    assert board.challenge.spec == "hela:/there"


def test_the_first_score_of_the_runs_ranks(make_record: Make, score: Score) -> None:
    [board] = boards(
        [
            make_record("good", scores=[score("rmse", 1.0, higher_is_better=False), score("r2", 0.1)]),
            make_record("bad", scores=[score("rmse", 2.0, higher_is_better=False), score("r2", 0.9)]),
        ]
    )
    assert board.key is not None
    assert (board.key.title, board.key.higher_is_better) == ("rmse", False)
    assert standing(board) == [("1", "good"), ("2", "bad")]


def test_one_run_with_other_scorers_does_not_change_what_ranks(make_record: Make, score: Score) -> None:
    both = [score("r2", 0.5), score("crps", 0.5, higher_is_better=False)]
    runs = [make_record(name, scores=both) for name in ("one", "two")]
    [board] = boards([*runs, make_record("three", scores=both[1:])])
    assert board.key is not None
    assert board.key.title == "r2"
    assert standing(board)[-1] == ("-", "three")


@pytest.mark.parametrize(
    ("sort", "winner"), [("r2", "even"), ("r2/T", "hot"), ("fit", "hasty"), ("sample", "even")]
)
def test_a_board_is_sorted_by_what_is_asked_for(
    make_record: Make, score: Score, sort: str, winner: str
) -> None:
    def run(name: str, r2: float, temperature: float, fit: float, sample: float) -> RunRecord:
        scores = [score("crps", 1.0), score("r2", r2, parts={"T": (temperature, 0.01)})]
        return make_record(name, scores=scores, fit=fit, sample=sample)

    runs = [run("hasty", 0.1, 0.1, 1, 9), run("hot", 0.5, 0.9, 5, 5), run("even", 0.6, 0.6, 9, 1)]
    [board] = boards(runs, sort=sort)
    assert standing(board)[0] == ("1", winner)


def test_a_part_of_a_part_can_be_sorted_by(make_record: Make, score: Score) -> None:
    [board] = boards(
        [make_record(scores=[score("ariel", 500.0, parts={"posterior/log_H2O": (450.0, 5.0)})])],
        sort="ariel/posterior/log_H2O",
    )
    assert board.key is not None
    assert board.key.of(board.ranked[0][1]).value == 450.0


def test_boards_without_what_is_sorted_by_are_left_out(make_record: Make, score: Score) -> None:
    runs = [
        make_record(fingerprint="a" * 16, scores=[score("ariel", 500.0)]),
        make_record(fingerprint="b" * 16, scores=[score("r2", 0.5)]),
    ]
    assert [board.challenge.fingerprint for board in boards(runs, sort="ariel")] == ["a" * 16]


@pytest.mark.parametrize(
    ("sort", "message"),
    [
        ("rmsee", "has 'rmsee' to sort by.*did you mean 'rmse'.*there is: rmse, fit, sample"),
        ("rmse/HCM", "'rmse' has no part 'HCM'.*did you mean 'HCN'.*its parts are: T, HCN"),
    ],
)
def test_an_unknown_number_to_sort_by_says_what_there_is(
    make_record: Make, score: Score, sort: str, message: str
) -> None:
    record = make_record(scores=[score("rmse", 1.0, parts={"T": (1.0, None), "HCN": (2.0, None)})])
    with pytest.raises(HarnessError, match=message):
        boards([record], sort=sort)


def test_failed_and_interrupted_runs_are_never_ranked(make_record: Make, score: Score) -> None:
    best = [score("r2", 1.0)]
    [board] = boards(
        [
            make_record("forest"),
            make_record("npe", status="failed", error="RuntimeError: no", scores=best),
            make_record("npe", status="interrupted", error="interrupted", scores=best),
        ]
    )
    assert standing(board) == [("1", "forest")]
    assert [run.status for run in board.unfinished] == ["failed", "interrupted"]


def test_a_new_version_of_a_scorer_ranks_only_what_it_scored(make_record: Make, score: Score) -> None:
    old = [make_record(name, scores=[score("r2", 0.9)]) for name in ("one", "two")]
    new = [make_record(name, scores=[score("r2", 0.1, version="0.2.0")]) for name in ("a", "b", "c")]
    [board] = boards(old + new)
    assert [rank for rank, _ in standing(board)] == ["1=", "1=", "1=", "-", "-"]
    assert list(board.titles.values()) == ["r2 0.1.0", "r2 0.2.0"]
    assert board.key is not None
    assert board.key.title == "r2 0.2.0"


def test_runs_without_any_score_are_listed_without_a_rank(make_record: Make) -> None:
    [board] = boards([make_record(scores=[])])
    assert board.key is None
    assert standing(board) == [("-", "nearest")]


@pytest.mark.parametrize("wanted", ["hela", "hela:data/hela", "hela:./data/hela", "aaaaaaaaaaaaaaaa", "aaaa"])
def test_a_challenge_is_chosen_by_name_spec_or_fingerprint(make_record: Make, wanted: str) -> None:
    runs = [make_record(challenge="hela:data/hela", fingerprint="a" * 16), make_record(fingerprint="b" * 16)]
    assert [board.challenge.name for board in boards(runs, challenge=wanted)] == ["hela"]


def test_an_unknown_challenge_says_which_there_are(make_record: Make) -> None:
    with pytest.raises(HarnessError, match=r"challenge 'tov'.*did you mean 'toy'.*toy \(0123456789abcdef\)"):
        boards([make_record()], challenge="tov")


def test_nothing_makes_no_board() -> None:
    assert boards([], challenge="toy", sort="r2") == []


@pytest.mark.parametrize("part", ["coverage/coverage_95", "coverage/coverage_68/log_H2O", "ddks/floor"])
def test_no_board_is_ranked_by_what_is_neither_better_for_more_nor_for_less(part: str) -> None:
    with pytest.raises(HarnessError, match=f"less of '{part}', so no board is ranked by it; name the score"):
        boards([], sort=part)
