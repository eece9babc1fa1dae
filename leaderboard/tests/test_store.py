"""The store: what goes in comes out, and nothing is lost or overwritten."""

import copy
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from harness_leaderboard import connections
from harness_leaderboard.store import Store

from harness.data.record import EstimateRecord, RunRecord, ScoreRecord
from harness.errors import HarnessError, PluginWarning

Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]


def test_a_record_comes_back_as_it_went_in(store: Store, make_record: Make) -> None:
    record = make_record(label="first", options={"neighbours": 7}, git_revision="0123456789ab")
    assert store.put([record]) == 1
    assert store.records() == [record]


def test_the_parts_of_scores_come_back_as_they_went_in(store: Store, make_record: Make, score: Score) -> None:
    parts = {"posterior": (600.5, 1e-3), "posterior/log_H2O": (None, None), "spectral": (0.0, None)}
    of_kinds = {"matched": EstimateRecord(value=1 / 3, standard_error=None)}
    ranked = score("ariel", 700.0, 3.0, parts=parts).model_copy(update={"partitions": of_kinds})
    record = make_record(scores=[ranked, score("r2", 0.5), score("rmse", 1.0, parts={"T": (80.0, 2.0)})])
    store.put([record])
    [found] = store.records()
    assert found == record
    assert found.model_dump_json() == record.model_dump_json()
    assert copy.deepcopy(found) == record
    assert found.scores[0].parts.get("posterior/log_CO") is None
    assert store.put([record]) == 0
    with pytest.raises(HarnessError, match="different run"):
        store.put([record.model_copy(update={"scores": [score("ariel", 700.0, 3.0)]})])


def test_a_record_that_is_kept_whole_is_read(store: Store, make_record: Make, score: Score) -> None:
    record = make_record(scores=[score("ariel", 700.0, parts={"posterior": (600.0, 2.0)})])
    store.put([record])
    with closing(sqlite3.connect(store.path)) as connection, connection:  # as older versions kept it
        connection.execute("UPDATE runs SET record = ?", (record.model_dump_json(),))
        connection.execute("DROP TABLE parts")
        connection.execute("PRAGMA user_version = 4")
    store.path.chmod(0o444)
    assert store.records() == [record]
    assert Store.of(store.path.parent).find(record.run_id) == record


def test_records_come_oldest_first(store: Store, make_record: Make) -> None:
    runs = [make_record() for _ in range(3)]
    store.put(reversed(runs))
    assert store.records() == runs


def test_putting_the_same_record_again_changes_nothing(store: Store, make_record: Make) -> None:
    record = make_record()
    store.put([record])
    assert store.put([record]) == 0
    assert store.records() == [record]


def test_another_record_with_the_same_run_id_is_refused(store: Store, make_record: Make) -> None:
    record = make_record()
    store.put([record])
    with pytest.raises(HarnessError, match=f"different run with the id {record.run_id}"):
        store.put([record.model_copy(update={"seed": 1})])
    assert store.records() == [record]


def test_several_records_go_in_together_or_not_at_all(store: Store, make_record: Make) -> None:
    there = make_record()
    store.put([there])
    with pytest.raises(HarnessError):
        store.put([make_record(), there.model_copy(update={"seed": 1})])
    assert store.records() == [there]


def test_reading_creates_nothing(store: Store) -> None:
    assert store.records() == []
    assert not store.path.parent.exists()


