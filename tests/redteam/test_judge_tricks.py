"""Pull requests that swap, blind or forge the judge: other revisions, links, attributes, evidence, waivers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from redteam.pull_request import CLINICAL, TEAM, WAIVER, PullRequest, blocking, rows, told

from checker.errors import HeadwaterError, UsageError
from checker.run import Target, check

Trick = Callable[[PullRequest], None]
BAD = {"a.jsonl": rows(10, 90)}
LOOSE = TEAM.replace("max: 0.2", "max: 0.3")


def link(change: PullRequest, path: str, target: str) -> None:
    """A symlink in place of what is there."""
    (change.path / path).symlink_to(target)


def policies_behind_a_link(change: PullRequest) -> None:
    change.git("mv", "policies", "rules")
    link(change, "policies", "rules")


def policy_behind_a_link(change: PullRequest) -> None:
    change.git("mv", "policies/team.yaml", "team.txt")
    link(change, "policies/team.yaml", "../team.txt")


def policies_in_a_submodule(change: PullRequest) -> None:
    change.remove("policies")
    commit = change.git("rev-parse", "HEAD").strip()
    change.git("update-index", "--add", "--cacheinfo", f"160000,{commit},policies")
    (change.path / "policies").mkdir()


def settings_in_capitals(change: PullRequest) -> None:
    change.write("HEADWATER.yaml", "datasets: []\n")


def folder_in_capitals(change: PullRequest) -> None:
    change.write("Policies/Team.yaml", LOOSE)


def name_with_a_dot(change: PullRequest) -> None:
    change.write("policies./team.yaml", LOOSE)


def wide_letters(change: PullRequest) -> None:
    change.write("ｐolicies/team.yaml", LOOSE)


def baseline_in_capitals(change: PullRequest) -> None:
    change.write("governance/Baseline.txt", "")


def filtered(change: PullRequest) -> None:
    change.write(".gitattributes", "policies/*.yaml filter=rewrite\n")


def hidden_from_review(change: PullRequest) -> None:
    change.write(".gitattributes", "policies/** linguist-generated -diff\n")


def merged_by_a_driver(change: PullRequest) -> None:
    change.write("governance/.gitattributes", "groups.yaml merge=union\n")


def in_another_encoding(change: PullRequest) -> None:
    change.write("policies/.gitattributes", "* working-tree-encoding=ISO-8859-1\n")


def left_out_of_archives(change: PullRequest) -> None:
    change.write(".gitattributes", "headwater.yaml export-ignore\n")


def by_a_macro(change: PullRequest) -> None:
    change.write(".gitattributes", "[attr]calm -diff\npolicies/** calm\n")


def behind_many_lines(change: PullRequest) -> None:
    """git reads up to 100 MiB of attributes."""
    change.write(".gitattributes", "\n" * 1_100_000 + "policies/** -diff\n")


def as_git_reads_it(change: PullRequest) -> None:
    change.write(".gitattributes", '"polic\\151es/**" note=\f -diff\n')


def huge_policy(change: PullRequest) -> None:
    change.write("policies/huge.yaml", CLINICAL + "# " + "x" * 17_000_000)


def many_policies(change: PullRequest) -> None:
    for number in range(2100):
        change.write(f"policies/p{number}.yaml", "")


def alias_bomb(change: PullRequest) -> None:
    change.write("policies/bomb.yaml", "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(9)))


def deep_policy(change: PullRequest) -> None:
    change.write("policies/deep.yaml", "[" * 50_000)


def two_of_one_id(change: PullRequest) -> None:
    change.write("policies/zz.yaml", LOOSE)


def the_same_key_twice(change: PullRequest) -> None:
    change.edit("policies/team.yaml", "max: 0.2", "max: 0.2, max: 0.3")


def loosened_by_inheritance(change: PullRequest) -> None:
    change.edit(
        "policies/team.yaml",
        "  - id: cap\n",
        "  - {id: synthetic-cap, check: synthetic-cap, with: {max: 0.9}}\n  - id: cap\n",
    )


def unwaivable_waived(change: PullRequest) -> None:
    text = WAIVER.replace("wv-old", "wv-new").replace("team/cap", "team/flags").replace("max: 0.4", "min_coverage: 0.1")
    change.write("waivers/new.yaml", text)


def endless_waiver(change: PullRequest) -> None:
    text = WAIVER.replace("wv-old", "wv-new").replace("2026-12-20", "2036-12-20")
    change.write("waivers/new.yaml", text)


def endless_waiver_without_a_beginning(change: PullRequest) -> None:
    endless_waiver(change)
    change.edit("waivers/new.yaml", 'not_before: "2026-11-01"\n', "")


def extreme_waiver(change: PullRequest) -> None:
    change.write("waivers/new.yaml", WAIVER.replace("wv-old", "wv-new").replace("max: 0.4", "max: 1.0"))


def waiver_without_a_day(change: PullRequest) -> None:
    text = WAIVER.replace("wv-old", "wv-new")
    change.write("waivers/new.yaml", text[: text.index("expires")])


def policy_in_utf16(change: PullRequest) -> None:
    change.write("policies/team.yaml", LOOSE.encode("utf-16"))


def pack_behind_its_pin(change: PullRequest) -> None:
    change.edit("packs/org.yaml", "0.9", "0.1")


def pack_deleted(change: PullRequest) -> None:
    change.remove("packs")


def pack_behind_a_link(change: PullRequest) -> None:
    change.git("mv", "packs", "others")
    link(change, "packs", "others")


def pack_of_ones_own(change: PullRequest) -> None:
    """Nothing is asked of a server that only the change names: the test has no network, and needs none."""
    pin = f"include: [{{git: 'https://attacker.example/packs', commit: {'a' * 40}, path: org.yaml}}]\n"
    text = change.read("policies/crawl.yaml")
    lines = [pin if line.startswith("include") else line for line in text.splitlines(keepends=True)]
    change.write("policies/crawl.yaml", "".join(lines))


INVALID = "headwater/policy-invalid"
MISNAMED = "headwater/policy-misnamed"
MASKED = "headwater/policy-masked"
UNAPPROVED = "headwater/waiver-unapproved"
REFUSED = [
    pytest.param(policies_behind_a_link, INVALID, "policies is a symlink", id="policies behind a link"),
    pytest.param(policy_behind_a_link, INVALID, "policies/team.yaml is a symlink", id="policy behind a link"),
    pytest.param(policies_in_a_submodule, INVALID, "policies is a submodule", id="policies in a submodule"),
    pytest.param(settings_in_capitals, MISNAMED, "HEADWATER.yaml is headwater.yaml on", id="settings in capitals"),
    pytest.param(folder_in_capitals, MISNAMED, "Policies/Team.yaml is policies/team.yaml on", id="policy in capitals"),
    pytest.param(name_with_a_dot, MISNAMED, "policies./team.yaml is policies/team.yaml on", id="folder with a dot"),
    pytest.param(wide_letters, MISNAMED, "is policies/team.yaml on", id="look-alike letters"),
    pytest.param(baseline_in_capitals, MISNAMED, "governance/Baseline.txt is", id="baseline in capitals"),
    pytest.param(filtered, MASKED, "gets the attribute filter=rewrite", id="filter on policies"),
    pytest.param(hidden_from_review, MASKED, "gets the attribute linguist-generated", id="hidden from review"),
    pytest.param(
        merged_by_a_driver, MASKED, "governance/groups.yaml gets the attribute merge=union", id="merge driver"
    ),
    pytest.param(in_another_encoding, MASKED, "working-tree-encoding=ISO-8859-1", id="another encoding"),
    pytest.param(left_out_of_archives, MASKED, "export-ignore", id="left out of archives"),
    pytest.param(by_a_macro, MASKED, "[attr]calm gets the attribute -diff", id="attributes by a macro"),
    pytest.param(behind_many_lines, MASKED, ".gitattributes is too long", id="attributes behind a mebibyte"),
    pytest.param(as_git_reads_it, MASKED, "gets the attribute -diff", id="attributes in quotes"),
    pytest.param(huge_policy, INVALID, "policies/huge.yaml", id="a huge policy"),
    pytest.param(many_policies, INVALID, "2,100 files that rule", id="thousands of policies"),
    pytest.param(alias_bomb, INVALID, "policies/bomb.yaml", id="alias bomb"),
    pytest.param(deep_policy, INVALID, "policies/deep.yaml", id="deep nesting"),
    pytest.param(two_of_one_id, INVALID, "the policy id team is used", id="two policies of one id"),
    pytest.param(the_same_key_twice, INVALID, "max", id="a limit twice"),
    pytest.param(loosened_by_inheritance, INVALID, "would loosen max", id="a pack loosened"),
    pytest.param(unwaivable_waived, INVALID, "team/flags", id="waiver for what cannot be waived"),
    pytest.param(endless_waiver, INVALID, "wv-new would hold for", id="waiver for ten years"),
    pytest.param(
        endless_waiver_without_a_beginning, UNAPPROVED, "wv-new would hold for", id="waiver for ten years from now on"
    ),
    pytest.param(extreme_waiver, INVALID, "waivers/new.yaml", id="waiver that switches the rule off"),
    pytest.param(waiver_without_a_day, INVALID, "expires", id="waiver without an end"),
    pytest.param(pack_behind_its_pin, INVALID, "another one is pinned", id="pack changed behind its pin"),
    pytest.param(pack_deleted, INVALID, "packs/org.yaml is included and is not there", id="pack deleted"),
    pytest.param(pack_behind_a_link, INVALID, "packs", id="pack behind a link"),
    pytest.param(pack_of_ones_own, INVALID, "attacker.example/packs", id="pack from a server of one's own"),
    pytest.param(policy_in_utf16, INVALID, "policies/team.yaml", id="policy in UTF-16"),
]


@pytest.mark.parametrize(("trick", "rule", "words"), REFUSED)
def test_what_blinds_the_judge_is_refused(pull_request: PullRequest, trick: Trick, rule: str, words: str) -> None:
    trick(pull_request)
    report = pull_request.judge()
    assert report.verdict != "pass"
    found = [outcome for outcome in blocking(report) if outcome.rule == rule]
    assert words in told(found), told(blocking(report))


def approved_by_nobody(change: PullRequest) -> None:
    change.write("waivers/new.yaml", WAIVER.replace("wv-old", "wv-new").replace("approved_by: [gita]\n", ""))


def approved_by_its_author(change: PullRequest) -> None:
    text = WAIVER.replace("wv-old", "wv-new").replace("requested_by: ana", "requested_by: gita")
    change.write("waivers/new.yaml", text)


def approved_by_a_new_member(change: PullRequest) -> None:
    change.write("waivers/new.yaml", WAIVER.replace("wv-old", "wv-new").replace("[gita]", "[mallory]"))
    change.edit("governance/groups.yaml", "[gita]", "[gita, mallory]")


def unsigned(change: PullRequest) -> None:
    change.git("switch", "--quiet", "main")
    change.edit("policies/team.yaml", "max_days: 60", "max_days: 60, signatures: required")
    change.remove("waivers")
    change.commit("Ask for signatures")
    change.git("switch", "--quiet", "proposal")
    change.git("merge", "--quiet", "--ff-only", "main")
    change.write("waivers/new.yaml", WAIVER.replace("wv-old", "wv-new"))


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param(approved_by_nobody, id="nobody"),
        pytest.param(approved_by_its_author, id="who asks for it"),
        pytest.param(approved_by_a_new_member, id="a member of the change's own making"),
        pytest.param(unsigned, id="a name without its signature"),
    ],
)
def test_a_waiver_that_is_not_approved_is_refused(pull_request: PullRequest, trick: Trick) -> None:
    trick(pull_request)
    report = pull_request.judge()
    found = [one for one in blocking(report) if one.rule == UNAPPROVED]
    assert "the waiver wv-new is not approved: it needs 1 approver of governance" in told(found), told(blocking(report))


def test_a_waiver_of_the_change_does_not_relieve_it(pull_request: PullRequest) -> None:
    text = WAIVER.replace("wv-old", "wv-new").replace("data/old", "data/train").replace("0.4", "0.95")
    pull_request.write("waivers/new.yaml", text)
    pull_request.track("data/train", BAD)
    report = pull_request.judge()
    assert "team/cap fail data/train" in told(blocking(report))
    added = [outcome for outcome in report.outcomes if outcome.rule == "headwater/waiver-added"]
    assert "it takes effect once it is merged" in told(added)


def test_a_baseline_of_the_change_does_not_relieve_it(pull_request: PullRequest) -> None:
    pull_request.track("data/train", BAD)
    oid = pull_request.read("data/train.dvc").split()[3]
    shard = pull_request.keep(BAD["a.jsonl"])
    pull_request.write(
        "governance/baseline.txt",
        f"team/cap data/train - md5:{oid}\nteam/cap data/train shard=a.jsonl md5:{shard}\n",
    )
    found = told(blocking(pull_request.judge()))
    assert "team/cap fail data/train" in found
    assert "the baseline has grown by 2" in found


def test_a_pull_request_on_another_one_is_judged_by_the_default_branch(pull_request: PullRequest) -> None:
    """The base of a stacked pull request may itself be loose."""
    pull_request.edit("policies/team.yaml", "max: 0.2", "max: 0.3")
    pull_request.commit("Loosen")
    pull_request.git("branch", "stacked")
    pull_request.track("data/train", {"a.jsonl": rows(50, 50)})
    found = told(blocking(pull_request.judge(base="refs/heads/stacked")))
    assert "team/cap fail data/train" in found
    assert "team/cap: max from 0.2 to 0.3" in found


def test_data_moved_by_the_base_of_a_stacked_pull_request_is_missed(pull_request: PullRequest) -> None:
    pull_request.remove("data/train.dvc")
    pull_request.track("corpora/train", BAD)
    pull_request.commit("Move")
    pull_request.git("branch", "stacked")
    pull_request.write("notes.txt", "nothing else\n")
    assert "policy/moved-out fail" in told(blocking(pull_request.judge(base="refs/heads/stacked")))


def test_an_old_branch_is_judged_by_the_policy_of_today(pull_request: PullRequest) -> None:
    pull_request.track("data/train", {"a.jsonl": rows(85, 15)})
    pull_request.commit()
    pull_request.on_main(("policies/team.yaml", TEAM.replace("max: 0.2", "max: 0.05")))
    assert "the cap is 5%" in told(blocking(pull_request.judge()))


def test_a_merge_that_keeps_its_own_policy_is_refused(pull_request: PullRequest) -> None:
    """`git merge -s ours`: the history has the stricter policy, the tree does not."""
    pull_request.write("notes.txt", "mine\n")
    pull_request.commit()
    pull_request.on_main(("policies/team.yaml", TEAM.replace("max: 0.2", "max: 0.15")))
    pull_request.git("merge", "--quiet", "-s", "ours", "-m", "Merge main", "main")
    assert "team/cap: max from 0.15 to 0.2" in told(blocking(pull_request.judge()))


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param("HEAD", id="the head itself"),
        pytest.param("refs/heads/proposal", id="its branch"),
        pytest.param("HEAD~1", id="an earlier commit of the change"),
    ],
)
def test_a_change_is_not_its_own_judge(pull_request: PullRequest, reference: str) -> None:
    pull_request.write("policies/team.yaml", LOOSE)
    pull_request.commit()
    with pytest.raises(UsageError, match="is part of the change that it would judge"):
        pull_request.judge(policy_ref=reference)


def test_a_branch_called_as_the_default_one_is_not_its_own_judge(pull_request: PullRequest) -> None:
    """A fork whose branch is `main`, fetched where no remote's branch tells otherwise."""
    pull_request.git("remote", "add", "origin", "https://example.org/data.git")
    pull_request.git("branch", "target", "main")
    pull_request.git("switch", "--quiet", "main")
    pull_request.write("policies/team.yaml", LOOSE)
    with pytest.raises(UsageError, match="is part of the change that it would judge"):
        pull_request.judge(base="refs/heads/target")


