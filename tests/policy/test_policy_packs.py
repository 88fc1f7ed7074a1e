"""The shipped packs: valid, with reasons, and on day one harmless to who did nothing wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checker import rules, safeyaml
from checker.model.evidence import Need
from checker.model.policy import Level, Policy, Stage, WhenMissing
from checker.policy import schema
from checker.policy.load import collect, default_policies
from checker.policy.packs import DEFAULT_PACK, find_pack, list_packs, pack_folder, pack_ids
from checker.policy.schemas.policies import policy_schema

PACKS = pack_ids()


def resolved(pack_id: str) -> Policy:
    data = (pack_folder() / f"{pack_id}.yaml").read_bytes()
    loaded = collect({f"{pack_id}.yaml": data})
    assert loaded.faults == ()
    return loaded.policies[0]


def test_the_packs_that_are_shipped() -> None:
    assert PACKS == ("baseline", "high-stakes", "model-collapse")
    assert [name for name, _ in list_packs()] == ["baseline@1", "high-stakes@1", "model-collapse@1"]
    assert all(len(title) > 20 for _, title in list_packs())


@pytest.mark.parametrize("pack_id", PACKS)
def test_a_pack_satisfies_the_schema(pack_id: str) -> None:
    document = safeyaml.load((pack_folder() / f"{pack_id}.yaml").read_bytes(), pack_id)

    assert schema.faults(document, policy_schema()) == []


@pytest.mark.parametrize("pack_id", PACKS)
def test_every_rule_gives_its_reason_and_where_to_check_it(pack_id: str) -> None:
    policy = resolved(pack_id)

    assert policy.id == pack_id
    assert policy.refs
    for rule in policy.rules:
        assert rule.title, rule.id
        assert len(rule.rationale.why) > 40, rule.id
        assert len(rule.rationale.source) > 10, rule.id
        assert rule.rationale.confidence in ("benchmark", "framework", "default"), rule.id


def test_a_lie_is_not_waivable_in_any_pack() -> None:
    honest = [rule for pack_id in PACKS for rule in resolved(pack_id).rules if rule.check == "card-truthful"]

    assert honest
    assert all(rule.level is Level.BLOCK and not rule.waivable for rule in honest)


def test_all_packs_can_be_extended_together(policy: Callable[[str], bytes]) -> None:
    names = [name for name, _ in list_packs()]
    loaded = collect({"p.yaml": policy("extends:\n" + "".join(f"  - pack: {name}\n" for name in names))})

    assert loaded.faults == ()
    assert loaded.policies[0].packs == tuple(names)
    assert len(loaded.policies[0].rules) == sum(len(resolved(pack_id).rules) for pack_id in PACKS)


def test_the_default_is_the_baseline() -> None:
    [default] = default_policies()

    assert default.id == DEFAULT_PACK.partition("@")[0]
    assert default.digest.startswith("sha256:")
    assert default.rules[0].location.path == DEFAULT_PACK
    assert default.rules[0].location.line is not None


def test_the_baseline_blocks_only_what_is_plainly_wrong() -> None:
    levels = {rule.check: rule.level for rule in resolved("baseline").rules}

    assert levels == {
        "synthetic-cap": Level.BLOCK,
        "card-truthful": Level.BLOCK,
        "lineage-complete": Level.BLOCK,
        "card-required": Level.WARN,
        "source-metadata": Level.WARN,
        "origin-flags": Level.WARN,
    }


def test_the_limits_that_the_packs_promise() -> None:
    def params(pack_id: str, rule: str) -> Any:
        return next(use.params for use in resolved(pack_id).rules if use.id == f"{pack_id}/{rule}")

    assert params("baseline", "synthetic-cap").max == 0.30
    assert params("high-stakes", "unknown-banned").max == 0.0
    assert params("model-collapse", "free-generation-cap").max == 0.10
    assert params("model-collapse", "rephrased-cap").max == 0.30
    assert params("model-collapse", "scored-origins").require_scores is True
    assert params("model-collapse", "release-adds-real-data").min_new_real == 1


def test_the_high_stakes_pack_judges_records_of_high_stakes_domains() -> None:
    assert {rule.select.where["domain"] for rule in resolved("high-stakes").rules} == {("health", "legal", "finance")}


def test_a_team_can_tighten_the_baseline(policy: Callable[[str], bytes]) -> None:
    body = (
        "extends: [{pack: baseline@1}]\n"
        "rules:\n"
        "  - {id: synthetic-cap, check: synthetic-cap, with: {max: 0.2, per: [dataset, shard], unknown_as: machine}}\n"
        "  - {id: card-required, check: card-required, level: block}\n"
    )
    loaded = collect({"p.yaml": policy(body)})

    assert loaded.faults == ()
    assert loaded.policies[0].rules[0].origin == "baseline@1"


def test_a_pack_knows_its_bytes() -> None:
    pack = find_pack("baseline@1", None)

    assert pack.data == (pack_folder() / "baseline.yaml").read_bytes()
    assert pack.draft.version == "1.0.0"


@pytest.mark.parametrize("pack_id", ["high-stakes", "model-collapse"])
def test_no_pack_compares_documents_at_a_commit_or_blocks_a_repository_without_gold(pack_id: str) -> None:
    compared = {Need.OVERLAP, Need.COMPARISON, Need.REFERENCE, Need.NEAR_DUPLICATES}
    found = [rule for rule in resolved(pack_id).rules if rules.by_id(rule.check).needs(rule.params) & compared]

    assert found
    assert all(Stage.COMMIT not in rule.stages for rule in found)
    gold = [rule for rule in found if rules.by_id(rule.check).references(rule.params)]
    assert gold
    assert {rule.when_missing for rule in gold} == {WhenMissing.WARN}


def test_training_data_is_held_against_gold_and_gold_not_against_itself() -> None:
    for pack_id in ("high-stakes", "model-collapse"):
        held = [rule for rule in resolved(pack_id).rules if rules.by_id(rule.check).references(rule.params)]
        assert {rule.select.roles for rule in held} == {("train", "other")}