def test_the_store_keeps_a_write_ahead_log(store: Store, make_record: Make) -> None:
    store.put([make_record()])
    connection = sqlite3.connect(store.path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_run_is_found_by_id_start_label_latest_and_folder(
    store: Store, home: Path, make_record: Make, write_run: Callable[[RunRecord, Path], Path]
) -> None:
    first = make_record(run_id="20260101-a", label="trial")
    second = make_record(run_id="20260102-b")
    store.put([first, second])
    assert store.find("20260101-a") == store.find("20260101") == store.find("trial") == first
    assert store.find("latest") == store.find(str(write_run(second, home))) == second


def test_the_latest_is_not_one_dated_by_a_clock_that_is_ahead(store: Store, make_record: Make) -> None:
    past = make_record(run_id="20260101-a")
    store.put([past, make_record(run_id="29990101-b", started_at="2999-01-01T00:00:00+00:00")])
    with pytest.warns(UserWarning, match=r"taken to be 20260101-a; 29990101-b is dated in the future"):
        assert store.find("latest") == past


def test_a_run_that_lies_in_the_home_is_on_the_board(
    store: Store, home: Path, make_record: Make, write_run: Callable[[RunRecord, Path], Path]
) -> None:
    there, killed, interrupted = make_record(), make_record(), make_record(status="interrupted")
    store.put([there])
    for record in (there, killed, interrupted):
        write_run(record, home)
    assert store.find(killed.run_id) == killed
    assert store.records() == [there, killed, interrupted]


def test_what_lies_in_the_home_and_is_no_run_is_passed_over(
    store: Store, home: Path, make_record: Make, write_run: Callable[[RunRecord, Path], Path]
) -> None:
    whole = make_record()
    write_run(whole, home)
    for name, text in (("damaged", "{"), (".half.partial", whole.model_dump_json())):
        (home / "runs" / name).mkdir()
        (home / "runs" / name / "record.json").write_text(text)
    (home / "runs" / "copy").mkdir()
    whole.write(home / "runs" / "copy" / "record.json")
    assert store.records() == [whole]


def test_a_removed_run_comes_back_only_when_it_is_put_there(
    store: Store, home: Path, make_record: Make, write_run: Callable[[RunRecord, Path], Path]
) -> None:
    record = make_record()
    write_run(record, home)
    store.put([record])
    store.remove(record.run_id)
    assert store.records() == []
    store.put([record])
    assert store.records() == [record]


def test_an_id_goes_before_longer_ids_that_start_with_it(store: Store, make_record: Make) -> None:
    short, long = make_record(run_id="run"), make_record(run_id="run-2")
    store.put([short, long])
    assert store.find("run") == short


def test_of_many_runs_that_may_be_meant_the_first_are_named_and_the_rest_counted(
    store: Store, make_record: Make
) -> None:
    store.put(make_record(run_id=f"2026-{letter}") for letter in "abcdefg")
    with pytest.raises(HarnessError, match="may mean 2026-a, 2026-b, 2026-c, 2026-d, 2026-e and 2 more;"):
        store.find("2026")


def test_a_folder_without_a_record_is_said_to_lack_it(store: Store, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    with pytest.raises(HarnessError, match=r"copy/record\.json is missing"):
        store.find(str(tmp_path / "copy"))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("2026", "ambiguous: it may mean 20260101-a, 20260102-b"),
        ("20260101-c", r"no run '20260101-c'.*did you mean '20260101-a'"),
        ("%", "no run '%'"),
    ],
)
def test_a_reference_to_none_or_several_is_refused(
    store: Store, make_record: Make, reference: str, message: str
) -> None:
    store.put([make_record(run_id="20260101-a"), make_record(run_id="20260102-b")])
    with pytest.raises(HarnessError, match=message):
        store.find(reference)


def test_nothing_is_the_latest_of_nothing(store: Store) -> None:
    with pytest.raises(HarnessError, match="no run 'latest'"):
        store.find("latest")


def test_a_removed_run_is_gone(store: Store, make_record: Make) -> None:
    keep, drop = make_record(), make_record()
    store.put([keep, drop])
    store.remove(drop.run_id)
    assert store.records() == [keep]


def test_a_home_with_an_odd_name_is_used_as_it_is(tmp_path: Path, make_record: Make) -> None:
    store = Store.of(tmp_path / "50% of ?my #runs")
    store.put([make_record()])
    assert len(store.records()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["50% of ?my #runs"]


def test_a_file_that_is_no_database_is_refused_and_left_alone(store: Store, make_record: Make) -> None:
    store.path.parent.mkdir()
    store.path.write_text("planet,radius\n" * 100)
    for action in (store.records, lambda: store.put([make_record()])):
        with pytest.raises(HarnessError, match=r"leaderboard\.sqlite is damaged.*leaderboard add"):
            action()
    assert store.path.read_text() == "planet,radius\n" * 100


def test_a_truncated_store_is_named(store: Store, make_record: Make) -> None:
    store.put(make_record() for _ in range(50))
    whole = store.path.read_bytes()
    store.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(HarnessError, match=r"leaderboard\.sqlite is damaged"):
        store.records()


def test_a_row_that_is_no_record_is_named(store: Store, make_record: Make) -> None:
    record = make_record()
    store.put([record])
    connection = sqlite3.connect(store.path)
    connection.execute("UPDATE runs SET record = '{}'")
    connection.commit()
    connection.close()
    with pytest.warns(PluginWarning, match=f"{record.run_id}.*cannot be read: run_id: it is missing"):
        assert store.records() == []
    with pytest.raises(HarnessError, match=f"{record.run_id}.*cannot be read: run_id: it is missing"):
        store.find(record.run_id)


def test_a_full_disk_loses_nothing_that_was_there(
    store: Store, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put([make_record()])
    connect = connections._connect

    def on_a_full_disk(path: Path, how: str) -> sqlite3.Connection:
        connection = connect(path, how)
        connection.execute("PRAGMA max_page_count = 1")  # SQLite raises it to the pages there are
        return connection

    monkeypatch.setattr(connections, "_connect", on_a_full_disk)
    with pytest.raises(HarnessError, match=r"could not be written \(database or disk is full\)"):
        store.put(make_record() for _ in range(50))
    monkeypatch.undo()
    assert len(store.records()) == 1


def test_a_store_that_stays_locked_is_named(
    store: Store, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put([make_record()])
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.0)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HarnessError, match="locked by another process"):
        store.put([make_record()])
    assert len(store.records()) == 1  # reading goes on meanwhile
    other.close()


def test_a_home_that_is_a_file_is_named(tmp_path: Path, make_record: Make) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(HarnessError, match="cannot be used"):
        Store.of(tmp_path / "home").put([make_record()])


def test_a_store_that_is_a_folder_is_no_empty_board(store: Store) -> None:
    store.path.mkdir(parents=True)
    with pytest.raises(HarnessError, match="is no file; expected the store"):
        store.records()
