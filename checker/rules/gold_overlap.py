"""No document of gold and evaluation data stands in this dataset.

What it checks
--------------
For each dataset named under `against` (by default those with the role `gold` and those with the role `eval`): how
many documents here have the same text as one there (`exact`), are near-copies of one (`near`: word 5-grams, Jaccard
about 0.75 and more), and how many of its 13-grams stand here (`fragments`, in a sample of one in 64). It says how
long a copied passage must be to be seen, and names places, never text: gold shall not leak through a report either.

Case, spacing, punctuation, turns of a chat and the format of a shard make no difference. What makes other words of them
does, and is not seen: look-alike letters of another script, invisible characters or accents inside words, words run
together, translation; one word changed in about 35 (near-copies) or in 13 (13-grams); a document cut into records that
are shorter than such a passage. Only the text field counts; see `fields` in headwater.yaml.

Why it matters
--------------
What a model has trained on, it can no longer be measured with: copies across train and test inflated reported scores
by up to 100 % (Allamanis 2019), and more than 4 % of common validation sets overlapped with training (Lee et al.
2021). Collapse is measured against gold, so gold in training also hides collapse. No leaked document is harmless,
hence 0. Human corpora repeat 0.3 to 0.9 % of their own 13-grams (phrases, licenses, quotations), hence a limit of 1 %
for fragments; that these two may be compared is a choice of policy.

How to fix
----------
Remove the named documents from this dataset, not from gold, and look for the step that brought them in. Where gold
itself is the copy, draw it anew from data that no training set has.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor

from checker.model.evidence import Evidence, Need
from checker.model.likeness import Gap, Overlap
from checker.model.outcome import Figure, Judgement, Scope, Verdict
from checker.rules import _params
from checker.rules._base import Check, Parameters, Stricter, param
from checker.rules._comparing import MOST_EXAMPLES, at, not_made, whole
from checker.rules._numbers import are, count, exact, percent
from checker.rules._parts import Survey
from checker.rules._rulings import bad_rows, open_ends

METHODS = ("exact", "near", "fragments")


class Params(Parameters):
    """Parameters of `gold-overlap`."""

    against: tuple[str, ...] = param(
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        "The data that must not stand here: roles (`gold`, `eval`, `raw`, `train`) or globs over datasets.",
        stricter=Stricter.MORE,
        default=("gold", "eval"),
    )
    methods: tuple[str, ...] = param(
        {"type": "array", "items": {"enum": list(METHODS)}, "minItems": 1, "uniqueItems": True},
        "How documents are recognized: by equal text, as near-copies, by 13-grams.",
        stricter=Stricter.MORE,
        default=METHODS,
    )
    max_documents: int = param(
        {"type": "integer", "minimum": 0},
        "How many documents here may be copies or near-copies.",
        stricter=Stricter.LOWER,
        default=0,
        unit="documents",
    )
    max_fragments: float = _params.share(
        "The largest allowed share of the 13-grams there that stand here too.", stricter=Stricter.LOWER, default=0.01
    )
    max_bad_rows: int = _params.max_bad_rows()


def needs(params: Params) -> frozenset[Need]:
    """The documents on both sides."""
    return frozenset({Need.SHARDS, Need.COMPOSITION, Need.OVERLAP})


def references(params: Params) -> tuple[str, ...]:
    """What must not stand here."""
    return params.against


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """Each of the named sets on its own."""
    known = whole(evidence)
    if not known.complete:
        yield from open_ends(known)
        return
    yield from bad_rows(known, params.max_bad_rows)
    for name in params.against:
        found = evidence.overlaps.get(name)
        if found is None or isinstance(found, Gap):
            yield not_made(known, found, f"the comparison with {name}", name)
        elif not found.documents or not found.against_documents:
            empty = name if found.documents else known.dataset.name
            gap = Gap(f"{empty} has no document with text, so no leak can be ruled out", "name its text field")
            yield not_made(known, gap, "", name)
        else:
            yield from _against(known, name, found, params)


def _against(known: Survey, name: str, found: Overlap, params: Params) -> Iterator[Judgement]:
    """Whole documents first; passages are told apart, since their limit is another one."""
    if {"exact", "near"} & set(params.methods):
        if found.near is None and "near" in params.methods:
            gap = Gap(f"near-copies of {name} were not looked for", "run `headwater measure`")
            yield not_made(known, gap, "", name)
        yield _documents(known, name, found, params)
    if "fragments" in params.methods:
        yield _fragments(known, name, found, params)


def _documents(known: Survey, name: str, found: Overlap, params: Params) -> Judgement:
    near = found.near if "near" in params.methods and found.near is not None else found.exact
    holds = near <= params.max_documents
    return Judgement(
        Verdict.HOLDS if holds else Verdict.BROKEN,
        f"{known.dataset.name}: {near:,} of {count(found.documents, 'documents')} {are(near)} found in"
        f" {name}{_told(found, near)}; allowed {are(params.max_documents)} {params.max_documents:,}",
        known.location,
        scope=_scope(name, "documents"),
        measured=near,
        limit=params.max_documents,
        unit="documents",
        fix="" if holds else _remedy(known, found, name, near - params.max_documents),
        evidence=(*known.digests(), *found.evidence),
        figure=Figure(near, f"found in {name}"),
    )


def _fragments(known: Survey, name: str, found: Overlap, params: Params) -> Judgement:
    if not found.fragments:
        gap = Gap(f"{name} is too short for a sample of its 13-grams", "rely on exact and near, or add to it")
        return not_made(known, gap, "", name)._replace(scope=_scope(name, "fragments"))
    most = exact(params.max_fragments, "max_fragments")
    share = Fraction(found.shared_fragments, found.fragments)
    holds = share <= most
    excess = found.shared_fragments - floor(most * found.fragments)
    return Judgement(
        Verdict.HOLDS if holds else Verdict.BROKEN,
        f"{known.dataset.name}: {found.shared_fragments:,} of {count(found.fragments, 'sampled 13-grams')} of {name}"
        f" ({percent(share, most)}) stand here too; allowed is {percent(most, share)}, and a copied passage shows from"
        f" about {count(found.smallest_visible_tokens, 'tokens')} on",
        known.location,
        scope=_scope(name, "fragments"),
        measured=float(share),
        limit=params.max_fragments,
        unit="share of 13-grams",
        fix=""
        if holds
        else f"remove the passages taken from {name}, at least {count(excess, 'sampled 13-grams')} of them"
        f" (about {count(64 * excess, 'words')})",
        evidence=(*known.digests(), *found.evidence),
        figure=Figure(share, f"of the 13-grams of {name}"),
    )


def _told(found: Overlap, near: int) -> str:
    """How they were recognized, how much of the other side is spoiled, and the first places."""
    if not near:
        return ""
    covered = found.covered_exact if found.covered_near is None or near == found.exact else found.covered_near
    places = ", ".join(f"{at(pair.one)} = {at(pair.other)}" for pair in found.pairs[:MOST_EXAMPLES])
    return (
        f" ({found.exact:,} equal, {near - found.exact:,} near-copies; {covered:,} of its"
        f" {count(found.against_documents, 'documents')})" + (f", such as {places}" if places else "")
    )


def _remedy(known: Survey, found: Overlap, name: str, surplus: int) -> str:
    first = f", first {at(found.pairs[0].one)}" if found.pairs else ""
    step = f"look for the step that takes data from {name}"
    return f"remove {count(surplus, 'documents')} from {known.dataset.name}{first}, and {step}"


def _scope(name: str, what: str) -> Scope:
    return (("against", name), ("compared", what))


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings_text import of_overlaps

    return of_overlaps({name: evidence.overlaps[name] for name in params.against if name in evidence.overlaps})


CHECK = Check(
    id="gold-overlap",
    group="documents",
    params=Params,
    needs=needs,
    judge=judge,
    workings=workings,
    references=references,
    worse="higher",
)
