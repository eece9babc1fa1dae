"""Options from --set and from a TOML file."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.challenges.toy import Toy
from harness.components.settings import merge, options_for, parse_settings, read_config
from harness.errors import HarnessError


def test_values_are_read_as_toml_and_as_text_where_they_are_not() -> None:
    given = [
        "estimator.k=3",
        "estimator.scale=0.5",
        "estimator.on=true",
        "estimator.flow=unaf",
        "pca.shape=[1, 2]",
    ]
    assert parse_settings(given) == {
        "estimator": {"k": 3, "scale": 0.5, "on": True, "flow": "unaf"},
        "pca": {"shape": [1, 2]},
    }


def test_a_value_may_hold_an_equals_sign() -> None:
    assert parse_settings(["a.b=c=d"]) == {"a": {"b": "c=d"}}


@pytest.mark.parametrize("setting", ["k=3", "estimator.k", "estimator.=3", ".k=3", ""])
def test_a_setting_of_another_form_is_refused(setting: str) -> None:
    with pytest.raises(HarnessError, match=r"kind\.option=value"):
        parse_settings([setting])


def test_options_of_a_name_win_over_those_of_its_kind() -> None:
    settings = parse_settings(["estimator.k=1", "estimator.j=2", "nearest.k=3"])
    assert options_for(settings, "estimator", "nearest") == {"k": 3, "j": 2}
    assert options_for(settings, "estimator", "prior") == {"k": 1, "j": 2}


def test_the_later_settings_win() -> None:
    assert merge({"a": {"x": 1, "y": 1}}, {"a": {"y": 2}, "b": {"z": 3}}) == {
        "a": {"x": 1, "y": 2},
        "b": {"z": 3},
    }


def test_a_config_file_holds_run_keys_and_tables_of_options(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('challenge = "toy"\nestimators = ["nearest"]\nseed = 3\n[estimator]\nk = 7\n')
    keys, tables = read_config(path)
    assert keys == {"challenge": "toy", "estimators": ["nearest"], "seeds": [3]}
    assert tables == {"estimator": {"k": 7}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("estimatorz = ['a']", "did you mean 'estimators'"),
        ("seed = 'three'", "expected a whole number"),
        ("seed = [0, 1]", r"several seeds are seeds = \[0, 1\]"),
        ("seeds = 1", "expected a list of whole numbers"),
        ("seeds = [0, 1.5]", "expected a list of whole numbers"),
        ("seed = 0\nseeds = [1]", "holds both 'seed' and 'seeds'"),
        ("estimators = 'nearest'", "expected a list of names"),
        ("seed = ", "is not TOML"),
        ("challenge = 'toy'\n[challenge]\nseed = 1", "in a table of its name"),
    ],
)
def test_a_wrong_config_file_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(HarnessError, match=said) as raised:
        read_config(path)
    assert str(path) in str(raised.value)


def test_a_missing_config_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"missing\.toml is missing"):
        read_config(tmp_path / "missing.toml")


@pytest.mark.parametrize("value", ["[" * 900 + "]" * 900, "9" * 5000, "0x" + "f" * 5000])
def test_a_value_without_end_is_one_sentence(tmp_path: Path, value: str) -> None:
    with pytest.raises(HarnessError, match="too deep or too long"):
        parse_settings([f"estimator.k={value}"])
    (tmp_path / "run.toml").write_text(f"[estimator]\nk = {value}\n")
    with pytest.raises(HarnessError, match="too deep or too long"):
        read_config(tmp_path / "run.toml")


@pytest.mark.parametrize("value", ["inf", "nan", "1e400"])
def test_an_option_is_a_finite_number(value: str) -> None:
    with pytest.raises(HarnessError, match=r"Option .noise. of toy is (inf|nan): .*finite"):
        Toy.create(parse_settings([f"toy.noise={value}"])["toy"], name="toy")


@pytest.mark.parametrize("option", ["train", "noise"])
def test_true_is_no_number(option: str) -> None:
    with pytest.raises(HarnessError, match=f"^Option '{option}' of toy is true; expected a number.$"):
        Toy.create({option: True}, name="toy")


def test_a_config_file_that_never_ends_is_refused() -> None:
    with pytest.raises(HarnessError, match="expected a file"):
        read_config(Path("/dev/zero"))
