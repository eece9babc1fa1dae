"""Writing the repository of a board, to begin with."""

from __future__ import annotations

import json
import shlex
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from string import Template

from harness.errors import HarnessError
from harness.files.storage import write_whole_folder
from harness.registry.plugins import registry
from harness.untrusted.words import for_code, is_printable

# template -> where it goes
FILES = {
    "README.md.tmpl": "README.md",
    "board.yml.tmpl": ".github/workflows/board.yml",
    "gitattributes.tmpl": ".gitattributes",
    "gitignore.tmpl": ".gitignore",
}
ENTRIES = "entries"


def write_repository(folder: Path, challenge: str) -> list[str]:
    """Write it into a new folder; the paths of its files.

    Arguments:
        folder: appears when everything is written.
        challenge: as NAME or NAME:PATH, the path being one inside the repository.

    Raises:
        HarnessError: the folder is there already, or there is no such challenge.
    """
    if folder.exists():
        raise HarnessError(f"{folder} exists already; choose another place or remove it.")
    if not is_printable(challenge):
        raise HarnessError("The challenge's name holds control characters; write it without.")
    registry().get("challenge", challenge.partition(":")[0])
    words = {
        "challenge": json.dumps(challenge),
        "challenge_name": for_code(challenge),
        "challenge_word": shlex.quote(challenge),
        "harness_version": version("ariel-harness"),
        "board_version": version("harness-leaderboard"),
    }
    templates = resources.files("harness_leaderboard.repository") / "files"

    def write(partial: Path) -> None:
        for name, target in FILES.items():
            text = Template((templates / name).read_text(encoding="utf-8")).substitute(words)
            (partial / target).parent.mkdir(parents=True, exist_ok=True)
            (partial / target).write_text(text, encoding="utf-8")
        (partial / ENTRIES).mkdir()
        (partial / ENTRIES / ".gitkeep").touch()

    write_whole_folder(folder.absolute(), write)
    return list(FILES.values())
