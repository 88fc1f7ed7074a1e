"""What differs between two rulebooks: settings, waivers, baseline, approvers, registries."""

from __future__ import annotations

import pytest

from checker.model.dataset import DatasetVersion
from checker.model.location import Location
from checker.policy.comparing import compare
from checker.policy.rulebook import read_rulebook

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: "1.0.0"}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.2}}
"""
WAIVER = """\
apiVersion: headwater/v1
kind: Waiver
metadata: {id: wv-1}
rule: team/cap
match: {dataset: "data/old/**"}
relax: {max: 0.4}
reason: the export of 2019 is delivered anew in December
requested_by: ana
approved_by: [gita]
not_before: "2026-11-01"
expires: "2026-12-20"
"""
KEY = "gita ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHTbWBzkRMbXbqTzgv1BcSYdcVZNVY0lO8MyNzFYhKb4\n"
GROUPS = "apiVersion: headwater/v1\nkind: Groups\nmetadata: {id: groups}\ngroups: {gov: [gita]}\n"
TRAIN = DatasetVersion("data/train", "", "feed", Location("data/train.dvc", 2))


def differences(path: str, before: str, after: str) -> set[tuple[str, str]]:
    """What is told of one file that differs; an empty text is no file."""
    files = {"policies/team.yaml": POLICY}
    old, new = ({**files, path: text} if text else files for text in (before, after))
    books = [read_rulebook({name: content.encode() for name, content in state.items()}) for state in (old, new)]
    return {(change.direction.value, change.words) for change in compare(books[0], books[1], [TRAIN])}


def settings(entry: str, *, more: str = "") -> str:
    return f"datasets:\n- {{path: data/**{entry}}}\n{more}"


@pytest.mark.parametrize(
    ("before", "after", "direction", "words"),
    [
        pytest.param(
            "",
            ", values: {origin: {bot: machine}}",
            "tightened",
            "data/train: the origin bot counts as machine, was what it says",
            id="a word that means machine",
        ),
        pytest.param(
            ", values: {origin: {bot: machine}}",
            ", values: {origin: {bot: human}}",
            "loosened",
            "data/train: the origin bot counts as human, was machine",
            id="machine turned into human",
        ),
        pytest.param(
            "",
            ", values: {language: {eng: en}}",
            "loosened",
            "data/train: the language eng counts as en, was what it says",
            id="other languages",
        ),
        pytest.param(
            "",
            ", fields: {origin: meta.source}",
            "loosened",
            "data/train: the field origin is read from meta.source, was by its usual names, "
            "so records may read otherwise",
            id="another field",
        ),
        pytest.param(
            "",
            ", origins: [{path: 'x/*', origin: machine}]",
            "tightened",
            "data/train: origins from [] to [{origin: machine, path: x/*}]",
            id="shards called machine",
        ),
        pytest.param(
            "",
            ", origins: [{path: 'x/*', origin: machine, kind: paraphrased}]",
            "loosened",
            "data/train: origins from [] to [{kind: paraphrased, origin: machine, path: x/*}], "
            "so records may count as made by others",
            id="a kind of machine that fewer caps are for",
        ),
        pytest.param(
            "", ", slices: {label: y}", "tightened", "data/train: the slice label from nothing to y", id="slice"
        ),
        pytest.param(
            "",
            ", role: gold",
            "loosened",
            "data/train: the role is gold, was other, so others are held against other data",
            id="gold",
        ),
        pytest.param(
            "",
            ", role: train",
            "neutral",
            "data/train: the role is train, was other",
            id="a role that no rule asks for",
        ),
        pytest.param(
            "",
            ", domain: law",
            "loosened",
            "data/train: domain from nothing to law, so records may read otherwise",
            id="a domain",
        ),
    ],
)
def test_an_entry_for_datasets(before: str, after: str, direction: str, words: str) -> None:
    assert differences("headwater.yaml", settings(before), settings(after)) == {(direction, words)}


def test_an_entry_for_no_known_dataset_is_compared_too() -> None:
    entry = "- {path: 'web/**', values: {origin: {bot: human}}}\n"
    found = differences("headwater.yaml", settings(""), settings("", more=entry))
    assert found == {("loosened", "web/**: the origin bot counts as human, was what it says")}


def test_an_entry_before_another_one_counts() -> None:
    first = "datasets:\n- {path: data/train, format: lines}\n- {path: data/**}\n"
    found = differences("headwater.yaml", settings(""), first)
    assert ("loosened", "data/train: format from nothing to lines, so records may read otherwise") in found


@pytest.mark.parametrize(
    ("before", "after", "direction", "words"),
    [
        pytest.param("budget: 9", "budget: 2", "loosened", "the budget of a commit from 9 to 2 seconds", id="budget"),
        pytest.param("", "budget: 9", "tightened", "the budget of a commit from 5 to 9 seconds", id="more budget"),
        pytest.param(
            "evidence: {signed: required}",
            "evidence: {signed: optional}",
            "loosened",
            "evidence.signed from required to optional",
            id="unsigned evidence",
        ),
        pytest.param(
            "",
            "evidence: {stores: ['s3://b/e']}",
            "loosened",
            "evidence is believed from s3://b/e too",
            id="a store",
        ),
        pytest.param(
            "evidence: {stores: ['s3://b/e']}",
            "",
            "tightened",
            "evidence is no longer taken from s3://b/e",
            id="a store less",
        ),
        pytest.param("", "loosening: warn", "loosened", "loosening from block to warn", id="loosening only warned of"),
        pytest.param("loosening: warn", "", "tightened", "loosening from warn to block", id="loosening blocked"),
    ],
)
def test_a_setting_of_the_repository(before: str, after: str, direction: str, words: str) -> None:
    assert differences("headwater.yaml", before, after) == {(direction, words)}


@pytest.mark.parametrize(
    ("old", "new", "direction", "words"),
    [
        pytest.param("2026-12-20", "2026-12-24", "loosened", "expires from 2026-12-20 to 2026-12-24", id="longer"),
        pytest.param("2026-12-20", "2026-12-10", "tightened", "expires from 2026-12-20 to 2026-12-10", id="shorter"),
        pytest.param("2026-11-01", "2026-10-30", "loosened", "not_before from 2026-11-01 to 2026-10-30", id="sooner"),
        pytest.param("max: 0.4", "max: 0.5", "loosened", "relax.max from 0.4 to 0.5", id="looser limit"),
        pytest.param("max: 0.4", "max: 0.3", "tightened", "relax.max from 0.4 to 0.3", id="stricter limit"),
        pytest.param("data/old/**", "data/**", "loosened", "match.dataset from data/old/** to data/**", id="wider"),
        pytest.param(
            "data/old/**", "data/old/a", "tightened", "match.dataset from data/old/** to data/old/a", id="narrower"
        ),
        pytest.param(
            "[gita]", "[gita, max]", "loosened", "approved_by from [gita] to [gita, max]", id="approver named"
        ),
        pytest.param("by: ana", "by: bob", "neutral", "requested_by from ana to bob", id="another asker"),
    ],
)
def test_a_waiver_that_is_edited(old: str, new: str, direction: str, words: str) -> None:
    found = differences("waivers/a.yaml", WAIVER, WAIVER.replace(old, new))
    assert found == {(direction, f"the waiver wv-1: {words}")}


def test_another_asker_may_set_an_approver_free() -> None:
    own = WAIVER.replace("requested_by: ana", "requested_by: gita")
    words = "the waiver wv-1: others ask for it or own it, so gita may approve it now"
    assert ("loosened", words) in differences("waivers/a.yaml", own, WAIVER)
    assert not any(way == "loosened" for way, _ in differences("waivers/a.yaml", WAIVER, own))

    more = own.replace("[gita]", "[gita, max]")
    assert ("loosened", words) in differences("waivers/a.yaml", more, WAIVER), "an approver less hides it"


def test_a_waiver_that_comes_is_relief_and_one_that_goes_tightens() -> None:
    words = "the waiver wv-1 relaxes team/cap to {max: 0.4} for {dataset: data/old/**} until 2026-12-20"
    assert differences("waivers/a.yaml", "", WAIVER) == {("relieved", words)}
    assert differences("waivers/a.yaml", WAIVER, "") == {("tightened", "the waiver wv-1 for team/cap is gone")}


def test_the_baseline() -> None:
    line = "team/cap data/train - md5:d8acabbe38a3afb2b8ab15bdcb1ea1b8\n"
    path = "governance/baseline.txt"
    assert differences(path, "", line) == {("loosened", "the baseline has grown by 1: team/cap for data/train")}
    assert differences(path, line, "") == {("tightened", "the baseline has shrunk by 1")}
    assert differences(path, line, line * 2) == set()


def test_groups_and_keys() -> None:
    more = GROUPS.replace("[gita]", "[gita, max]")
    path = "governance/groups.yaml"
    assert differences(path, GROUPS, more) == {("loosened", "the group gov gains max, who may approve now")}
    assert differences(path, more, GROUPS) == {("tightened", "the group gov loses max")}
    path, words = "governance/allowed_signers", "a key is added or changed: signatures with it count as those of gita"
    assert differences(path, "", KEY) == {("loosened", words)}
    assert differences(path, KEY, "") == {("tightened", "a key is gone: of gita")}
    assert differences(path, KEY, f"# approvers\n\n{KEY}") == set()
    shared = KEY + KEY.replace("gita", "ana", 1)
    words = "a key is gone: of ana, and still there as somebody else's, who may approve with it now"
    assert differences(path, shared, KEY) == {("loosened", words)}


@pytest.mark.parametrize(
    ("name", "before", "after", "direction"),
    [
        pytest.param("vendors", "- a\n", "- a\n- b\n", "loosened", id="a contract more"),
        pytest.param("vendors", "- a\n- b\n", "- a\n", "tightened", id="a contract less"),
        pytest.param("incidents", "- a\n", "- a\n- b\n", "tightened", id="an incident more"),
        pytest.param("incidents", "- a\n- b\n", "- a\n", "loosened", id="an incident less"),
        pytest.param("incidents", "- a: open\n", "- a: closed\n", "loosened", id="an incident that is closed"),
        pytest.param("vendors", "- {a: 1}\n- {a: 2}\n", "- {a: 1}\n", "tightened", id="a contract of one line less"),
        pytest.param("vendors", "- a: 1\n  until: 2026\n", "- a: 1\n", "loosened", id="a contract that never ends"),
        pytest.param("incidents", "- a: 1\n", "- a: 1\n  closed: true\n", "loosened", id="an incident that is over"),
        pytest.param("other", "- a\n- b\n", "- a\n", "loosened", id="a file that nobody knows"),
    ],
)
def test_registries(name: str, before: str, after: str, direction: str) -> None:
    ((way, words),) = differences(f"governance/{name}.yaml", before, after)
    assert way == direction
    assert f"governance/{name}.yaml changed: 1 line" in words
