"""The names of record fields that `headwater.yaml` can map. Data only."""

from __future__ import annotations

from collections.abc import Mapping

# Field -> what it holds. A test keeps the names equal to those that the record readers know.
RECORD_FIELDS: Mapping[str, str] = {
    "id": "what identifies the record",
    "text": "the text that is measured",
    "turns": "the turns of a conversation",
    "source": "the collection or system that the record comes from",
    "url": "where the record was taken",
    "snapshot": "the crawl or release",
    "file_path": "the file that the record comes from",
    "collected_at": "when the record was taken",
    "created_at": "when the text was written or generated",
    "license": "the license, or a list of those that all apply",
    "author": "who wrote the text",
    "capture_method": "how the record was taken: crawl, api, partner_feed, user_submission, sensor, ...",
    "origin": "who made the record: human, machine, mixed, unknown",
    "origin_kind": "the kind of making: authored, ocr, generative, paraphrased, machine_translated, ...",
    "origin_confidence": "how sure the origin is, 0 to 1",
    "generator": "the model or program that made the record",
    "parents": "the records that this one was made from",
    "transforms": "what was done to the record",
    "language": "the natural language",
    "domain": "the subject: health, legal, finance, ...",
    "review": "the result of a review",
    "reviewer": "who reviewed the record",
    "vendor": "who supplied the record",
    "weight": "the sample weight",
    "preference": "a sign that the record compares answers, so that its model was judged and not the maker",
}

# Fields whose values can be translated. `role` is the speaker of a turn: human, machine or excluded.
VALUE_FIELDS = ("origin", "origin_kind", "role", "license", "language", "domain", "review")
