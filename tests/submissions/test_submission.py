"""A submission file is read as it was written, and one that breaks a rule is refused in one sentence."""

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from harness.challenges import load
from harness.data.posterior import Posterior
from harness.data.schema import Parameter, Schema
from harness.errors import HarnessError
from harness.submissions import far_outside_prior, read_submission, recorded_planets, write_submission
from harness.submissions.writer import positions

PLANETS = ["planet7", "planet8", "planet9"]
SCHEMA = Schema(
    parameters=tuple(Parameter(name=name, unit="", lower=0, upper=1) for name in ("a", "b")),
    wavelength=(1.0,),
    width=(0.1,),
)


def posterior(n: int = 1000, dtype: torch.dtype = torch.float64) -> Posterior:
    generator = torch.Generator().manual_seed(n)
    samples = torch.rand(len(PLANETS), n, 2, generator=generator, dtype=dtype)
    weights = torch.rand(len(PLANETS), n, generator=generator, dtype=torch.float64)
    return Posterior(samples, weights / weights.sum(-1, keepdim=True))


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    """As the challenge's own example writes it, without our additions."""
    path = tmp_path / "submission.hdf5"
    answer = posterior()
    with h5py.File(path, "w") as file:
        for n in range(len(PLANETS)):
            group = file.create_group(f"Planet_public{n + 1}")
            group.attrs["ID"] = n
            group["tracedata"] = answer.samples[n].numpy()
            group["weights"] = answer.weights[n].numpy()
    return path


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_written_is_read_bit_for_bit(tmp_path: Path, dtype: torch.dtype) -> None:
    given = posterior(1200, dtype)
    write_submission(tmp_path / "s.h5", given, PLANETS)
    found = read_submission(tmp_path / "s.h5", PLANETS, SCHEMA)
    assert torch.equal(found.samples, given.samples)
    assert torch.equal(found.weights, given.weights)
    assert found.samples.dtype == dtype
    assert found.counts is None


