"""The description of a HELA dataset: a json file, with names written in LaTeX."""

from __future__ import annotations

import json
import math
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.challenges.hela_names import plain_name
from harness.data.score_parts import mistaken
from harness.errors import HarnessError
from harness.untrusted.files import MIB, read_bytes
from harness.untrusted.words import excerpt

LONGEST_NAME = 200  # characters
EXPECTED = {  # by the name of a field
    "metadata": "names, ranges and num_features",
    "names": 'a list of the names of the parameters, at least one, such as ["$T (K)$", "H$_2$O"]',
    "ranges": "a list with the lower and upper bound of each parameter, such as [[500, 2900], [-13, 0]]",
    "num_features": "the number of channels, at least 1",
    "training_data": "the name of a .npy file",
    "testing_data": "the name of a .npy file",
}


class Metadata(BaseModel):
    """What the columns mean: first the channels, then the parameters."""

    model_config = ConfigDict(extra="ignore")

    names: list[str] = Field(min_length=1)
    ranges: list[tuple[float, float]]
    num_features: int = Field(ge=1)


class Description(BaseModel):
    """A dataset: its columns, and the files that hold them, beside the json file; one may be missing."""

    model_config = ConfigDict(extra="ignore")

    metadata: Metadata
    training_data: str | None = None
    testing_data: str | None = None

    def stem(self, table: str) -> str:
        """The name of the file of the table "training" or "testing", after which its planets are named."""
        return Path((self.training_data if table == "training" else self.testing_data) or "").stem


def find_description(location: Path) -> Path:
    """The json file at a location, which is the file itself or the directory that holds it alone.

    Raises:
        HarnessError: there is none, or several.
    """
    if location.is_file():
        return location
    if not location.is_dir():
        raise HarnessError(f"{location} does not exist; 'hela:PATH' needs a json file or its directory.")
    found = sorted(location.glob("*.json"))
    if not found:
        raise HarnessError(f"{location} holds no json file that describes a HELA dataset.")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise HarnessError(
            f"{location} holds several json files ({names}); write 'hela:PATH' with one of them."
        )
    return found[0]


def read_description(path: Path) -> Description:
    """Read and check the json file.

    Raises:
        HarnessError: it is not json, or something is missing or does not fit together.
    """
    try:
        description = Description.model_validate_json(read_bytes(path, 4 * MIB))
    except ValidationError as error:
        raise HarnessError(f"{path} does not describe a HELA dataset: {_what_is_wrong(error)}.") from error
    metadata = description.metadata
    if description.training_data is None and description.testing_data is None:
        raise HarnessError(
            f"{path} names neither training_data nor testing_data; write the .npy file of one, or both."
        )
    if len(metadata.ranges) != len(metadata.names):
        raise HarnessError(
            f"{path} has {len(metadata.names)} metadata.names but {len(metadata.ranges)} metadata.ranges; "
            "each parameter needs one of both."
        )
    for name, (lower, upper) in zip(metadata.names, metadata.ranges, strict=True):
        if not -math.inf < lower < upper < math.inf:
            raise HarnessError(
                f"{path}: the range of {name} is {lower:g} to {upper:g}; expected a finite, ascending one."
            )
    for name in metadata.names:
        if len(name) > LONGEST_NAME:
            raise HarnessError(
                f"{path}: a name has {len(name):,} characters; at most {LONGEST_NAME} are taken."
            )
    plain = [plain_name(name)[0] for name in metadata.names]
    if len(set(plain)) != len(plain) or not all(plain):
        raise HarnessError(
            f"{path}: metadata.names are {', '.join(plain)} in plain text; each must be unique."
        )
    if (pair := mistaken(plain)) is not None:
        raise HarnessError(
            f"{path}: in scores the parameter {pair[1]} would be taken for a part of {pair[0]}; call one of "
            "them otherwise in metadata.names."
        )
    return description


def _what_is_wrong(error: ValidationError) -> str:
    first = error.errors()[0]
    fields = [part for part in first["loc"] if part in EXPECTED]
    if not fields:
        return f"the file: {excerpt(first['msg'], 200)}"
    where = ".".join(str(part) for part in first["loc"])
    found = "missing" if first["type"] == "missing" else excerpt(json.dumps(first["input"]))
    return f"{where} is {found}; expected {EXPECTED[str(fields[-1])]}"
