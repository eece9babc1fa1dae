"""What a file of weights may make a network of."""

import errno
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from torch import nn

from harness.errors import HarnessError
from harness.files.tensors import NoLargerThan, read_tensors, write_tensors


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights.safetensors"
    write_tensors(path, nn.Linear(100, 100).state_dict())
    return path


def test_a_network_as_large_as_its_file_is_made(weights: Path) -> None:
    with NoLargerThan(weights):
        network = nn.Linear(100, 100)
        network.load_state_dict(read_tensors(weights))


def test_a_network_that_is_much_larger_is_refused_before_it_takes_memory(weights: Path) -> None:
    with pytest.raises(HarnessError, match="is much smaller than what the record"), NoLargerThan(weights):
        nn.Linear(10**6, 10**6)  # 4 TB


def test_a_network_of_too_many_layers_is_refused(weights: Path) -> None:
    with pytest.raises(HarnessError, match="is much smaller"), NoLargerThan(weights):
        nn.Sequential(*(nn.Linear(1, 1) for _ in range(10**6)))


def test_a_pipe_or_a_folder_is_no_file_of_weights(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="is a folder; expected a file"):
        read_tensors(tmp_path)
    with pytest.raises(HarnessError, match="is missing; the saved estimator is not complete"):
        read_tensors(tmp_path / "none.safetensors")


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)


def test_a_full_disk_is_the_error_of_the_system(tmp_path: Path) -> None:
    with no_file_above(20_000), pytest.raises(OSError, match="File too large") as error:
        write_tensors(tmp_path / "weights.safetensors", nn.Linear(100, 100).state_dict())
    assert error.value.errno == errno.EFBIG  # which every command tells in a sentence
