"""Build every distribution, install the wheels into a bare environment, and do there what the README shows.

    python .ci/release_check.py FOLDER

FOLDER/dist holds what a release publishes when all went well; FOLDER is emptied first. Needs `build`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def distributions() -> list[Path]:
    """The folder of every distribution of this repository, the core first."""
    others = [ROOT / "leaderboard", *sorted(ROOT.glob("plugins/*"))]
    return [ROOT, *(folder for folder in others if (folder / "pyproject.toml").exists())]


def build(folder: Path, dist: Path) -> Path:
    """Build the source distribution of a folder, and from that its wheel, which is returned.

    Raises:
        SystemExit: its version is not the one that the file VERSION names.
    """
    before = set(dist.glob("*.whl"))
    call(sys.executable, "-m", "build", "--outdir", dist, folder)
    (wheel,) = set(dist.glob("*.whl")) - before
    version = (ROOT / "VERSION").read_text().strip()
    if wheel.name.split("-")[1] != version:
        sys.exit(f"{wheel.name} is not of version {version}, which the file VERSION names.")
    return wheel


def extras(folder: Path) -> str:
    """The extras with which requirements.txt installs the distribution in a folder, such as "[sbi]"."""
    place = re.escape(folder.relative_to(ROOT).as_posix())
    found = re.search(rf"^-e {place}(\[.*\])$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    return found[1] if found else ""


def main_job() -> list[str]:
    """The words that follow `harness` in the first command of the README."""
    found = re.search(r"^```sh\n.*/harness (.*)\n```", (ROOT / "README.md").read_text(), re.MULTILINE)
    if found is None:
        sys.exit("README.md has no command that ends with a call of harness.")
    return found[1].split()


def call(*command: str | Path, **environment: str) -> None:
    """Run a command, told on the terminal; this program ends where it fails."""
    words = [str(word) for word in command]
    print("+", *words, flush=True)
    began = time.monotonic()
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    code = subprocess.run(words, env=inherited | environment, cwd=os.environ.get("TMPDIR", "/")).returncode
    print(f"  {time.monotonic() - began:.0f} s", flush=True)
    if code:
        sys.exit(f"'{' '.join(words)}' ended with {code}.")


def main(folder: Path) -> None:
    """Build, install and try everything in a folder that is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    dist, bare = folder / "dist", folder / "bare"
    dist.mkdir(parents=True)
    wheels = [f"{build(one, dist)}{extras(one)}" for one in distributions()]
    venv.create(bare, with_pip=True, clear=True)
    programs = bare / ("Scripts" if os.name == "nt" else "bin")
    call(programs / "python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", *wheels)
    call(programs / "python", "-m", "pip", "check")
    home = {"HARNESS_HOME": str(folder / "home")}
    call(programs / "harness", "doctor", **home)
    call(programs / "harness", *main_job(), "--challenge", "toy", **home)
    call(programs / "harness", "leaderboard", "verify", "--strict", **home)
    print(f"All is well with {len(wheels)} distributions in {dist}.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]).resolve())
