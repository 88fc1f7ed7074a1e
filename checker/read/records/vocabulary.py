"""The words: which fields of a record mean what, and which values say human, machine, yes, no or nothing."""

from __future__ import annotations

from collections.abc import Mapping

ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("id", "doc_id", "uuid", "message_id", "prompt_id", "conversation_hash", "conversation_id"),
        *("warc_record_id", "blob_id", "hexsha", "key", "SAMPLE_ID", "metadata.id"),
    ),
    "text": (
        *("text", "raw_content", "content", "body", "document", "output", "completion", "response", "generation"),
        *("TEXT", "caption"),
    ),
    "turns": ("messages", "conversation", "conversations"),
    "source": (
        *("source", "source_id", "meta.pile_set_name", "meta.redpajama_set_name", "dataset", "subset", "collection"),
        *("metadata.source", "origin_dataset"),
    ),
    "url": (
        *("url", "URL", "uri", "metadata.url", "meta.url", "source_url", "link", "warc_headers.warc-target-uri"),
        *("metadata.WARC-Target-URI", "page_url", "image_url"),
    ),
    "snapshot": ("dump", "cc_segment", "snapshot_id", "crawl", "metadata.dump"),
    "file_path": ("file_path", "metadata.file_path"),
    "collected_at": (
        *("collected_at", "added", "date_download", "crawled_at", "crawl_date", "fetched_at", "retrieved_at"),
        *("visit_date", "metadata.WARC-Date", "date", "timestamp"),
    ),
    "created_at": (
        *("created", "created_at", "created_date", "published", "date_published", "revision_date", "generated_at"),
        *("timestamp", "date"),
    ),
    "license": (
        *("license", "licenses", "metadata.license", "LICENSE", "detected_licenses", "max_stars_repo_licenses"),
        "license_type",
    ),
    "author": ("author", "authors", "metadata.author", "metadata.authors", "user_id"),
    "capture_method": ("capture_method", "collection_method", "ingest_method"),
    "origin": (
        *("origin", "provenance.origin", "synthetic", "is_synthetic", "generated_by_ai", "is_ai", "ai_generated"),
        *("machine_generated", "label", "kind"),
    ),
    "origin_kind": ("origin_kind", "provenance.origin_kind", "kind"),
    "origin_confidence": ("origin_confidence", "ai_prob", "synthetic_score", "p_ai", "detector.score"),
    "generator": (
        *("generator", "model_name", "model", "generation_model", "teacher_model", "llm", "source_model"),
        "metadata.model",
    ),
    "parents": (
        *("parents", "parent_id", "derived_from", "source_ids", "seed_id", "prov.wasDerivedFrom", "warc_record_id"),
    ),
    "transforms": ("transforms", "transformations", "processing", "filters", "history"),
    "language": ("language", "lang", "language_code", "metadata.language"),
    "domain": ("domain_class", "domain", "category", "topic", "subject"),
    "review": ("review_result", "review_status", "review.status", "reviewed", "human_verified", "verified"),
    "reviewer": ("approved_by", "annotator"),
    "vendor": ("vendor", "provider", "supplier"),
    "weight": ("weight", "sample_weight"),
    # Companions: they carry no provenance of their own, they say how to read another field.
    "preference": ("chosen", "rejected", "preference", "judge", "model_a", "winner"),
}

# The fields whose share of filled records is counted, in the order of the documentation.
COVERED = (
    *("id", "source", "url", "source_or_url", "collected_at", "created_at", "license", "author", "capture_method"),
    *("origin", "origin_flag", "origin_confidence", "generator", "parents", "language", "review", "vendor", "weight"),
    "transforms",
)

# A value of these says nothing. A text longer than LONGEST_BLANK is never one, so readers need not look it up.
BLANK_WORDS = frozenset(
    {"", "-", "?", "n/a", "na", "nan", "none", "null", "nil", "unknown", "undefined", "tbd", "[]", "{}"}
)
LONGEST_BLANK = 9
BLANKS: frozenset[object] = frozenset(
    {None, (), " "} | {form for word in BLANK_WORDS for form in (word, word.upper(), word.title(), word.capitalize())}
)

YES = frozenset({"true", "yes", "y", "t", "1", "1.0"})
NO = frozenset({"false", "no", "n", "f", "0", "0.0"})

HUMAN_WORDS = frozenset(
    {
        *("human", "person", "people", "real", "actual", "organic", "authored", "human-written", "human-generated"),
        *("non-synthetic", "expert-generated", "crowdsourced", "digitalcapture", "digitalcreation", "humanedits"),
    }
)
MACHINE_WORDS = frozenset(
    {
        *("machine", "synthetic", "ai", "llm", "model", "gpt", "chatgpt", "generated", "machine-generated"),
        *("ai-generated", "model-generated", "synthetic-data", "trainedalgorithmicmedia", "trainedalgorithmicdata"),
        *("algorithmicmedia", "datadrivenmedia"),
    }
)
MIXED_WORDS = frozenset(
    {"mixed", "hybrid", "human+machine", "human-and-machine", "compositewithtrainedalgorithmicmedia"}
)

HUMAN_KINDS = frozenset({"captured", "authored", "human_edited", "ocr", "asr"})
MACHINE_KINDS = frozenset(
    {
        *("machine_translated", "paraphrased", "generative", "generative_edit", "distilled", "procedural"),
        *("simulated", "augmented", "labelled_by_model"),
    }
)
KINDS = HUMAN_KINDS | MACHINE_KINDS
# `labelled_by_model` and `ocr` say who made labels or letters, not who made the text.
TELLING_KINDS = (HUMAN_KINDS | MACHINE_KINDS) - {"labelled_by_model", "ocr", "asr"}
KIND_SYNONYMS = {
    "rephrased": "paraphrased",
    "translated": "machine_translated",
    "generated": "generative",
    "distillation": "distilled",
    "labeled_by_model": "labelled_by_model",
    "simulation": "simulated",
    "augmentation": "augmented",
}

MACHINE_ROLES = frozenset({"assistant", "gpt", "model", "bot", "chatgpt", "ai", "llm"})
HUMAN_ROLES = frozenset({"user", "human", "prompter"})
EXCLUDED_ROLES = frozenset({"system", "developer"})

# These state the chance that a machine made the record, not the confidence in the stated origin.
MACHINE_CHANCES = frozenset({"ai_prob", "synthetic_score", "p_ai", "detector.score"})
FLAG_FIELDS = frozenset({"synthetic", "is_synthetic", "generated_by_ai", "is_ai", "ai_generated", "machine_generated"})

REVIEW_PASSED = YES | {"approved", "accepted", "accept", "pass", "passed", "ok", "verified", "reviewed", "done"}

PROGRAMMING_LANGUAGES = frozenset(
    {
        *("python", "c", "c++", "cpp", "c#", "csharp", "java", "javascript", "typescript", "go", "golang", "rust"),
        *("ruby", "php", "perl", "r", "matlab", "julia", "kotlin", "swift", "scala", "haskell", "lua", "shell", "bash"),
        *("sql", "html", "css", "xml", "json", "yaml", "toml", "markdown", "tex", "latex", "dockerfile", "makefile"),
        *("assembly", "fortran", "cobol", "ada", "objective-c", "visual-basic", "powershell", "batchfile", "code"),
        *("jupyter-notebook", "solidity", "verilog", "vhdl", "cuda", "dart", "elixir", "erlang", "clojure", "ocaml"),
    }
)
