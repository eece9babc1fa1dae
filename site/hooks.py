"""What mkdocs calls while it builds the site: pages that are not files of docs/, and links between all."""

from __future__ import annotations

import html
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import latex2mathml.converter
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))

from command_pages import command_page
from component_pages import component_pages
from notebook_pages import as_markdown, executed
from python_pages import python_pages
from repository import NOTEBOOK, ROOT, pages, with_links_of_the_site

SHOWN = pages()
REFERENCE = {**python_pages(), "reference/commands.md": command_page(), **component_pages()}
_CELL = re.compile(r"^<td\b.*</td>$", re.MULTILINE)
_INLINE_FORMULA = re.compile(r":math:<code>(.*?)</code>", re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put every page of a folder where the navigation names the folder."""
    config.nav = [_with_folders(entry) for entry in config.nav or []]
    fence = {"name": "math", "class": "math", "format": _formula}
    config.mdx_configs.setdefault("pymdownx.superfences", {})["custom_fences"] = [fence]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from elsewhere in the repository, from notebooks, and from what is installed."""
    for path, uri in SHOWN.items():
        if path.endswith(NOTEBOOK):
            with tempfile.TemporaryDirectory() as folder:
                text = as_markdown(executed(ROOT / path, Path(folder)), Path(path).name)
            files.append(File.generated(config, uri, content=text))
        elif not path.startswith("docs/"):
            files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    for uri, text in REFERENCE.items():
        files.append(File.generated(config, uri, content=text))
    style = Path(__file__).with_name("style.css")
    files.append(File.generated(config, style.name, abs_src_path=str(style)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Let links lead to pages of the site."""
    for path, uri in SHOWN.items():
        if uri == page.file.src_uri:
            return with_links_of_the_site(markdown, path, SHOWN)
    return markdown


def on_page_content(text: str, **_: Any) -> str:
    """Show the formulae within lines, and a `|` within a table as GitHub does."""
    text = _CELL.sub(lambda match: match[0].replace("\\|", "|"), text)
    return _INLINE_FORMULA.sub(lambda match: latex2mathml.converter.convert(html.unescape(match[1])), text)


def _with_folders(entry: Any) -> Any:
    if isinstance(entry, dict):
        return {title: _with_folders(below) for title, below in entry.items()}
    if isinstance(entry, list):
        return [_with_folders(below) for below in entry]
    if entry.endswith("/"):
        everything = [*SHOWN.values(), *REFERENCE]
        return [uri for uri in everything if uri.startswith(entry) and uri.endswith(".md")]
    return entry


def _formula(source: str, *_: Any, **__: Any) -> str:
    """A block of mathematics, for the fences of the language `math`."""
    return f'<div class="math">{latex2mathml.converter.convert(source, display="block")}</div>'
