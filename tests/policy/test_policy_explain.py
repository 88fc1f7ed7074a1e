"""Policies in words."""

from __future__ import annotations

import json

import pytest

from checker import rules, safeyaml
from checker.errors import UsageError
from checker.policy.catalog import catalog, in_words
from checker.policy.explain import example, explain_check, explain_resolved
from checker.policy.load import collect
from checker.policy.packs import Sources, list_packs

HEAD = "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: team, version: 1.0.0}\n"


@pytest.mark.parametrize("check_id", rules.check_ids())
def test_the_page_of_a_check_says_everything(check_id: str) -> None:
    page = explain_check(check_id)

    for heading in ("What it checks\n---", "Why it matters\n---", "How to fix\n---", "Parameters\n---", "Example\n---"):
        assert heading in page
    for info in rules.by_id(check_id).parameters():
        assert f"\n{info.name}\n    " in page
    assert page.count("stricter: ") == len(rules.by_id(check_id).parameters())
    assert page.endswith("\n")


def test_a_parameter_says_unit_default_bounds_and_direction() -> None:
    page = explain_check("synthetic-cap")

    assert "(required; at least 0; at most 1; unit share; stricter: lower)" in page
    assert "(default machine; one of prior, machine; stricter: towards machine)" in page
    assert "(default [dataset, shard]; any of dataset, shard, domain, language, source; stricter: more members)" in page


@pytest.mark.parametrize("check_id", rules.check_ids())
def test_the_example_is_a_policy_that_loads(check_id: str) -> None:
    text = example(rules.by_id(check_id)).encode()

    assert collect({"example.yaml": text}).faults == ()
    assert safeyaml.load(text, "example.yaml").data is not None


def test_an_unknown_check_is_met_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="synthetic_cap is not a check; did you mean synthetic-cap"):
        explain_check("synthetic_cap")


def test_the_list_names_every_check_with_its_demand_and_every_parameter() -> None:
    found = catalog()

    assert [check["id"] for check in found["checks"]] == list(rules.check_ids())
    for check in found["checks"]:
        assert check["demands"]
        assert not check["demands"].endswith(".")
        infos = rules.by_id(check["id"]).parameters()
        assert [entry["name"] for entry in check["parameters"]] == [info.name for info in infos]
        assert all(entry["stricter_words"] and entry["description"] for entry in check["parameters"])
    assert [pack["pack"] for pack in found["packs"]] == [name for name, _ in list_packs()]
    assert json.loads(json.dumps(found)) == found


def test_the_list_in_words() -> None:
    lines = in_words(catalog()).splitlines()
    at = lines.index(next(line for line in lines if line.startswith("synthetic-cap (composition): ")))

    assert lines[at + 1] == "    docs/rules.md#synthetic-cap; a ratchet holds against higher values"
    assert " ".join(lines[at + 2].split()) == "max required; at least 0; at most 1; unit share; stricter: lower"
    assert any(line.startswith("    baseline@1 ") and line.endswith(" rules)") for line in lines)


def test_a_policy_is_resolved_by_name_and_all_without_one() -> None:
    files = {
        "headwater.yaml": b"budget: 1\n",
        **{
            f"policies/{name}.yaml": f"{HEAD.replace('team', name)}extends: [{{pack: {pack}}}]\n".encode()
            for name, pack in (("a", "baseline@1"), ("b", "a"))
        },
    }
    whole = explain_resolved(None, files, Sources())

    assert explain_resolved("b", files, Sources()) in whole
    assert [policy.id for policy in collect({"all.yaml": whole.encode()}).policies] == ["a", "b"]
    assert "of baseline@1" in explain_resolved("b", files, Sources())
    with pytest.raises(UsageError, match="bb is no policy or pack here; did you mean b"):
        explain_resolved("bb", files, Sources())


def test_a_shipped_pack_is_resolved_and_is_what_applies_without_a_policy() -> None:
    pack = explain_resolved("baseline@1", {}, Sources())

    assert pack == explain_resolved(None, {}, Sources())
    assert pack == explain_resolved("baseline", {}, Sources())
