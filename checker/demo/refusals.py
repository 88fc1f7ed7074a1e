"""What goes wrong in the story: each spoils the good repository in one way that one check must refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.demo.corpus import legal
from checker.demo.repository import (
    SHARD,
    leak_exam,
    write_handbook_card,
    write_legal_card,
    write_params,
    write_train_card,
    write_unknown_shard,
)
from checker.demo.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Refusal:
    """`spoil` changes the repository; `check` is the one that must refuse the commit, and no other may.

    `data` says that it changes data, which `dvc checkout` brings back.
    """

    title: str
    words: str
    check: str
    message: str
    spoil: Callable[[Workshop], None]
    data: bool = False


def _add_machine_shard(workshop: Workshop) -> None:
    write_params(workshop, SHARD)
    workshop.run("dvc", "repro", "-q")
    # The contributor is honest about it: the card is right, the cap refuses all the same.
    write_train_card(workshop, SHARD)


def _add_unknown(workshop: Workshop) -> None:
    write_unknown_shard(workshop)
    workshop.run("dvc", "add", "-q", "data/legal")
    write_legal_card(workshop, len(legal()))


def _leak(workshop: Workshop) -> None:
    leak_exam(workshop)
    workshop.run("dvc", "add", "-q", "data/handbook")
    workshop.run("dvc", "repro", "-q")
    write_handbook_card(workshop)
    write_train_card(workshop)


def _lie(workshop: Workshop) -> None:
    card = workshop.read("cards/train.md")
    silent = [line for line in card.splitlines() if "synthetic_share" not in line and "language_creators" not in line]
    told = "\n".join(silent).replace("[text, synthetic]", "[text]").replace("synthetic: true", "synthetic: false")
    workshop.write("cards/train.md", told + "\n")


def _break_lineage(workshop: Workshop) -> None:
    script = workshop.read("src/language_model.py")
    workshop.write("src/language_model.py", script.replace("ORDER = 3", "ORDER = 2"))


def raise_cap(workshop: Workshop) -> None:
    """Not data that breaks a rule, but a rule that is bent until it fits any data."""
    policy = workshop.read("policies/training.yaml")
    workshop.write("policies/training.yaml", policy.replace("max: 0.20", "max: 0.30"))


REFUSALS = (
    Refusal(
        title="A machine-made shard",
        words=(
            "A shard of nothing but text from the small model is added: params.yaml is edited, `dvc repro` mixes the "
            "data again, the card is kept honest. A model trained on this would learn from its own kind."
        ),
        check="synthetic-cap",
        message="Add a shard of generated text",
        spoil=_add_machine_shard,
        data=True,
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
        data=True,
    ),
    Refusal(
        title="An exam that leaks into training",
        words=(
            "The passages that were held back to examine the model turn up in the human text, half of them with a word "
            "changed, and `dvc repro` carries them into the training data. The model would be praised for remembering."
        ),
        check="gold-overlap",
        message="Add more of the reference",
        spoil=_leak,
        data=True,
    ),
    Refusal(
        title="A card that lies",
        words="Somebody tidies up the card of the training data: it now says that nothing in it is synthetic.",
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
