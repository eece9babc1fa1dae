"""Which files of the repository are pages of the site, and how links between them change."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ".ipynb"

_ALONE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "leaderboard/README.md": "leaderboard.md",
}
_FOLDERS = {
    "plugins": "plugins",
    "leaderboard/snapshots": "boards",
}  # a folder of folders with a README.md each
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")


def pages(root: Path = ROOT) -> dict[str, str]:
    """Every file of the repository that is shown: its path, and the path that it has in the site.

    Both are relative and have slashes; a page of the site ends in `.md`.
    """
    found = {path: uri for path, uri in _ALONE.items() if (root / path).exists()}
    for path in sorted(root.glob("docs/**/*")):
        if path.is_file():
            inside = path.relative_to(root / "docs").as_posix()
            found[f"docs/{inside}"] = re.sub(rf"\{NOTEBOOK}$", ".md", inside)
    for folder, place in _FOLDERS.items():
        for readme in sorted(root.glob(f"{folder}/*/README.md")):
            name = readme.parent.name
            found[readme.relative_to(root).as_posix()] = f"{place}/{name}.md"
            for picture in sorted(readme.parent.glob("*.png")):
                found[picture.relative_to(root).as_posix()] = f"{place}/{name}/{picture.name}"
    return found


def with_links_of_the_site(text: str, path: str, shown: dict[str, str]) -> str:
    """The Markdown of a file of the repository, its relative links leading where the site has what they name.

    Arguments:
        text: of the file.
        path: of the file in the repository.
        shown: as `pages` answers.
    """
    here = posixpath.dirname(shown[path])

    def changed(match: re.Match[str]) -> str:
        target, mark, anchor = match[2].partition("#")
        named = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if not target or named not in shown:
            return match[0]
        return f"{match[1]}{posixpath.relpath(shown[named], here or '.')}{mark}{anchor}{match[3]}"

    return _LINK.sub(changed, text)
