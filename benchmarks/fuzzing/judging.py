"""One command of the harness in a process of its own, watched, and what is wrong with how it ended."""

from __future__ import annotations

import csv
import io
import os
import re
import resource
import signal
import sys
import time
import traceback
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

MOST_MEMORY = 2 * 2**30  # bytes
MOST_SECONDS = 20.0

BUG, CRASH, HANG, MEMORY = "this is a bug", "crashed", "over the time", "over the memory"
OTHER_FILE, ESCAPES, ACCEPTED = "read another file", "raw control characters", "accepted what must be refused"
MARKUP, FORMULA, LINE = "live markup", "live formula in CSV", "a stranger's line among commands"
LONG = "refused in several lines"
WRONG = (BUG, CRASH, HANG, MEMORY, OTHER_FILE, ESCAPES, ACCEPTED, LINE, MARKUP, FORMULA, LONG)

TOKEN = "TheSecretOfThisMachine"  # stands in the file that nobody should read

_COMMANDS = re.compile(r"# .*|(    )?harness run .*|for seed in [0-9 ]*; do|done|")


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (negative: the signal that ended it), and what it printed."""

    code: int
    seconds: float
    killed: str | None
    out: str
    err: str


def call(arguments: Sequence[str], folder: Path, home: Path, seconds: float = MOST_SECONDS) -> Ended:
    """Run `harness ARGUMENTS` in a fork of this process, which has imported everything already."""
    printed, told = folder / ".out", folder / ".err"
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        os._exit(_in_the_child(arguments, folder, home, printed, told))
    killed = None
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            break
        if time.monotonic() - begun > seconds:
            killed = HANG
        elif _resident(child) > MOST_MEMORY:
            killed = MEMORY
        if killed is not None:
            os.killpg(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            break
        time.sleep(0.005)
    texts = [path.read_bytes().decode("utf-8", "surrogateescape") for path in (printed, told)]
    return Ended(os.waitstatus_to_exitcode(status), time.monotonic() - begun, killed, texts[0], texts[1])


def _in_the_child(arguments: Sequence[str], folder: Path, home: Path, printed: Path, told: Path) -> int:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for descriptor, path, flags in (
        (0, Path(os.devnull), os.O_RDONLY),
        (1, printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        os.dup2(os.open(path, flags), descriptor)
    return call_here(arguments, folder, home)


def call_here(arguments: Sequence[str], folder: Path, home: Path) -> int:
    """Run `harness ARGUMENTS` in this process; its exit code."""
    from harness.cli import main

    os.environ.update(HARNESS_HOME=str(home), COLUMNS="160", NO_COLOR="1")
    os.chdir(folder)
    code = 0
    try:
        main(list(arguments))
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    return code


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def faults(ended: Ended) -> set[str]:
    """What is wrong with how one command ended."""
    found = set()
    if ended.killed is not None:
        return {ended.killed}
    if ended.code < 0:
        return {CRASH}
    if ended.code not in (0, 2) or "Traceback" in ended.err or "this is a bug" in ended.err:
        found.add(BUG)
    elif ended.code == 2 and len(_not_warnings(ended.err)) != 1:
        found.add(LONG)
    if has_control(ended.out + ended.err):
        found.add(ESCAPES)
    if TOKEN in ended.out + ended.err:
        found.add(OTHER_FILE)
    return found


def _not_warnings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith(("Warning:", "Note:"))]


def has_control(text: str) -> bool:
    """Whether a text holds what moves a cursor, colours, hides or reverses: anything but line breaks."""
    return any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in text if letter != "\n")


def published_faults(folder: Path) -> set[str]:
    """What is wrong with the files of a snapshot."""
    found: set[str] = set()
    if not folder.is_dir():
        return found
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    if any(has_control(text) for text in texts.values()):
        found.add(ESCAPES)
    readme, page = texts["README.md"], texts["index.html"]
    blocks = [readme.partition("~~~~~~sh\n")[2].partition("\n~~~~~~")[0]]
    blocks.append(unescape(page.partition('<pre tabindex="0">')[2].partition("</pre>")[0]))
    if not all(_COMMANDS.fullmatch(line) for block in blocks for line in block.splitlines()):
        found.add(LINE)
    if _markdown_is_live(readme) or "<script>alert" in page or "<img" in page:
        found.add(MARKUP)
    if has_formula(texts["board.csv"]):
        found.add(FORMULA)
    return found


def _markdown_is_live(text: str) -> bool:
    outside = re.sub(r"^~~~~~~.*?^~~~~~~$", "", text, flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"`[^`\n]*`", "", re.sub(r"\\.", "", outside))
    known = re.compile(r"# Leaderboard of .*|## (Score|Matched|Calibration|Other|How).*")
    headings = [line for line in outside.splitlines() if line.startswith("#")]
    return "<" in outside or "](" in outside or not all(known.fullmatch(line) for line in headings)


def has_formula(table: str) -> bool:
    """Whether a spreadsheet would compute a cell of a CSV table."""
    for row in csv.reader(io.StringIO(table)):
        for cell in row:
            if cell[:1] in ("=", "+", "@", "-", "\t", "\r") and cell != "-":
                try:
                    float(cell)
                except ValueError:
                    return True
    return False
