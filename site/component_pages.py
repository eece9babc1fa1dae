"""The reference of what is installed: every component of a kind with its options, from the registry."""

from __future__ import annotations

import re
from typing import Any

from tables import cell, options

from harness.cli.component_description import description
from harness.registry.installed import ALL_KINDS, installed

TITLES = {
    "challenge": "Challenges",
    "preprocessor": "Preprocessors",
    "embedder": "Embedders",
    "estimator": "Estimators",
    "scorer": "Scorers",
    "hooks": "Plugins that follow runs",
}


def component_pages() -> dict[str, str]:
    """A page for each kind of which something is installed, by its path in the site."""
    pages = {}
    for kind in ALL_KINDS:
        described = [description(one) for one in installed(kind)]
        if described:
            text = "\n\n".join(_section(document) for document in described)
            pages[f"reference/{kind}s.md".replace("hookss", "hooks")] = f"# {TITLES[kind]}\n\n{text}\n"
    return pages


def _section(document: dict[str, Any]) -> str:
    facts = [f"## {document['name']}", f"*Of {document['distribution']}: {cell(document['summary'])}.*"]
    if document["kind"] == "hooks":
        return "\n\n".join([*facts, f"In `{document['module']}`: {_code(document['hooks'])}."])
    facts.append(document["description"])
    facts += _properties(document)
    if document["source"]:
        facts.append(f"Source: {_linked(document['source'])}")
    rows = [
        (f"`{one['name']}`", cell(one["type"]), f"`{one['default']}`", cell(one["help"]))
        for one in document["options"]
    ]
    facts.append(options(("option", "type", "default", "meaning"), rows) if rows else "It has no options.")
    return "\n\n".join(facts)


def _properties(document: dict[str, Any]) -> list[str]:
    """What else is known of a component, a sentence each."""
    sentences = []
    if document.get("default_preprocessor"):
        sentences.append(
            f"Preprocessor `{document['default_preprocessor']}` and embedder "
            f"`{document['default_embedder']}` unless others are asked for."
        )
    if document.get("left_out_of_all"):
        sentences.append(f"`harness run --all` leaves it out: {document['left_out_of_all']}")
    if "trainable" in document:
        sentences.append(
            "It is trained with an estimator." if document["trainable"] else "It is not trained."
        )
    if "higher_is_better" in document:
        better = "Higher" if document["higher_is_better"] else "Lower"
        needs = f" The test planets must have {' and '.join(document['needs'])}." if document["needs"] else ""
        sentences.append(f"{better} is better.{needs}")
    if "scorers" in document:
        where = "Its name is followed by a colon and a path. " if document["needs_location"] else ""
        sentences.append(f"{where}Scored with {_code(document['scorers'])} unless others are asked for.")
    return sentences


def _code(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _linked(source: str) -> str:
    return re.sub(r"https://\S*[^\s;,.)]", r"<\g<0>>", source)
