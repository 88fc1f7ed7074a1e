"""Reports to render: pure values, the same on every machine."""

from __future__ import annotations

from checker.model.composition import Cell, Composition, Origin, Tally
from checker.model.dataset import Snapshot, SnapshotKind
from checker.model.lineage import Gap, GapKind, Lineage, Link, Step
from checker.model.location import Location
from checker.model.outcome import Exemption, Outcome, Status
from checker.model.policy import Level, Stage
from checker.model.report import DatasetReport, PluginStamp, PolicyStamp, Report, ShardReport

COMMIT = "3f1c9a7be2d04c58a6b1e9f07d2c4b8e5a6f7d10"
BASE = "b7d2e4f6a8c0b1d3e5f7a9c2b4d6e8f0a1c3e5d7"
TREE = "9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d"
HUMAN, MACHINE, MIXED, UNKNOWN = Origin.HUMAN, Origin.MACHINE, Origin.MIXED, Origin.UNKNOWN


def digest(word: str) -> str:
    """A digest that looks like one and is the same everywhere."""
    import hashlib

    return "sha256:" + hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()


def composition(*cells: tuple[Origin, str, str, str, int]) -> Composition:
    """From (origin, domain, language, source, records)."""
    counted: dict[Cell, Tally] = {}
    for origin, domain, language, source, records in cells:
        kind = "generative" if origin is MACHINE else ""
        counted[Cell(origin, kind, domain, language, source)] = Tally(records=records, weight_micro=records * 1_000_000)
    return Composition(cells=dict(sorted(counted.items())))


def outcome(status: Status = Status.PASS, **given: object) -> Outcome:
    """An outcome with sensible defaults."""
    plain = Outcome(
        rule="core/synthetic-per-shard",
        check="synthetic-cap",
        status=status,
        level=Level.BLOCK,
        dataset="data/train/web",
        message="12.4% of records are machine-made, the cap is 20%",
        location=Location("data/train/web.dvc", 3),
        measured=0.124,
        limit=0.2,
        unit="records",
        evidence=(digest("web"), "md5:9a0364b9e99bb480dd25e1f0284c8555"),
        blocking=status is Status.FAIL,
    )
    return plain._replace(**given)  # type: ignore[arg-type]  # the names are those of Outcome's fields


def _web() -> DatasetReport:
    shards = (
        ("00.jsonl", composition((HUMAN, "code", "en", "python", 3_200), (MACHINE, "code", "en", "lm", 210))),
        ("01.jsonl", composition((HUMAN, "news", "en", "wire", 4_100), (MIXED, "news", "en", "chat", 160))),
        ("02.jsonl", composition((HUMAN, "news", "de", "wire", 2_000), (UNKNOWN, "", "de", "", 340))),
        ("07.jsonl", composition((HUMAN, "health", "en", "clinic", 2_430), (MACHINE, "health", "en", "lm", 1_105))),
    )
    whole: dict[Cell, Tally] = {}
    for _, part in shards:
        for cell, tally in part.cells.items():
            known = whole.get(cell, Tally())
            whole[cell] = known._replace(
                records=known.records + tally.records, weight_micro=known.weight_micro + tally.weight_micro
            )
    return DatasetReport(
        name="data/train/web",
        path="data/train/web",
        hash="9a0364b9e99bb480dd25e1f0284c8555.dir",
        shards=(
            *(
                ShardReport(path, digest(path)[7:39], 1_048_576 * (place + 1), part)
                for place, (path, part) in enumerate(shards)
            ),
            ShardReport("08.jsonl", digest("08")[7:39], None, None),
        ),
        shard_count=5,
        card="data/train/web.md",
        composition=Composition(cells=dict(sorted(whole.items())), bad_rows=2),
        lineage=_trail(),
    )


def _trail() -> Lineage:
    at = Location("dvc.yaml", 4)
    raw = Link("data/raw/crawl", "11aa22bb33cc44dd55ee66ff77889900.dir")
    vendor = Link(
        "data/raw/vendor",
        "99887766554433221100ffeeddccbbaa",
        kind="import",
        url="https://user:secret@git.example/vendor.git",
        rev_lock=BASE,
    )
    return Lineage(
        steps=(
            Step("data/raw/crawl.dvc", Location("data/raw/crawl.dvc", 1), outs=(raw,)),
            Step(
                "data/raw/vendor.dvc",
                Location("data/raw/vendor.dvc", 1),
                deps=(vendor,),
                outs=(Link("data/raw/vendor"),),
            ),
            Step(
                "clean",
                at,
                "python clean.py data/raw/crawl data/clean",
                (raw, Link("clean.py", "0c1d2e3f")),
                (Link("data/clean"),),
            ),
            Step(
                "generate",
                at,
                "python lm.py data/clean data/synthetic",
                (Link("data/clean"),),
                (Link("data/synthetic"),),
            ),
            Step(
                "mix",
                at,
                "python mix.py",
                (Link("data/clean"), Link("data/synthetic"), Link("data/raw/vendor")),
                (Link("data/train/web", "9a0364b9e99bb480dd25e1f0284c8555.dir"),),
            ),
        ),
        roots=("data/raw/crawl", "data/raw/vendor"),
        gaps=(
            Gap(
                GapKind.EDGE_HASH,
                "data/synthetic",
                "stage mix used another version of data/synthetic than the one that is tracked",
                Location("dvc.lock", 41),
                "run `dvc repro mix` and commit dvc.lock",
            ),
        ),
    )