def test_weights_of_a_float32_softmax_are_written_as_the_published_scorer_takes_them(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(len(PLANETS), 1000, generator=generator).mul(4).softmax(-1)
    assert (weights.double().sum(-1) - 1).abs().max() > 1.5e-8  # which it refuses
    write_submission(tmp_path / "s.h5", Posterior(posterior().samples, weights), PLANETS)
    with h5py.File(tmp_path / "s.h5") as file:
        for n in range(len(PLANETS)):
            written = file[f"Planet_public{n + 1}"]["weights"][:]
            assert written.dtype == np.float64
            assert abs(written.sum() - 1) < 1e-12
            np.testing.assert_allclose(written, weights[n].double().numpy(), rtol=1e-6)


def test_samples_far_outside_the_prior_are_told_of() -> None:
    given = posterior()
    assert far_outside_prior(given, PLANETS, SCHEMA) is None
    samples = given.samples.clone()
    samples[0, :, 0] += 0.05  # a little outside, as a density without bounds may be
    assert far_outside_prior(Posterior(samples, given.weights), PLANETS, SCHEMA) is None
    samples[1, :, 1] = 7.0
    told = far_outside_prior(Posterior(samples, given.weights), PLANETS, SCHEMA)
    assert told is not None
    assert told.startswith("1 of 3 planets have samples far outside the prior")
    assert "100% of b in planet planet8 (prior: 0 to 1)" in told


def test_the_file_is_what_the_challenge_asks_for(tmp_path: Path) -> None:
    given = posterior()
    write_submission(tmp_path / "s.h5", given, PLANETS)
    with h5py.File(tmp_path / "s.h5") as file:
        assert set(file) == {"Planet_public1", "Planet_public2", "Planet_public3"}
        for n in range(3):
            group = file[f"Planet_public{n + 1}"]
            assert group.attrs["ID"] == n
            assert group.attrs["planet_ID"] == PLANETS[n]
            assert set(group) == {"tracedata", "weights"}
            np.testing.assert_array_equal(group["tracedata"][:], given.samples[n].numpy())
    assert recorded_planets(tmp_path / "s.h5") == PLANETS


def test_unequal_lengths_survive_as_counts(tmp_path: Path) -> None:
    given = posterior(1500)
    weights = given.weights.clone()
    weights[1, 1100:] = 0
    weights /= weights.sum(-1, keepdim=True)
    ragged = Posterior(given.samples, weights, torch.tensor([1500, 1100, 1500]))
    write_submission(tmp_path / "s.h5", ragged, PLANETS)
    found = read_submission(tmp_path / "s.h5", PLANETS, SCHEMA)
    assert found.counts is not None
    assert found.counts.tolist() == [1500, 1100, 1500]
    assert torch.equal(found.weights, weights)
    for mine, theirs in zip(found.planet(1), ragged.planet(1), strict=True):
        assert torch.equal(mine, theirs)


def test_the_challenges_own_example_is_read(submission: Path) -> None:
    assert torch.equal(read_submission(submission, PLANETS, SCHEMA).samples, posterior().samples)


def test_groups_may_be_named_after_the_planets_in_any_order(tmp_path: Path) -> None:
    answer = posterior()
    with h5py.File(tmp_path / "s.h5", "w") as file:
        for n in (2, 0, 1):
            group = file.create_group(f"Planet_{PLANETS[n]}")
            group["tracedata"] = answer.samples[n].numpy()
            group["weights"] = answer.weights[n].numpy()
    assert torch.equal(read_submission(tmp_path / "s.h5", PLANETS, SCHEMA).samples, answer.samples)


def test_planets_that_are_themselves_called_public_are_told_apart(tmp_path: Path) -> None:
    planets = ["public3", "public2", "public4"]
    answer = posterior()
    with h5py.File(tmp_path / "s.h5", "w") as file:
        for n, planet in enumerate(planets):
            group = file.create_group(f"Planet_{planet}")
            group.attrs["ID"] = n
            group["tracedata"] = answer.samples[n].numpy()
            group["weights"] = answer.weights[n].numpy()
    assert torch.equal(read_submission(tmp_path / "s.h5", planets, SCHEMA).samples, answer.samples)


def test_weights_in_float32_are_taken(submission: Path) -> None:
    with h5py.File(submission, "a") as file:
        for group in file.values():
            del group["weights"]
            group["weights"] = np.full(1000, 1 / 1000, dtype=np.float32)
    assert read_submission(submission, PLANETS, SCHEMA).weights.dtype == torch.float64


def test_compressed_datasets_are_taken(submission: Path) -> None:
    with h5py.File(submission, "a") as file:
        for group in file.values():
            samples = group["tracedata"][:]
            del group["tracedata"]
            group.create_dataset("tracedata", data=samples, compression="gzip")
    assert torch.equal(read_submission(submission, PLANETS, SCHEMA).samples, posterior().samples)


def edit(change: Callable[[h5py.File], object]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with h5py.File(path, "a") as file:
            change(file)

    return damage


def put(name: str, values: object, group: str = "Planet_public2") -> Callable[[Path], None]:
    def change(file: h5py.File) -> None:
        del file[group][name]
        if values is not None:
            file[group][name] = values

    return edit(change)


def one(name: str, index: object, value: float) -> Callable[[Path], None]:
    def change(file: h5py.File) -> None:
        file["Planet_public2"][name][index] = value

    return edit(change)


def length(n: int) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        put("tracedata", np.ones((n, 2)))(path)
        put("weights", np.full(n, 1 / n))(path)

    return damage


def chunk_of(n: int) -> Callable[[Path], None]:
    def change(file: h5py.File) -> None:
        del file["Planet_public2"]["tracedata"]
        file["Planet_public2"].create_dataset(
            "tracedata", (1000, 2), "f8", maxshape=(None, 2), chunks=(n, 2), compression="gzip"
        )

    return edit(change)


def external(file: h5py.File) -> None:
    del file["Planet_public2"]["weights"]
    file["Planet_public2"].create_dataset("weights", (1000,), "f8", external=[("/dev/zero", 0, 8000)])


def virtual(file: h5py.File) -> None:
    del file["Planet_public2"]["weights"]
    layout = h5py.VirtualLayout((1000,), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "weights", (1000,))
    file["Planet_public2"].create_virtual_dataset("weights", layout)


def renamed(old: str, new: str) -> Callable[[Path], None]:
    return edit(lambda file: file.move(old, new))


def linked(name: str, link: object) -> Callable[[Path], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = link

    return edit(change)


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "not there": (lambda path: path.unlink(), "is missing"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:-9000]), "is cut off before its end"),
    "text": (lambda path: path.write_text("Planet_public1" * 99), "is not an HDF5 file"),
    "no groups": (
        edit(lambda file: file.clear()),
        "has no group of a test planet (it is empty); expected 'Planet_public1' to 'Planet_public3'",
    ),
    "other planets": (
        edit(lambda file: [file.move(name, f"Planet_x{name[-1]}") for name in list(file)]),
        "has no group of a test planet, only groups like 'Planet_x1'",
    ),
    "a planet missing": (
        edit(lambda file: file.pop("Planet_public2")),
        "has no group 'Planet_public2' for test planet planet8 (1 of 3 planets are missing)",
    ),
    "a planet too many": (
        edit(lambda file: file.copy("Planet_public2", "Planet_public4")),
        "has a group 'Planet_public4' that is none of the 3 test planets",
    ),
    "two ways of naming": (
        renamed("Planet_public2", "Planet_planet8"),
        "some groups by position ('Planet_public1') and some by planet id ('Planet_planet8')",
    ),
    "no ID": (
        edit(lambda file: file["Planet_public2"].attrs.clear()),
        "'Planet_public2' has no attribute 'ID'; expected 1",
    ),
    "another ID": (
        edit(lambda file: file["Planet_public2"].attrs.update({"ID": 2})),
        "'Planet_public2' has the attribute 'ID' = 2; expected 1, the position of planet planet8",
    ),
    "an ID of text": (
        edit(lambda file: file["Planet_public2"].attrs.update({"ID": "1"})),
        "the attribute 'ID' = '1'; expected 1",
    ),
    "another planet": (
        edit(lambda file: file["Planet_public2"].attrs.update({"planet_ID": "planet5"})),
        "'Planet_public2' holds planet planet5, but test planet 2 is planet8",
    ),
    "a planet of 60,000 letters": (
        edit(lambda file: file["Planet_public2"].attrs.update({"planet_ID": "x" * 60_000})),
        "xxx..., but test planet 2 is planet8",
    ),
    "a group of 60,000 letters": (
        edit(lambda file: file.create_group("x" * 60_000)),
        "xxx...' that is none of the",
    ),
    "no samples": (put("tracedata", None), "planet planet8 has no dataset 'tracedata'"),
    "no weights": (put("weights", None), "planet planet8 has no dataset 'weights'"),
    "no group": (
        edit(lambda file: (file.pop("Planet_public2"), file.update({"Planet_public2": np.ones(3)}))),
        "'Planet_public2' is not a group",
    ),
    "a column too many": (
        put("tracedata", np.ones((1000, 3))),
        "'tracedata' has shape (1000, 3); expected (M, 2), a column for each of a, b",
    ),
    "one dimension": (put("tracedata", np.ones(1000)), "'tracedata' has shape (1000,)"),
    "nothing in it": (put("tracedata", h5py.Empty("f8")), "'tracedata' has shape (0,)"),
    "text instead of samples": (
        put("tracedata", np.full((1000, 2), b"a")),
        "planet planet8: 'tracedata' does not hold numbers",
    ),
    "too few samples": (length(999), "planet planet8: 999 samples are too few; at least 1,000 are needed"),
    "too many samples": (length(5001), "planet planet8: 5,001 samples are too many; at most 5,000 are taken"),
    "fewer weights": (
        put("weights", np.full(999, 1 / 999)),
        "planet planet8: 'weights' has shape (999,) but there are 1,000 samples",
    ),
    "NaN": (one("tracedata", (5, 1), np.nan), "planet planet8: b is nan in sample 5"),
    "infinity": (one("tracedata", (5, 0), -np.inf), "planet planet8: a is -inf in sample 5"),
    "a weight that is negative": (one("weights", 5, -0.1), "planet planet8: weight 5 is negative (-0.1)"),
    "a weight that is NaN": (one("weights", 5, np.nan), "planet planet8: weight 5 is NaN"),
    "an infinite weight": (one("weights", 5, np.inf), "planet planet8: the weights sum to inf"),
    "weights that do not sum to 1": (
        put("weights", np.full(1000, 1 / 999)),
        "planet planet8: the weights sum to 1.001001; expected 1 to within 1e-05",
    ),
    "planet ids of a whole list": (
        edit(lambda file: file["Planet_public2"].attrs.update({"planet_ID": ["planet8", "planet5"]})),
        "'Planet_public2' holds planet ['planet8' 'planet5']",
    ),
    "a linked dataset whose file is not there": (
        linked("Planet_public2/weights", h5py.ExternalLink("/no/such.h5", "/x")),
        "planet planet8: 'weights' is a link to another place",
    ),
    "a soft link": (linked("Planet_public2", h5py.SoftLink("/Planet_public1")), "is a link to another place"),
    "a link to a file": (
        linked("Planet_public2", h5py.ExternalLink("other.h5", "/x")),
        "is a link to another place",
    ),
    "a linked dataset": (
        linked("Planet_public2/weights", h5py.SoftLink("/Planet_public1/weights")),
        "planet planet8: 'weights' is a link to another place",
    ),
    "numbers in another file": (edit(external), "planet planet8: 'weights' points into another file"),
    "a virtual dataset": (edit(virtual), "planet planet8: 'weights' points into another file"),
    "a chunk of any size": (chunk_of(10**7), "planet planet8: 'tracedata' is stored in chunks of"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_broken_rule_is_one_sentence(submission: Path, name: str) -> None:
    damage, expected = BAD[name]
    damage(submission)
    with pytest.raises(HarnessError) as caught:
        read_submission(submission, PLANETS, SCHEMA)
    message = str(caught.value)
    assert message.startswith(str(submission))
    assert expected in message
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < len(str(submission)) + 400


@pytest.mark.parametrize("n", [1000, 5000])
def test_the_limits_themselves_are_allowed(submission: Path, n: int) -> None:
    length(n)(submission)
    assert read_submission(submission, PLANETS, SCHEMA).samples.shape[1] == n


def test_a_filter_that_is_not_installed_is_named(shared_cases: Path) -> None:
    challenge = load("ariel-mini", {})
    planets = challenge.splits["test"].observations.planet_ids
    with pytest.raises(HarnessError) as caught:
        read_submission(shared_cases / "submission-blosc.hdf5", planets, challenge.schema)
    message = str(caught.value)
    assert "'tracedata' is compressed with the HDF5 filter 'blosc' (32001), which is not installed" in message
    assert "damaged" not in message


def test_the_planets_of_a_file_from_elsewhere_are_not_known(submission: Path) -> None:
    with pytest.raises(HarnessError, match="does not say which planet it holds"):
        recorded_planets(submission)


def test_as_many_planets_as_posteriors_are_needed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 planets but 3 posteriors"):
        write_submission(tmp_path / "s.h5", posterior(), PLANETS[:2])


def test_a_full_disk_leaves_nothing_and_keeps_the_older_file(tmp_path: Path) -> None:
    """A process that may not write files beyond 20 kB meets what a full disk does."""
    (tmp_path / "s.h5").write_text("older")
    script = f"""
        import errno, resource, torch
        from pathlib import Path
        from harness.submissions import write_submission
        from harness.data.posterior import Posterior
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        answer = Posterior.equal(torch.rand(3, 1000, 2))
        try:
            write_submission(Path("{tmp_path}/s.h5"), answer, ["a", "b", "c"])
        except OSError as error:
            print(error.errno == errno.EFBIG, error.filename)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"True {tmp_path}/s.h5\n"
    assert [path.name for path in tmp_path.iterdir()] == ["s.h5"]
    assert (tmp_path / "s.h5").read_text() == "older"


def test_groups_are_numbered_in_ascending_planet_order(
    tmp_path: Path,
) -> None:
    planets = ["test10", "test2", "test1"]
    samples = torch.arange(3.0)[:, None, None].expand(3, 1000, 2).clone()
    path = tmp_path / "submission.hdf5"
    write_submission(path, Posterior.equal(samples), planets)
    with h5py.File(path) as file:
        assert [file[f"Planet_public{n}"]["tracedata"][0, 0] for n in (1, 2, 3)] == [2.0, 1.0, 0.0]
        assert [file[f"Planet_public{n}"].attrs["ID"] for n in (1, 2, 3)] == [0, 1, 2]
    assert torch.equal(read_submission(path, planets, SCHEMA).samples, samples)


def test_planets_with_numbers_of_thousands_of_digits_have_an_order() -> None:
    long = "p" + "9" * 5000
    assert positions([f"{long}9", long, "p10", "p9", "p009"]) == [4, 3, 2, 0, 1]
