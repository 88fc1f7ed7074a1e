"""Policy files become policies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker.errors import PolicyError, YamlError
from checker.model.location import Location
from checker.model.policy import Level, Rationale, Selector, Stage, WhenMissing
from checker.policy.load import default_policies, load_policies
from checker.rules import by_id

Write = Callable[[str], bytes]

FULL = """\
select:
  datasets: ["data/train/**"]
  roles: [train]
  labels: [text]
  where: {domain: [health], language: en}
  require_match: true
rules:
  - id: per-shard
    check: synthetic-cap
    title: At most a fifth
    level: block
    waivable: false
    stages: [release, pr]
    when_missing: warn
    with: {max: 0.20, per: [shard, domain], unit: tokens, unknown_as: machine, confidence: 0.95}
    rationale: {why: caps loops, source: ablation/2026-10-03, confidence: measured, review_by: 2027-04-01}
    fix: move the excess
    tags: [mix]
"""


def test_everything_that_a_rule_says_arrives(policy: Write) -> None:
    [loaded] = load_policies({"policies/team.yaml": policy(FULL)}, "main")
    [rule] = loaded.rules

    assert (loaded.id, loaded.version, loaded.revision) == ("team", "1.0.0", "main")
    assert loaded.location == Location("policies/team.yaml", 3, 16)
    assert rule.id == "team/per-shard"
    assert rule.check == "synthetic-cap"
    assert rule.title == "At most a fifth"
    assert rule.level is Level.BLOCK
    assert rule.waivable is False
    assert rule.stages == (Stage.PR, Stage.RELEASE)
    assert rule.when_missing is WhenMissing.WARN
    assert rule.rationale == Rationale("caps loops", "ablation/2026-10-03", "measured", "2027-04-01")
    assert rule.fix == "move the excess"
    assert rule.tags == ("mix",)
    assert rule.location == Location("policies/team.yaml", 11, 9)
    assert rule.origin == ""
    assert rule.select == Selector(
        datasets=("data/train/**",),
        roles=("train",),
        labels=("text",),
        where={"domain": ("health",), "language": ("en",)},
        require_match=True,
    )
    assert rule.params == by_id("synthetic-cap").params(
        max=0.2, per=("shard", "domain"), unit="tokens", unknown_as="machine", confidence=0.95
    )


def test_what_a_rule_leaves_out_has_defaults(policy: Write) -> None:
    [loaded] = load_policies({"p.yaml": policy("rules: [{id: a, check: card-required, level: warn}]\n")})
    [rule] = loaded.rules

    assert rule.stages == tuple(Stage)
    assert rule.waivable is True
    assert rule.when_missing is None
    assert rule.select == Selector()
    assert rule.params == by_id("card-required").params()


def test_a_rule_narrows_what_its_policy_leaves_open(policy: Write) -> None:
    body = "select: {roles: [train]}\nrules: [{id: a, check: card-required, level: warn, select: {datasets: [x]}}]\n"
    [loaded] = load_policies({"p.yaml": policy(body)})

    assert loaded.rules[0].select == Selector(datasets=("x",), roles=("train",))


def test_several_files_and_several_documents_in_one(policy: Write) -> None:
    rule = "rules: [{id: a, check: card-required, level: warn}]\n"
    other = policy(rule).replace(b"team", b"other")
    third = policy(rule).replace(b"team", b"third")

    loaded = load_policies({"b.yaml": policy(rule), "a.yaml": other + b"---\n" + third})

    assert [entry.id for entry in loaded] == ["other", "third", "team"]
    assert loaded[1].location == Location("a.yaml", 8, 16)


def test_no_file_is_no_policy_and_the_default_is_asked_for_by_name() -> None:
    assert load_policies({}) == ()
    [default] = default_policies()
    assert default.id == "baseline"
    assert default.rules[0].id.startswith("baseline/")
    assert default.revision == "baseline@1"


def test_a_rule_may_be_off_while_another_is_not(policy: Write) -> None:
    body = "rules: [{id: a, check: card-required, level: off}, {id: b, check: card-required, level: audit}]\n"
    with pytest.raises(YamlError, match='write "off" in quotes, or false'):
        load_policies({"p.yaml": policy(body)})

    [loaded] = load_policies({"p.yaml": policy(body.replace(": off", ': "off"'))})
    assert [rule.level for rule in loaded.rules] == [Level.OFF, Level.AUDIT]


def test_the_digest_covers_the_file_and_every_pack(policy: Write, write_pack: Callable[[str, str], object]) -> None:
    from checker.policy.load import collect

    own = "rules: [{id: b, check: card-required, level: warn}]\n"
    pack = "rules: [{id: a, check: card-required, level: warn}]\n"
    text = policy("extends: [{pack: house@1}]\n" + own)

    def digest(data: bytes, body: str) -> str:
        folder = write_pack("house", body)
        [loaded] = collect({"p.yaml": data}, packs=folder).policies  # type: ignore[arg-type]
        return loaded.digest

    first = digest(text, pack)
    assert first.startswith("sha256:")
    assert len(first) == len("sha256:") + 64
    assert digest(text, pack) == first
    assert digest(text + b"# a comment\n", pack) != first
    assert digest(text, pack + "# a comment\n") != first


def test_the_first_fault_is_raised_and_the_others_are_counted(policy: Write) -> None:
    body = "rules:\n  - {id: a, check: card-required, level: blok}\n  - {id: b, check: card, level: warn}\n"

    with pytest.raises(PolicyError) as caught:
        load_policies({"p.yaml": policy(body)})

    assert str(caught.value) == (
        "p.yaml:5:42: rules[0].level is blok; did you mean block?; 1 more fault: headwater policy lint"
    )