def _gold() -> DatasetReport:
    return DatasetReport(
        name="data/gold/questions",
        path="data/gold/questions.jsonl",
        hash="d41d8cd98f00b204e9800998ecf8427e",
        shards=(
            ShardReport(
                "questions.jsonl",
                "d41d8cd98f00b204e9800998ecf8427e",
                73_400,
                composition((HUMAN, "health", "en", "clinic", 512)),
            ),
        ),
        shard_count=1,
        composition=composition((HUMAN, "health", "en", "clinic", 512)),
    )


def empty() -> Report:
    """Nothing selected, nothing judged."""
    return Report(
        tool_version="0.1.0",
        stage=Stage.COMMIT,
        snapshot=Snapshot(SnapshotKind.INDEX, "index"),
        base=Snapshot(SnapshotKind.EMPTY, "empty"),
        policies=(),
        datasets=(),
        outcomes=(),
    )


def clean() -> Report:
    """Everything holds."""
    return Report(
        tool_version="0.1.0",
        stage=Stage.PR,
        snapshot=Snapshot(SnapshotKind.REVISION, "feature/more-news", COMMIT, TREE),
        base=Snapshot(SnapshotKind.REVISION, "main", BASE, None),
        policies=(PolicyStamp("core", "1.2.0", digest("core"), BASE),),
        datasets=(_gold(), _web()),
        outcomes=(
            outcome(),
            outcome(
                dataset="data/gold/questions",
                rule="core/card-required",
                check="card-required",
                message="the card fills the 6 required fields",
                measured=6,
                limit=6,
                unit="fields",
                location=Location("data/gold/questions.md", 1),
                evidence=(digest("card"),),
            ),
        ),
        repository="acme/corpus",
    )


def failing() -> Report:
    """Every status, a waiver, what is deferred, and a proposed policy that informs."""
    return clean()._replace(
        as_of="2026-11-23",
        policies=(
            PolicyStamp("core", "1.2.0", digest("core"), BASE),
            PolicyStamp("core", "1.3.0", digest("core, proposed"), COMMIT, informs_only=True),
        ),
        plugins=(PluginStamp("acme-checks", "2.0.1", digest("acme-checks"), ("check license-count", "metric words")),),
        outcomes=(*clean().outcomes, *_bad(), *_soft(), *_proposed()),
        notes=(".dvc/config differs from the trusted revision; its remotes are not used",),
    )


def _bad() -> tuple[Outcome, ...]:
    return (
        outcome(
            Status.FAIL,
            scope=(("shard", "07.jsonl"),),
            message="31.3% of records in shard 07.jsonl are machine-made, the cap is 20%",
            measured=0.31258840169731,
            fix="move 498 machine-made records out of shard 07.jsonl, or add 1,990 real ones",
            evidence=(digest("07"), digest("08"), digest("09")),
        ),
        outcome(
            Status.FAIL,
            rule="clinical/no-unknown-provenance",
            check="unknown-provenance",
            scope=(("domain", "health"), ("shard", "02.jsonl")),
            message="340 records of unknown origin in domain health, none are allowed",
            measured=340,
            limit=0,
            fix="state the origin of each, or move them to data/quarantine",
        ),
        outcome(
            Status.NOT_EVALUATED,
            rule="core/unknown-cap",
            check="unknown-provenance",
            message="shard 08.jsonl could not be measured",
            reason="the object is neither in the cache nor in the remote",
            fix="run `dvc push` where the data is",
            measured=None,
            limit=0.05,
            blocking=True,
        ),
    )