@pytest.mark.parametrize("kind", ["tags", "remotes/origin"])
def test_a_tag_named_as_the_policy_revision_is_not_followed(pull_request: PullRequest, kind: str) -> None:
    pull_request.write("policies/team.yaml", LOOSE)
    pull_request.commit()
    pull_request.git("update-ref", f"refs/{kind}/trusted", "HEAD")
    pull_request.git("branch", "trusted", "main")
    with pytest.raises(UsageError, match="trusted is ambiguous") if kind == "tags" else pytest.raises(HeadwaterError):
        pull_request.judge(policy_ref="trusted" if kind == "tags" else "refs/remotes/origin/trusted")


def test_replaced_objects_are_not_believed(pull_request: PullRequest) -> None:
    """`refs/replace` would let every reader of the policy's blob see another one."""
    strict = pull_request.git("rev-parse", "main:policies/team.yaml").strip()
    (pull_request.path.parent / "loose").write_text(LOOSE)
    loose = pull_request.git("hash-object", "-w", str(pull_request.path.parent / "loose")).strip()
    pull_request.git("replace", strict, loose)
    pull_request.track("data/train", {"a.jsonl": rows(50, 50)})
    assert "the cap is 20%" in told(blocking(pull_request.judge()))


def test_grafted_history_is_not_believed(pull_request: PullRequest) -> None:
    pull_request.edit("policies/team.yaml", "max: 0.2", "max: 0.3")
    pull_request.commit()
    head = pull_request.git("rev-parse", "HEAD").strip()
    pull_request.git("replace", "--graft", "main", head)
    assert "team/cap: max from 0.2 to 0.3" in told(blocking(pull_request.judge()))


