"""Pull requests that mean no harm: the gate lets them pass, and says what reviewers should see."""

from __future__ import annotations

from redteam.pull_request import CLINICAL, SETTINGS, TEAM, WAIVER, PullRequest, blocking, rows, told

TRAIN = {"a.jsonl": rows(90, 10), "b.jsonl": rows(95, 5)}


def passes(change: PullRequest) -> str:
    """Assert that nothing blocks, and return what is told besides."""
    report = change.judge()
    assert told(blocking(report)) == ""
    assert report.verdict == "pass"
    return told(outcome for outcome in report.outcomes if outcome.status.value == "warn")


def test_the_repository_passes_its_own_judgement(pull_request: PullRequest) -> None:
    passes(pull_request)


def test_clean_data(pull_request: PullRequest) -> None:
    pull_request.track("data/train", {**TRAIN, "c.jsonl": rows(50, 1)})
    passes(pull_request)


def test_clean_data_under_another_governed_name(pull_request: PullRequest) -> None:
    pull_request.remove("data/train.dvc", "data/train.md")
    pull_request.track("data/notes", TRAIN)
    pull_request.write("data/notes.md", "---\nlicense: cc-by-4.0\nlanguage: [en]\n---\n# Notes\n")
    assert "policy/moved-out" not in passes(pull_request)


def test_a_new_model_beside_the_data(pull_request: PullRequest) -> None:
    pull_request.track("data/train", {**TRAIN, "c.jsonl": rows(50, 1)})
    pull_request.track("models/net.bin", {"weights": b"not data"})
    passes(pull_request)


def test_deleted_records_are_not_records_of_another_domain(pull_request: PullRequest) -> None:
    pull_request.track("data/clinic", {"b.jsonl": rows(40, domain="sport")})
    passes(pull_request)


def test_a_stricter_policy(pull_request: PullRequest) -> None:
    pull_request.edit("policies/team.yaml", "max: 0.2", "max: 0.19")
    pull_request.write("policies/more.yaml", CLINICAL.replace("id: clinical", "id: more"))
    assert "headwater/policy-changed warn" in passes(pull_request)


def test_words_of_a_policy(pull_request: PullRequest) -> None:
    pull_request.edit(
        "policies/team.yaml", "  - id: cap\n", "  - id: cap\n    title: At most a fifth  # in each shard\n"
    )
    passes(pull_request)


def test_a_renamed_policy_that_is_as_strict(pull_request: PullRequest) -> None:
    pull_request.remove("policies/clinical.yaml")
    pull_request.write("policies/health.yaml", CLINICAL.replace("id: clinical", "id: health"))
    passes(pull_request)


def test_an_old_branch_does_not_loosen_what_others_tightened_since(pull_request: PullRequest) -> None:
    pull_request.track("data/train", {**TRAIN, "c.jsonl": rows(50, 1)})
    pull_request.commit()
    pull_request.on_main(
        ("policies/team.yaml", TEAM.replace("max: 0.2", "max: 0.19")),
        ("policies/more.yaml", CLINICAL.replace("id: clinical", "id: more")),
        ("headwater.yaml", SETTINGS.replace("budget: 5", "budget: 9")),
    )
    assert "headwater/policy" not in passes(pull_request)


def test_an_old_branch_that_tightens_elsewhere(pull_request: PullRequest) -> None:
    pull_request.edit("policies/clinical.yaml", "max: 0.1", "max: 0.09")
    pull_request.commit()
    pull_request.on_main(("policies/team.yaml", TEAM.replace("max: 0.2", "max: 0.19")))
    told_besides = passes(pull_request)
    assert "the change touches policies/clinical.yaml;" in told_besides
    assert "policies/team.yaml" not in told_besides


def test_an_old_branch_does_not_bring_back_what_others_deleted(pull_request: PullRequest) -> None:
    pull_request.edit("policies/clinical.yaml", "max: 0.1", "max: 0.09")
    pull_request.commit()
    pull_request.git("switch", "--quiet", "main")
    pull_request.remove("policies/crawl.yaml")
    pull_request.commit("Drop a policy")
    pull_request.git("switch", "--quiet", "proposal")
    passes(pull_request)


def test_an_approved_waiver_is_told_and_waits_for_its_merge(pull_request: PullRequest) -> None:
    pull_request.write("waivers/new.yaml", WAIVER.replace("wv-old", "wv-new").replace("data/old", "data/train"))
    words = "headwater/waiver-added warn : the waiver wv-new relaxes team/cap to {max: 0.4} for {dataset: data/train}"
    assert words in passes(pull_request)


def test_a_waiver_and_a_member_less(pull_request: PullRequest) -> None:
    pull_request.track("data/old", {"a.jsonl": rows(90, 5)})
    pull_request.remove("waivers")
    pull_request.write("governance/groups.yaml", pull_request.read("governance/groups.yaml").replace("gita", "max"))
    report = pull_request.judge()
    assert "the group governance gains max" in told(blocking(report))
    assert "wv-old" not in told(blocking(report))


def test_the_default_branch_may_say_that_loosening_is_only_warned_of(pull_request: PullRequest) -> None:
    pull_request.on_main(("headwater.yaml", f"{SETTINGS}loosening: warn\n"))
    pull_request.git("merge", "--quiet", "--ff-only", "main")
    pull_request.edit("policies/team.yaml", "max: 0.2", "max: 0.25")
    assert "policy/loosened warn : the change loosens what judges it: team/cap: max" in passes(pull_request)


def test_attributes_for_other_files_and_for_the_baseline(pull_request: PullRequest) -> None:
    pull_request.write(
        ".gitattributes", "*.bin filter=lfs -diff\ngovernance/baseline.txt merge=union\n# policies/** -diff\n"
    )
    passes(pull_request)
