"""Data provenance in JSON: Data & Trust Alliance 1.0.0 and its successor, OASIS Data Provenance Metadata (CSD02)."""

from __future__ import annotations

from checker.errors import CardError
from checker.model.card import Card, CardFormat
from checker.model.location import Location
from checker.read.cards._draft import Draft, Keys, at, pointer_of, shown
from checker.read.cards._json import JsonDocument, load_json
from checker.read.cards.plain import read_headwater

_BOTH: tuple[tuple[str, Keys], ...] = (
    ("url", ("source", "location")),
    ("issuer", ("source", "issuer")),
    ("date", ("provenance", "date")),
    ("date_previous", ("provenance", "previous-date")),
    ("collection_period", ("provenance", "generation-period")),
    ("geography", ("provenance", "origin-geography")),
    ("sources", ("provenance", "source")),
    ("sources", ("provenance", "origin")),
    ("sources", ("provenance", "sub-provenance")),
    ("license", ("use", "license")),
    ("ip.copyright", ("use", "copyright")),
    ("ip.patent", ("use", "patent")),
    ("ip.trademark", ("use", "trademark")),
    ("personal_data", ("use", "classification")),
    ("personal_data", ("use", "confidentiality")),
    ("consents", ("use", "consents")),
    ("intended_use", ("use", "intended-purpose")),
    ("intended_use", ("use", "purpose")),
)
_DTA: tuple[tuple[str, Keys], ...] = (
    ("name", ("source", "title")),
    ("id", ("source", "id")),
    ("description", ("source", "description")),
)
_OASIS: tuple[tuple[str, Keys], ...] = (
    ("name", ("source", "name")),
    ("version", ("source", "data-version")),
    ("description", ("source", "about", "content")),
    ("intended_use", ("source", "about", "purpose")),
    ("limitations", ("source", "about", "scope")),
    ("contact", ("set", "publisher", "contact-details")),
)
_GROUPS = ("source", "provenance", "use")
_GENERATED = (
    "machine-generated-mlops-synthetic",
    "machine-generated-mlops-generative",
    "machine-generated-mlops-twin",
    "machine-generated-ml-ops",
    "simulations",
)


def read_dta(path: str, data: bytes) -> Card:
    """Read either; raises CardError when it is not a JSON object."""
    document = load_json(data, path)
    if not isinstance(document.data, dict):
        raise CardError("the card is not a JSON object", location=Location(path, 1))
    draft = Draft(path)
    draft.problems.extend(document.problems)
    read_headwater(draft, document)
    oasis = "set" in document.data or isinstance(at(document.data, ("source", "about")), dict)
    _check_groups(draft, document)
    for key, keys in (*(_OASIS if oasis else _DTA), *_BOTH):
        if at(document.data, keys) is not None:
            draft.each(key, document, keys)
    if oasis:
        _read_identity(draft, document)
    _read_methods(draft, document)
    _read_formats(draft, document)
    return draft.card(CardFormat.DTA, _version(document, oasis), data)


def _version(document: JsonDocument, oasis: bool) -> str:
    """The version of the standard: in D&TA `source.version` is that, not the version of the data."""
    keys: Keys = ("set", "schema-version") if oasis else ("source", "version")
    stated = at(document.data, keys)
    return f"oasis-{stated or '1.0'}" if oasis else str(stated or "1.0.0")


def _check_groups(draft: Draft, document: JsonDocument) -> None:
    for group in _GROUPS:
        content = at(document.data, (group,))
        if content is None:
            draft.problem(f"the group {group} is missing, the standard asks for it", document.where())
        elif not isinstance(content, dict):
            draft.problem(f"{group} is {shown(content)}, an object is expected", document.where(group))


def _read_identity(draft: Draft, document: JsonDocument) -> None:
    for kind in ("uuids", "uris", "custom-ids"):
        keys: Keys = ("source", "id", kind)
        if at(document.data, keys) is not None:
            draft.each("id", document, keys)


def _read_methods(draft: Draft, document: JsonDocument) -> None:
    """How the data was made: the only place where either standard can say that it is synthetic."""
    keys: Keys = ("provenance", "generation-method")
    methods = at(document.data, keys)
    listed = isinstance(methods, list)
    for index, method in enumerate(methods if isinstance(methods, list) else [methods]):
        place: Keys = (*keys, index) if listed else keys
        if method is None:
            continue
        code = method.get("code") if isinstance(method, dict) else method
        where, pointer = document.where(*place), pointer_of(place)
        if not isinstance(code, str) or not code:
            draft.problem(f"generation-method is {shown(method)}, a code is expected", where)
            continue
        text = method.get("description", method.get("long-description")) if isinstance(method, dict) else None
        draft.add("acquisition", f"{code}: {text}" if isinstance(text, str) and text else code, where, pointer)
        if code.casefold().startswith(_GENERATED):
            draft.add("synthetic", True, where, pointer)
            if isinstance(text, str):
                draft.add("generators", text, where, pointer)


def _read_formats(draft: Draft, document: JsonDocument) -> None:
    keys: Keys = ("provenance", "format")
    formats = at(document.data, keys)
    for index, form in enumerate(formats if isinstance(formats, list) else [formats]):
        place: Keys = (*keys, index) if isinstance(formats, list) else keys
        main = form.partition("/")[0].casefold() if isinstance(form, str) else ""
        if main in ("image", "audio", "video") or form in ("text/plain", "text/html"):
            draft.add("modality", main, document.where(*place), pointer_of(place))
