"""Ranks and ties, as properties that hold for any board."""

import math

import pytest
from harness_leaderboard.pooling import Pooled
from harness_leaderboard.ranking import Rank, order, ranks, within_error
from hypothesis import given
from hypothesis import strategies as st

# few distinct values, so that equal ones and ties are common
values = st.integers(-20, 20).map(float)
errors = st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0, 2.0, 4.0]))
entries = st.builds(Pooled, value=st.one_of(st.none(), values), over_planets=errors)
boards = st.lists(entries, max_size=12)


def entry(value: float | None, error: float | None = None) -> Pooled:
    return Pooled(value=value, over_planets=error)


def shown(board: list[Pooled], higher_is_better: bool = True) -> list[str]:
    return [str(rank) for rank in ranks(board, higher_is_better)]


def test_entries_that_the_errors_tell_apart_are_numbered() -> None:
    assert shown([entry(0.2, 0.01), entry(0.9, 0.01), entry(0.5, 0.01)]) == ["3", "1", "2"]


def test_entries_within_the_error_of_the_leader_share_its_rank() -> None:
    assert shown([entry(10, 1), entry(9, 1), entry(5, 1)]) == ["1=", "1=", "3"]


def test_a_chain_of_small_steps_does_not_tie_the_best_with_the_worst() -> None:
    assert shown([entry(10.0, 1), entry(9.0, 1), entry(8.0, 1), entry(7.0, 1)]) == ["1=", "1=", "3=", "3="]


def test_a_leader_that_is_unsure_does_not_tie_two_that_are_sure() -> None:
    assert shown([entry(10, 9), entry(9, 0.5), entry(6, 0.5)]) == ["1=", "1=", "3"]


def test_the_limit_of_a_tie_is_the_combined_error() -> None:
    assert within_error(entry(5.0, 3.0), entry(10.0, 4.0))
    assert not within_error(entry(4.99, 3.0), entry(10.0, 4.0))


def test_without_errors_only_equals_tie() -> None:
    assert shown([entry(1.0), entry(1.0), entry(0.999)]) == ["1=", "1=", "3"]


def test_lower_is_better_turns_the_ranks_round() -> None:
    assert shown([entry(0.2), entry(0.9), entry(0.5)], higher_is_better=False) == ["1", "3", "2"]


def test_what_has_no_value_comes_last_without_a_rank() -> None:
    board = [entry(None, 1.0), entry(-5.0, 0.1)]
    assert shown(board) == ["-", "1"]
    assert order(board, higher_is_better=True) == [1, 0]


def test_an_empty_board_has_no_ranks() -> None:
    assert ranks([], higher_is_better=True) == []


@given(boards, st.booleans())
def test_a_better_value_never_has_a_worse_rank(board: list[Pooled], higher: bool) -> None:
    places = ranks(board, higher)
    for one, place in zip(board, places, strict=True):
        for other, other_place in zip(board, places, strict=True):
            if one.value is None or other.value is None:
                continue
            if (one.value > other.value) if higher else (one.value < other.value):
                assert place.number <= other_place.number  # type: ignore[operator]


@given(boards, st.booleans())
def test_a_rank_is_one_more_than_the_number_of_entries_in_better_ranks(
    board: list[Pooled], higher: bool
) -> None:
    numbers = [rank.number for rank in ranks(board, higher) if rank.number is not None]
    for number in numbers:
        assert number == 1 + sum(other < number for other in numbers)


@given(boards, st.booleans())
def test_an_entry_is_marked_tied_exactly_when_it_shares_its_rank(board: list[Pooled], higher: bool) -> None:
    places = ranks(board, higher)
    for place in places:
        shared = sum(other.number == place.number for other in places) > 1
        assert place.tied == (shared and place.number is not None)


@given(boards, st.booleans())
def test_none_of_a_rank_can_be_told_from_any_other_of_it_and_the_next_one_can(
    board: list[Pooled], higher: bool
) -> None:
    places = ranks(board, higher)
    group: list[int] = []
    for index in order(board, higher):
        if board[index].value is None:
            break
        within = [within_error(board[one], board[index]) for one in group]
        if group and places[index] == places[group[0]]:
            assert all(within)
            group.append(index)
        else:
            assert not group or not all(within)
            group = [index]


@given(boards, st.booleans(), st.randoms())
def test_the_order_in_which_entries_come_does_not_matter(
    board: list[Pooled], higher: bool, random: object
) -> None:
    indices = list(range(len(board)))
    random.shuffle(indices)  # type: ignore[attr-defined]
    shuffled = ranks([board[index] for index in indices], higher)
    assert [ranks(board, higher)[index] for index in indices] == shuffled


@given(boards)
def test_turning_signs_and_direction_round_changes_no_rank(board: list[Pooled]) -> None:
    turned = [Pooled(None if one.value is None else -one.value, one.over_planets) for one in board]
    assert ranks(turned, higher_is_better=False) == ranks(board, higher_is_better=True)


@given(boards, st.sampled_from([0.25, 0.5, 2.0, 1024.0]))
def test_other_units_change_no_rank(board: list[Pooled], scale: float) -> None:
    scaled = [
        Pooled(
            None if one.value is None else one.value * scale,
            None if one.over_planets is None else one.over_planets * scale,
        )
        for one in board
    ]
    assert ranks(scaled, higher_is_better=True) == ranks(board, higher_is_better=True)


@given(boards, st.booleans())
def test_without_errors_ranks_are_those_of_a_competition(board: list[Pooled], higher: bool) -> None:
    exact = [Pooled(one.value) for one in board]
    for one, place in zip(exact, ranks(exact, higher), strict=True):
        if one.value is not None:
            better = [
                other.value
                for other in exact
                if other.value is not None
                and (other.value > one.value if higher else other.value < one.value)
            ]
            assert place.number == 1 + len(better)


@pytest.mark.parametrize(("rank", "text"), [(Rank(3), "3"), (Rank(1, tied=True), "1="), (Rank(None), "-")])
def test_a_rank_is_written_as_in_sports(rank: Rank, text: str) -> None:
    assert str(rank) == text


def test_both_parts_of_the_error_count_for_a_tie() -> None:
    seeds = Pooled(value=10.0, over_planets=3.0, between_seeds=4.0)
    assert seeds.standard_error == pytest.approx(math.hypot(3, 4))
    assert within_error(seeds, entry(5.0))
