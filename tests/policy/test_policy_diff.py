"""What differs between two rulebooks, in words and with a direction: rules and selections."""

from __future__ import annotations

import pytest

from checker.model.dataset import DatasetVersion
from checker.model.location import Location
from checker.policy.comparing import Change, Direction, compare, loosening
from checker.policy.rulebook import Rulebook, read_rulebook

HEAD = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: ID, version: "1.0.0"}
SELECT
rules:
"""
CAP = "  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.2}}\n"
OTHER = "  - {id: flags, check: origin-flags, level: block, with: {min_coverage: 0.9}}\n"


def book(rules: str = CAP, select: str = "", name: str = "team", **files: str) -> Rulebook:
    """A rulebook with one policy of these rules, and other files by path."""
    policy = HEAD.replace("ID", name).replace("SELECT\n", f"{select}\n" if select else "") + rules
    texts = {f"policies/{name}.yaml": policy, **files}
    return read_rulebook({path: text.encode() for path, text in texts.items()})


def rule(**more: str) -> str:
    """The rule `cap` with other or further keys."""
    keys = {"check": "synthetic-cap", "level": "block", "with": "{max: 0.2}", **more}
    return "  - {id: cap, " + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}\n"


def told(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.direction.value, change.words) for change in changes]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        pytest.param(rule(), rule(**{"with": "{max: 0.35}"}), "max from 0.2 to 0.35", id="a cap"),
        pytest.param(
            rule(**{"with": "{max: 0.2, per: [shard, dataset]}"}),
            rule(**{"with": "{max: 0.2, per: [shard]}"}),
            "per from [shard, dataset] to [shard]",
            id="a list that loses a member",
        ),
        pytest.param(
            rule(**{"with": "{max: 0.2, unknown_as: machine}"}),
            rule(**{"with": "{max: 0.2, unknown_as: prior, unknown_prior: 0.1}"}),
            "unknown_as from machine to prior",
            id="an ordered word",
        ),
        pytest.param(rule(), rule(level="warn"), "level from block to warn", id="a level"),
        pytest.param(rule() + OTHER, rule(level='"off"') + OTHER, "level from block to off", id="switched off"),
        pytest.param(rule(waivable="false"), rule(), "waivable from false to true", id="waivable"),
        pytest.param(
            rule(), rule(when_missing="warn"), "when_missing from block at pr and release to warn", id="when missing"
        ),
        pytest.param(
            rule(ratchet="{against: base, max_worse: 0.1}"), rule(), "the ratchet", id="a ratchet that is gone"
        ),
        pytest.param(
            rule(ratchet="{against: base, max_worse: 0.1}"),
            rule(ratchet="{against: base, max_worse: 0.2}"),
            "ratchet from",
            id="a wider ratchet",
        ),
        pytest.param(
            rule(ratchet="{against: base, max_worse: 0.1, max_worse_share: 0.1}"),
            rule(ratchet="{against: base, max_worse: 0.1}"),
            "ratchet from",
            id="a bound of a ratchet that is gone",
        ),
        pytest.param(
            rule(select="{datasets: ['data/**']}"),
            rule(select="{datasets: ['data/a']}"),
            "select.datasets [data/**] to [data/a]",
            id="fewer datasets",
        ),
        pytest.param(
            rule(),
            rule(select="{roles: [train]}"),
            "select.roles everything to [train]",
            id="roles where all were meant",
        ),
        pytest.param(
            rule(select="{require_match: true}"), rule(), "select.require_match from true to false", id="no match asked"
        ),
    ],
)
def test_a_change_of_a_rule_has_one_direction_and_the_way_back_the_other(before: str, after: str, words: str) -> None:
    there = compare(book(before), book(after))
    back = compare(book(after), book(before))
    assert words in "\n".join(change.words for change in loosening(there))
    assert {change.direction for change in back} == {Direction.TIGHTENED}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("{max: 0.2}", "{max: 0.2, unit: weight}", id="another unit"),
        pytest.param("{max: 0.2}", "{max: 0.1, kinds: [paraphrased]}", id="stricter and narrower"),
    ],
)
def test_what_cannot_be_compared_counts_as_loosened(before: str, after: str) -> None:
    assert loosening(compare(book(rule(**{"with": before})), book(rule(**{"with": after}))))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("{datasets: ['a/**']}", "{datasets: ['b/**']}", id="other datasets"),
        pytest.param("{roles: [train]}", "{roles: [eval]}", id="another role"),
        pytest.param("{labels: [x, y]}", "{labels: [y, z]}", id="labels that overlap"),
        pytest.param("{where: {domain: [health]}}", "{where: {domain: [health, law]}}", id="a share over more records"),
        pytest.param("{where: {domain: [health]}}", "{}", id="a share over all records"),
    ],
)
def test_another_selection_is_looser_both_ways(before: str, after: str) -> None:
    one, other = book(rule(select=before)), book(rule(select=after))
    assert loosening(compare(one, other))
    assert loosening(compare(other, one))


def test_a_rule_on_whole_datasets_gets_stricter_with_more_of_them() -> None:
    card = {"check": "card-required", "with": "{fields: [license]}"}
    one = book(rule(**card, select="{where: {domain: [health]}}"))
    other = book(rule(**card, select="{where: {domain: [health, law]}}"))
    assert {change.direction for change in compare(one, other)} == {Direction.TIGHTENED}
    assert {change.direction for change in compare(other, one)} == {Direction.LOOSENED}


def test_equal_rulebooks_have_no_differences() -> None:
    assert compare(book(), book()) == ()


def test_comments_change_a_file_and_no_judgement() -> None:
    after = book(CAP + "# more to come\n")
    assert told(compare(book(), after)) == [("neutral", "policies/team.yaml changed, and judges as before")]


def test_a_policy_that_moves_within_its_file_or_to_another_judges_as_before() -> None:
    text = HEAD.replace("ID", "team").replace("SELECT", "waivers: {max_days: 30, min_approvers: 1}") + CAP
    before, below, elsewhere = (
        read_rulebook({path: data.encode()})
        for path, data in (
            ("policies/team.yaml", text),
            ("policies/team.yaml", f"# ours\n\n{text}"),
            ("policies/ours.yml", text),
        )
    )
    assert {change.direction for after in (below, elsewhere) for change in compare(before, after)} == {
        Direction.NEUTRAL
    }


def test_words_are_neutral() -> None:
    after = book(rule(title="Few machine-made records"))
    assert told(compare(book(), after)) == [("neutral", "team/cap: title from nothing to Few machine-made records")]


def test_a_renamed_rule_is_as_strict_and_breaks_waivers() -> None:
    words = "the rule team/cap is called team/share: waivers and baseline entries of the old name no longer fit"
    after = book(CAP.replace("id: cap", "id: share"))
    assert told(compare(book(), after)) == [("neutral", words)]


def test_a_renamed_policy_is_as_strict() -> None:
    assert not loosening(compare(book(), book(name="squad")))


def test_a_rule_renamed_and_loosened_is_gone() -> None:
    after = book(CAP.replace("id: cap", "id: share").replace("0.2", "0.5"))
    words = "the rule team/cap is gone; team/share comes nearest to it, with max from 0.2 to 0.5"
    assert told(loosening(compare(book(), after))) == [("loosened", words)]


def test_a_rule_that_another_one_covers_may_go() -> None:
    twice = CAP + CAP.replace("id: cap", "id: strict").replace("0.2", "0.1")
    after = book(CAP.replace("id: cap", "id: strict").replace("0.2", "0.1"))
    assert told(compare(book(twice), after)) == [
        ("neutral", "the rule team/cap is gone, and team/strict demands no less")
    ]


def test_terms_of_waivers_count_for_a_renamed_policy() -> None:
    strict, loose = "waivers: {max_days: 10}", "waivers: {max_days: 100}"
    assert loosening(compare(book(select=strict), book(select=loose, name="squad")))


def test_a_rule_that_was_off_may_go_or_change() -> None:
    off = CAP.replace("id: cap", "id: idle").replace("block", '"off"')
    assert not loosening(compare(book(CAP + off), book()))
    assert not loosening(compare(book(CAP + off), book(CAP + off.replace("0.2", "0.9"))))


def test_a_pack_that_is_left_out_takes_its_rules_along() -> None:
    before = read_rulebook(
        {
            "policies/team.yaml": HEAD.replace("ID", "team")
            .replace("SELECT", "extends: [{pack: baseline@1}]")
            .replace("rules:\n", "")
            .encode()
        }
    )
    lost = [change.rule for change in loosening(compare(before, book()))]
    assert "team/card-truthful" in lost
    assert "team/lineage-complete" in lost


def test_the_default_policy_is_a_policy_to_be_kept() -> None:
    lost = [change.rule for change in loosening(compare(read_rulebook({}), book()))]
    assert "baseline/card-truthful" in lost


def test_deleting_everything_names_each_rule() -> None:
    assert [change.rule for change in loosening(compare(book(), Rulebook()))] == ["team/cap"]


def version(path: str, *labels: str) -> DatasetVersion:
    return DatasetVersion(path, "", "feed", Location(f"{path}.dvc", 2), labels=labels)


def test_a_known_dataset_of_another_role_is_named() -> None:
    train = "datasets: [{path: 'data/**', role: ROLE}]"
    select = "select: {roles: [train]}"
    before = book(select=select, **{"headwater.yaml": train.replace("ROLE", "train")})
    after = book(select=select, **{"headwater.yaml": train.replace("ROLE", "other")})
    changes = compare(before, after, [version("data/train"), version("web/crawl")])
    words = "data/train: judged by team/cap no longer, the role is other, was train (select.roles)"
    assert ("loosened", words) in told(changes)
    assert not [change for change in changes if "web/crawl" in change.words]


def test_a_known_dataset_that_the_selection_lost_is_named() -> None:
    before = book(select="select: {datasets: ['data/**']}")
    after = book(select="select: {datasets: ['data/a*', 'web/**']}")
    words = "data/train: judged by team/cap no longer, select.datasets does not reach it"
    assert ("loosened", words) in told(compare(before, after, [version("data/train"), version("data/ab")]))


def test_what_loosens_is_told_first_and_where_it_stands() -> None:
    after = book(rule(**{"with": "{max: 0.35}", "waivable": "false", "title": "Cap"}))
    changes = compare(book(), after)
    assert [change.direction for change in changes] == [Direction.LOOSENED, Direction.TIGHTENED, Direction.NEUTRAL]
    assert changes[0].place == Location("policies/team.yaml", 5, 10)
