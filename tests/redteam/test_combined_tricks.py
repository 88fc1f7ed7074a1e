"""Pull requests that combine what is harmless alone: a rename and another label, a waiver and another asker."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redteam.pull_request import CARD, PullRequest, blocking, rows, told

Trick = Callable[[PullRequest], None]
TRAIN = {"a.jsonl": rows(90, 10), "b.jsonl": rows(95, 5)}
CLINIC = {"a.jsonl": rows(40, domain="health"), "b.jsonl": rows(40, domain="sport")}
BAD = {"a.jsonl": rows(10, 90)}
MOVED = "policy/moved-out"
EXTRA = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: extra}
rules:
  - {id: cap, check: synthetic-cap, level: warn, with: {max: 0.9}}
"""


def on_main(change: PullRequest, *edits: Callable[[], None]) -> None:
    """Let `main` have these edits first, and the branch with it."""
    change.git("switch", "--quiet", "main")
    for edit in edits:
        edit()
    change.commit("Agree on more")
    change.git("switch", "--quiet", "proposal")
    change.git("merge", "--quiet", "--ff-only", "main")


def renamed_and_relabeled(change: PullRequest) -> None:
    change.remove("data/clinic.dvc")
    change.track("data/ward", {"a.jsonl": rows(40, 6, domain="sport"), "b.jsonl": CLINIC["b.jsonl"]})


def split_and_relabeled(change: PullRequest) -> None:
    change.track("data/clinic", {"b.jsonl": CLINIC["b.jsonl"]})
    change.track("data/ward", {"a.jsonl": rows(40, 8, domain="sport")})


def shard_renamed(change: PullRequest) -> None:
    policy = (
        "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: notes}\n"
        "select: {datasets: [data/train], paths: ['a*.jsonl']}\n"
        "rules:\n  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.15, per: [dataset]}}\n"
    )
    on_main(change, lambda: change.write("policies/notes.yaml", policy))
    change.track("data/train", {"n.jsonl": rows(82, 18), "b.jsonl": TRAIN["b.jsonl"]})


def split_into_training_data(change: PullRequest) -> None:
    """`web/**` is training data by the settings, and only what is labeled `web` is judged there."""
    change.track("data/train", {"a.jsonl": TRAIN["a.jsonl"]})
    change.track("web/extra", {"b.jsonl": TRAIN["b.jsonl"], "c.jsonl": BAD["a.jsonl"]})


def to_another_role_and_rewritten(change: PullRequest) -> None:
    """Each shard has a record more, so none of them tells where it comes from."""
    entry = "  - {path: data/eval/**, role: eval, domain: sport, values: {origin: {bot: machine}}}\n"
    on_main(change, lambda: change.edit("headwater.yaml", "datasets:\n", f"datasets:\n{entry}"))
    change.remove("data/clinic.dvc")
    change.track("data/eval/clinic", {"a.jsonl": rows(41, 6, domain="health"), "b.jsonl": rows(41, domain="sport")})


ESCAPES = [
    pytest.param(
        renamed_and_relabeled,
        "40 of 40 records of data/clinic are of domain health no longer, for which clinical/no-machine is: "
        "with data/ward there are 86 records, were 80",
        id="renamed, with records of another domain",
    ),
    pytest.param(
        split_and_relabeled,
        "40 of 40 records of data/clinic are of domain health no longer",
        id="split, with records of another domain",
    ),
    pytest.param(
        shard_renamed, "100 of 100 records are in [a*.jsonl] no longer, for which notes/cap is", id="a shard renamed"
    ),
    pytest.param(
        split_into_training_data,
        "web/extra, which no rule is for, holds 1 shards that data/train had",
        id="split, into training data that no rule is for",
    ),
    pytest.param(
        to_another_role_and_rewritten,
        "data/eval/clinic comes in, out of reach of clinical/no-machine",
        id="renamed to where another role is, and rewritten",
    ),
]


@pytest.mark.parametrize(("trick", "words"), ESCAPES)
def test_what_leaves_judgement_by_two_steps_at_once_is_refused(
    pull_request: PullRequest, trick: Trick, words: str
) -> None:
    trick(pull_request)
    report = pull_request.judge()
    assert report.verdict != "pass"
    assert words in told(one for one in blocking(report) if one.rule == MOVED), told(blocking(report))


def test_records_relabeled_by_the_base_of_a_stacked_pull_request_are_missed(pull_request: PullRequest) -> None:
    pull_request.track("data/clinic", {**CLINIC, "a.jsonl": rows(40, domain="sport")})
    pull_request.commit("Relabel")
    pull_request.git("branch", "stacked")
    pull_request.write("notes.txt", "nothing else\n")
    words = "40 of 40 records of data/clinic are of domain health no longer"
    assert words in told(blocking(pull_request.judge(base="refs/heads/stacked")))


def test_a_renamed_dataset_may_keep_its_records(pull_request: PullRequest) -> None:
    pull_request.remove("data/clinic.dvc", "data/clinic.md")
    pull_request.track("data/ward", {**CLINIC, "c.jsonl": rows(30, domain="sport")})
    pull_request.write("data/ward.md", CARD.replace("true", "false"))
    assert told(blocking(pull_request.judge())) == ""


