"""What goes wrong in the story: each spoils the good repository in one way that one check must refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.demo.repository import CLEAN_SHARE, GREEDY_SHARE, write_share, write_train_card, write_unknown_shard
from checker.demo.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Refusal:
    """`spoil` changes the repository; `check` must refuse the commit, `others` may as well, and no third may."""

    title: str
    words: str
    check: str
    message: str
    spoil: Callable[[Workshop], None]
    others: frozenset[str] = frozenset()


def _drown(workshop: Workshop) -> None:
    write_share(workshop, GREEDY_SHARE)
    workshop.run("dvc", "repro", "-q")
    # The contributor is honest about it: the card is right, the cap refuses all the same.
    write_train_card(workshop, GREEDY_SHARE)


def _add_unknown(workshop: Workshop) -> None:
    write_unknown_shard(workshop)
    workshop.run("dvc", "add", "-q", "data/legal")


def _lie(workshop: Workshop) -> None:
    write_train_card(workshop, CLEAN_SHARE, honest=False)


def _break_lineage(workshop: Workshop) -> None:
    script = workshop.read("src/language_model.py")
    workshop.write("src/language_model.py", script.replace("ORDER = 3", "ORDER = 2"))


REFUSALS = (
    Refusal(
        title="Too much machine-made text",
        words=(
            "The share of text from the small model is raised to one half: params.yaml is edited, `dvc repro` mixes "
            "the data again, the card is kept honest. A model trained on this would learn from its own kind."
        ),
        check="synthetic-cap",
        message="Mix in more machine-made text",
        spoil=_drown,
    ),
    Refusal(
        title="Text of unknown origin in a high-stakes domain",
        words=(
            "License clauses turn up on a drive. They are real, but nothing says who or what wrote them, and they are "
            "added to the legal data with `dvc add`."
        ),
        check="unknown-provenance",
        message="Add clauses that were found",
        spoil=_add_unknown,
        # The pack high-stakes@1 also wants every record's origin with a score, and counts unknown as machine-made.
        others=frozenset({"origin-flags", "synthetic-cap"}),
    ),
    Refusal(
        title="A card that lies",
        words="Somebody tidies up the card of the training data: it now says that people wrote every word of it.",
        check="card-truthful",
        message="Polish the card",
        spoil=_lie,
    ),
    Refusal(
        title="A broken lineage",
        words=(
            "The script of the model is changed from trigrams to bigrams, without `dvc repro`: the data in git was "
            "not made by the code in git."
        ),
        check="lineage-complete",
        message="Use bigrams",
        spoil=_break_lineage,
    ),
)