def _soft() -> tuple[Outcome, ...]:
    return (
        outcome(
            Status.WARN,
            rule="core/license",
            check="license-allowed",
            level=Level.WARN,
            message="the licence of 12 records is not in the allow list",
            measured=12,
            limit=0,
            unit="records",
            location=Location("data/train/web.md", 7, 3),
            fix="replace `cc-by-nc` records",
        ),
        outcome(
            Status.WAIVED,
            rule="core/source-metadata",
            check="source-metadata",
            message="url is filled in 91% of records, 95% are demanded",
            measured=0.91,
            limit=0.95,
            unit="share",
            reason="waived by wv-2026-014 until 2026-12-15, 22 days left, ticket DATA-1182, approved by cy (verified)"
            " and bo (approver not verified), also by wv-2026-015",
            exemption=Exemption(
                "waiver",
                id="wv-2026-014",
                expires="2026-12-15",
                limit=0.9,
                approved_by=("bo", "cy"),
                verified=("cy",),
                ticket="DATA-1182",
                location=Location("waivers/legacy.yaml", 4, 16),
                others=("wv-2026-015",),
                days_left=22,
            ),
            covered_by=("wv-2026-014", "wv-2026-015"),
        ),
        outcome(
            Status.NOT_EVALUATED,
            rule="core/real-floor",
            check="real-floor",
            level=Level.WARN,
            message="the base version could not be measured",
            reason="deferred: the budget of this stage was spent",
            measured=None,
            limit=None,
            unit="",
        ),
    )


def _proposed() -> tuple[Outcome, ...]:
    return (
        outcome(
            Status.FAIL, informs_only=True, blocking=False, measured=0.124, limit=0.1, message="the cap would be 10%"
        ),
        outcome(
            informs_only=True, rule="core/card-required", check="card-required", measured=6, limit=6, unit="fields"
        ),
    )


def not_evaluated() -> Report:
    """A blocking rule without evidence, and nothing else that is wrong."""
    return clean()._replace(outcomes=(*clean().outcomes, _bad()[2]))


def many(shards: int = 10_000) -> Report:
    """One rule that fires on every shard."""
    parts = tuple(
        ShardReport(
            f"{number:05}.jsonl",
            f"{number:032x}",
            1_000 + number,
            composition((HUMAN, "web", "en", "", 700 + number % 90), (MACHINE, "web", "en", "", 300 - number % 90)),
        )
        for number in range(shards)
    )
    found = tuple(
        outcome(
            Status.FAIL,
            scope=(("shard", shard.path),),
            message=f"{shard.path}: 30% of records are machine-made, the cap is 20%",
            measured=0.3,
            fix="move 100 records",
            evidence=(digest(shard.path),),
        )
        for shard in parts
    )
    whole = composition((HUMAN, "web", "en", "", 700 * shards), (MACHINE, "web", "en", "", 300 * shards))
    dataset = _web()._replace(shards=parts, shard_count=shards, composition=whole)
    return clean()._replace(datasets=(dataset,), outcomes=found)


def evil(text: str) -> Report:
    """The same hostile string in every place that holds a string from the repository."""
    at = Location(text, 1, 1)
    shard = ShardReport(text, text, 1, composition((MACHINE, text, text, text, 1), (HUMAN, "", "", "", 2)))
    link = Link(text, text, kind="import", url=text, rev_lock=text)
    trail = Lineage(
        steps=(Step(text, at, text, (link, Link("other")), (Link(text, text),)),),
        roots=(text,),
        gaps=(Gap(GapKind.LOCK_STALE, text, text, at, text),),
    )
    said = outcome(
        Status.FAIL,
        rule=text,
        check=text,
        dataset=text,
        message=text,
        location=at,
        scope=(("shard", text), (text, text)),
        measured=text,
        limit=text,
        unit=text,
        fix=text,
        evidence=(text, text, text),
        reason=f"{text} because",
        reference=text,
    )
    return Report(
        tool_version="0.1.0",
        stage=Stage.PR,
        snapshot=Snapshot(SnapshotKind.REVISION, text, text, text),
        base=Snapshot(SnapshotKind.REVISION, text, text, text),
        policies=(PolicyStamp(text, text, text, text), PolicyStamp(text, text, text, text, informs_only=True)),
        plugins=(PluginStamp(text, text, text, (text, text)),),
        datasets=(DatasetReport(text, text, text, (shard, shard), 2, text, shard.composition, trail),),
        outcomes=(
            said,
            said._replace(status=Status.WARN, blocking=False, level=Level.WARN),
            said._replace(
                status=Status.WAIVED,
                blocking=False,
                exemption=Exemption("waiver", text, text, text, (text,), (text,), text, Location(text), (text,), 3),
                covered_by=(text,),
            ),
            said._replace(status=Status.NOT_EVALUATED, blocking=False),
            said._replace(status=Status.PASS, blocking=False),
            said._replace(informs_only=True, blocking=False),
        ),
        notes=(text,),
        repository=text,
        as_of=text,
    )


SAMPLES = {
    "empty": empty,
    "clean": clean,
    "failing": failing,
    "not-evaluated": not_evaluated,
}
