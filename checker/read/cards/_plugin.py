"""A card in a format of a plug-in: its statements, read as if they were written in our own keys."""

from __future__ import annotations

import json
from hashlib import sha256

from checker.errors import CardError
from checker.model.card import Card, CardFormat
from checker.model.location import Location
from checker.model.plugin import CardFormat as Reader
from checker.read.cards.plain import read_plain


def read_with(reader: Reader, path: str, data: bytes) -> Card:
    """Read a card. Raises CardError, whatever the plug-in does: it is asked to read a file of anybody's making."""
    try:
        statements = json.dumps(dict(reader.read(data)), allow_nan=False).encode()
    except Exception as error:  # code of others; told with the card
        message = f"the plug-in cannot read the card ({type(error).__name__}: {str(error)[:200]})"
        raise CardError(message, location=Location(path)) from error
    card = read_plain(path, statements)
    return card._replace(format=CardFormat.PLUGIN, digest=f"sha256:{sha256(data).hexdigest()}")