def test_a_dataset_may_be_deleted_while_another_one_grows(pull_request: PullRequest) -> None:
    pull_request.remove("data/clinic.dvc", "data/clinic.md")
    pull_request.track("data/train", {**TRAIN, "c.jsonl": rows(99, 1)})
    assert told(blocking(pull_request.judge())) == ""


def test_what_the_baseline_knew_does_not_come_back(pull_request: PullRequest) -> None:
    """An entry that nobody has pruned yet would wave the bad content through once more."""
    worse = {"a.jsonl": rows(40, 10, domain="sport"), "b.jsonl": CLINIC["b.jsonl"]}
    pull_request.track("data/clinic", worse)
    shard = pull_request.keep(worse["a.jsonl"])
    whole = pull_request.read("data/clinic.dvc").split()[3]
    pull_request.git("restore", "data/clinic.dvc")
    entries = f"team/cap data/clinic - md5:{whole}\nteam/cap data/clinic shard=a.jsonl md5:{shard}\n"
    on_main(pull_request, lambda: pull_request.write("governance/baseline.txt", entries))
    assert told(blocking(pull_request.judge())) == ""
    pull_request.track("data/clinic", worse)
    words = f"data/clinic is again what the baseline knows for team/cap (md5:{min(whole, shard)}), and was mended since"
    assert words in told(blocking(pull_request.judge()))


def test_what_the_baseline_knows_may_stay_while_the_rest_is_mended(pull_request: PullRequest) -> None:
    worse = {"a.jsonl": rows(60, 20), "b.jsonl": rows(60, 20)}
    shards = [pull_request.keep(worse["a.jsonl"])]
    entries = "".join(f"team/cap data/notes shard={name}.jsonl md5:{shards[0]}\n" for name in "ab")
    on_main(
        pull_request,
        lambda: pull_request.track("data/notes", worse),
        lambda: pull_request.write("governance/baseline.txt", entries),
    )
    pull_request.track("data/notes", {**worse, "b.jsonl": rows(90, 1)})
    assert "headwater/brought-back" not in told(blocking(pull_request.judge()))


@pytest.mark.parametrize(
    ("line", "path", "content"),
    [
        pytest.param("policies/extra*.yaml -diff", "policies/extra.yaml", EXTRA, id="a policy that no review shows"),
        pytest.param("governance/baseline.txt -merge", "governance/baseline.txt", "", id="a baseline of one side"),
    ],
)
def test_attributes_laid_out_before_their_file_comes(
    pull_request: PullRequest, line: str, path: str, content: str
) -> None:
    on_main(pull_request, lambda: pull_request.write(".gitattributes", f"*.bin -diff\n{line}\n"))
    pull_request.write(path, content)
    found = [one for one in blocking(pull_request.judge()) if one.rule == "headwater/policy-masked"]
    assert f"{path} gets the attribute {line.split()[1]}" in told(found)


def test_attributes_of_all_policies_are_no_news_of_one_more(pull_request: PullRequest) -> None:
    on_main(pull_request, lambda: pull_request.write(".gitattributes", "policies/*.yaml linguist-generated\n"))
    pull_request.write("policies/a-first.yaml", EXTRA)
    assert told(blocking(pull_request.judge())) == ""


def rule_and_waiver_renamed(change: PullRequest) -> None:
    change.edit("policies/team.yaml", "  - id: cap\n", "  - id: share\n")
    change.edit("waivers/old.yaml", "team/cap", "team/share")


def policy_called_a_test(change: PullRequest) -> None:
    change.edit("policies/team.yaml", "kind: Policy", "kind: PolicyTest")


def waiver_for_one_kind(change: PullRequest) -> None:
    text = change.read("waivers/old.yaml").replace("wv-old", "wv-new").replace("{max: 0.4}", "{kinds: [none-of-them]}")
    change.write("waivers/new.yaml", text)


def asker_with_an_unseen_character(change: PullRequest) -> None:
    text = change.read("waivers/old.yaml").replace("wv-old", "wv-new")
    change.write("waivers/new.yaml", text.replace("requested_by: ana", 'requested_by: "gita\\u200b"'))


HELD = [
    pytest.param(
        rule_and_waiver_renamed,
        "policy/loosened",
        "the waiver wv-old: for another rule, team/share, was team/cap",
        id="a rule renamed together with its waiver",
    ),
    pytest.param(
        policy_called_a_test,
        "headwater/policy-invalid",
        "holds policy tests and no policy",
        id="a policy called a test",
    ),
    pytest.param(
        waiver_for_one_kind,
        "headwater/policy-invalid",
        "all that it does not name would count no longer",
        id="waiver for all kinds but one",
    ),
    pytest.param(
        asker_with_an_unseen_character,
        "headwater/waiver-unapproved",
        "the waiver wv-new is not approved",
        id="who asks approves, by a character that nobody sees",
    ),
]


@pytest.mark.parametrize(("trick", "rule", "words"), HELD)
def test_what_only_looks_like_something_else_is_refused(
    pull_request: PullRequest, trick: Trick, rule: str, words: str
) -> None:
    trick(pull_request)
    found = [one for one in blocking(pull_request.judge()) if one.rule == rule]
    assert words in told(found)