def test_variables_of_git_do_not_choose_another_judge(
    pull_request: PullRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pull_request.edit("policies/team.yaml", "max: 0.2", "max: 0.3")
    pull_request.commit()
    settings = tmp_path / "gitconfig"
    settings.write_text("[core]\n\tattributesFile = /dev/null\n[diff]\n\texternal = false\n")
    for name, value in {
        "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_NAMESPACE": "other",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_REPLACE_REF_BASE": "refs/heads/",
    }.items():
        monkeypatch.setenv(name, value)
    request = pull_request.request()
    assert "team/cap: max from 0.2 to 0.3" in told(blocking(check(request)))


def test_evidence_of_the_change_is_not_believed(pull_request: PullRequest) -> None:
    """A folder of evidence in the tree, and a store that the proposed settings name."""
    pull_request.track("data/train", BAD)
    pull_request.write(".headwater/evidence/forged", "{}")
    pull_request.edit("headwater.yaml", "signed: required", "signed: optional, stores: [file:///tmp/forged]")
    found = told(blocking(pull_request.judge()))
    assert "team/cap fail data/train" in found
    assert "evidence is believed from file:///tmp/forged too" in found


def test_the_remote_of_the_change_is_told_and_not_used(pull_request: PullRequest) -> None:
    config = pull_request.read(".dvc/config")
    pull_request.write(".dvc/config", config.replace("../store", "https://attacker.example/store"))
    report = pull_request.judge(warnings_block=True)
    assert "headwater/remote-config" in told(blocking(report))


def test_a_shallow_clone_is_no_way_around(pull_request: PullRequest, tmp_path: Path) -> None:
    pull_request.edit("policies/team.yaml", "max: 0.2", "max: 0.3")
    pull_request.commit()
    pull_request.write("notes.txt", "more\n")
    pull_request.commit()
    pull_request.on_main(("notes.txt", "other\n"))
    pull_request.git("switch", "--quiet", "main")
    clone = tmp_path / "shallow"
    where = f"file://{pull_request.path}"
    pull_request.git("clone", "--quiet", "--depth", "1", "--no-single-branch", "-b", "proposal", where, str(clone))
    for base in ("refs/remotes/origin/main", None):
        with pytest.raises(HeadwaterError, match="shallow"):
            check(PullRequest(clone).request(base))
    staged = PullRequest(clone).request(None, target=Target.INDEX, rev=None)
    assert "team/cap: max from 0.2 to 0.3" in told(blocking(check(staged)))
