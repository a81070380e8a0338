"""Finds where the files of a pack do not fit one another, or another language's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from asr.lexicon import NO_CATEGORY, Category, Document, DocumentError, read_document
from ivr.media.tones import Sound
from ivr.packs.menu import Menu
from ivr.prompts.numerals import needed_parts
from ivr.prompts.recordings import Prompts
from ivr.prompts.texts import PromptTexts


def missing_parts(texts: PromptTexts) -> tuple[str, ...]:
    """Parts that numbers and dates are made of, and names that sounds already have."""
    missing = sorted(needed_parts(texts.language) - texts.parts.keys())
    taken = sorted({*texts.prompts, *texts.parts} & set(Sound))
    told = texts.document.told
    return (
        *(told("parts", f"parts: {name} is missing; numbers or dates need it") for name in missing),
        *(
            told(f"prompts.{name}", f"prompts: {name} is the name of a generated sound")
            for name in taken
        ),
    )


def unfilled_slots(texts: PromptTexts, first: PromptTexts | None) -> tuple[str, ...]:
    """Prompts that the flow counts on and that are missing, or have other slots than the
    `first` language's; and slots in a company's own prompts that nothing fills."""
    known = first.prompts if first is not None else {}
    return tuple(
        texts.document.told(f"prompts.{name}", fact)
        for name, fact in (
            *_unlike(texts, known, first),
            *(
                (name, f"prompt {name}: nothing fills {{{slot}}}; write the text without it")
                for name in sorted(texts.own & texts.prompts.keys() - known.keys())
                for slot in sorted(texts.open_slots(name))
            ),
        )
    )


def _unlike(
    texts: PromptTexts, known: Mapping[str, object], first: PromptTexts | None
) -> Iterator[tuple[str, str]]:
    where = f"pack {texts.language}"
    for name in known:
        if name not in texts.prompts:
            yield name, f"{where}: prompt {name} is missing"
        elif first is not None and texts.open_slots(name) != (slots := first.open_slots(name)):
            yield name, f"{where}: prompt {name} must have the slots {sorted(slots)}"


def differences(
    menu: Menu, document: Document, first: Menu, first_language: str
) -> tuple[str, ...]:
    """Where a menu departs from the first language's: the flow counts on the same nodes in
    every language, or a caller who changes it falls into a hole."""
    where = f"pack {menu.language}"
    found = [
        (node_id, f"is only in one of {first_language} and {menu.language}")
        for node_id in sorted(first.nodes.keys() ^ menu.nodes.keys())
    ]
    found += [
        (node_id, f"has another kind than in {first_language}")
        for node_id in sorted(first.nodes.keys() & menu.nodes.keys())
        if first.nodes[node_id].kind is not menu.nodes[node_id].kind
    ]
    return tuple(
        document.told(f"node.{node_id}", f"{where}: menu node {node_id} {fact}")
        for node_id, fact in found
    )


def category_mistakes(
    categories: Mapping[str, Category], texts: PromptTexts, shipped: Path, own: Path | None
) -> tuple[str, ...]:
    """Prompts that a category of this language's lexicons names, and nobody has written.

    A company declares a category in one language; the others need no words for it.
    """
    found: list[str] = []
    told_of: set[str] = set()
    for path in filter(None, (own, shipped)):  # the company's word holds
        try:
            document = read_document(path)
        except DocumentError:
            continue  # loading the lexicon tells it
        for category in categories.values():
            for key in ("question", "advice", "public_number"):
                name, place = getattr(category, key), f"categories.{category.id}.{key}"
                if place not in document.places or place in told_of:
                    continue
                told_of.add(place)
                if name not in texts.prompts:
                    fact = f"{place}: there is no prompt {name!r} in prompts.toml"
                    found.append(document.told(place, fact))
    found += (
        f"{shipped}: there is no prompt {name!r}"
        for name in (NO_CATEGORY.spoken, NO_CATEGORY.question, NO_CATEGORY.advice)
        if name not in texts.prompts
    )
    return tuple(found)


def unsaid(
    categories: Mapping[str, Category], own: Collection[str], prompts: Prompts
) -> tuple[str, ...]:
    """What is said of the company's `own` urgent categories in general words, and what it has
    worded but not recorded."""
    generic = [
        f"{name} has no {key} in this language: callers hear {prompts.text(general)!r}; "
        + (
            f'write a prompt, and {key} = "its name" in [categories.{name}]'
            if wanted == general
            else f"write {wanted} in prompts.toml"
        )
        for name in sorted(own)
        for key, general in (("question", NO_CATEGORY.question), ("advice", NO_CATEGORY.advice))
        if (wanted := getattr(categories[name], key)) == general or wanted not in prompts
    ]
    spoken = [each.id for each in prompts.recordings.values() if prompts.is_by_voice(each)]
    if spoken:
        generic.append(
            f"the runtime voice speaks what is not recorded: {', '.join(spoken)}; record it with "
            f"hotline prompts import NAME FILE"
        )
    return tuple(generic)
