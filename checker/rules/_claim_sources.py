"""The card's sources, held against what the lineage imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker.model.card import Card, Value
from checker.model.lineage import Lineage
from checker.model.outcome import Judgement
from checker.rules import _digests
from checker.rules._claim import Claim

KEYS = ("sources",)


def judge(card: Card, lineage: Lineage) -> Iterator[Judgement]:
    """Every address that the lineage imports is named; and where all roots are imports, no other source is claimed."""
    values = card.filled("sources")
    imports = _imports(lineage)
    if not values or not imports:
        # Without an import only the card knows where the data comes from: lineage-complete asks for that.
        return
    names = {name: value for value in values for name in _names(value)}
    digests = _digests.of_trail(
        (step.name, link) for step in lineage.steps for link in step.deps if link.kind != "path" and link.url
    )
    claim = Claim("sources", card, values[0], digests)
    unnamed = sorted(url for url in imports if not any(_same(name, url) for name in names))
    if unnamed:
        text = f"does not name {', '.join(unnamed[:3])}, which the lineage imports"
        fix = f"add {', '.join(unnamed)} to the card's sources"
        yield claim.contradicted(text, ", ".join(unnamed), ", ".join(sorted(names)), "sources", fix)
        return
    foreign = [value for value in values if not any(_same(name, url) for name in _names(value) for url in imports)]
    if foreign and _only_imports(lineage):
        listed = ", ".join(name for value in foreign for name in _names(value)[:1])
        text = f"claims the source {listed}, and the lineage imports only {', '.join(sorted(imports))}"
        wrong = Claim("sources", card, foreign[0], digests)
        yield wrong.contradicted(text, ", ".join(sorted(imports)), listed, "sources")
        return
    text = f"names every source that the lineage imports ({', '.join(sorted(imports))})"
    yield claim.agrees(text, len(imports), len(imports), "imports")


def _imports(lineage: Lineage) -> set[str]:
    return {link.url for step in lineage.steps for link in step.deps if link.kind != "path" and link.url}


def _only_imports(lineage: Lineage) -> bool:
    """Whether no root was put there by hand: such a root could be the claimed source."""
    return not any(not step.deps for step in lineage.steps)


def _names(value: Value) -> tuple[str, ...]:
    """What a source is called: its text, or the url and name of a mapping."""
    content = value.content
    if isinstance(content, Mapping):
        return tuple(str(content[key]) for key in ("url", "name", "id") if content.get(key))
    return (str(content),)


def _same(name: str, url: str) -> bool:
    """Whether a card's word for a source means this address: the same address, or its last parts."""
    stated, actual = _plain(name), _plain(url)
    return bool(stated) and (stated == actual or actual.endswith(f"/{stated}") or actual.startswith(f"{stated}/"))


def _plain(address: str) -> str:
    text = address.strip().casefold().partition("#")[0].partition("?")[0]
    text = text.rpartition("://")[2].rpartition("@")[2].rstrip("/").removesuffix(".git")
    return text.removeprefix("www.").replace(":", "/")
