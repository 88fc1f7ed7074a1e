"""The failures of a place over a network that a person has to mend, in words that say what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from checker.patience.passing import code, details

if TYPE_CHECKING:
    from datetime import datetime

# How S3 writes moments: in its answers, and in what it repeats of the request.
_MOMENTS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y%m%dT%H%M%SZ", "%a, %d %b %Y %H:%M:%S %Z")
_CLOCK = frozenset({"RequestTimeTooSkewed", "RequestExpired"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_REGION = frozenset(
    {"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect", "TemporaryRedirect"}
)


class Reason(NamedTuple):
    """`words` go on from the name of the place ("… is …"); `hint` is the next step. `denied`: it is about rights."""

    words: str
    hint: str
    denied: bool = False


def reason_of(links: Sequence[BaseException]) -> Reason | None:
    """None for what has no words of its own."""
    for link in links:
        word = code(link)
        if word in _CLOCK:
            return Reason(f"says that {_clock(link)} ({word})", "set this machine's clock, as by NTP", denied=True)
        if word in _EXPIRED:
            return Reason(
                f"refused access: the credentials have expired ({word})", "renew the credentials", denied=True
            )
        if word in _REGION:
            return Reason(_region(link, word), "name the region, as in AWS_REGION or `dvc remote modify NAME region`")
        if "Certificate" in type(link).__name__ or "CERTIFICATE_VERIFY_FAILED" in str(link):
            words = "shows a TLS certificate that this machine does not trust"
            return Reason(words, "have the certificate's authority trusted here, as by AWS_CA_BUNDLE or SSL_CERT_FILE")
    return None


def _clock(error: BaseException) -> str:
    said = details(error)
    server, asked = _moment(said.get("ServerTime")), _moment(said.get("RequestTime"))
    if server is None or asked is None:
        return "this machine's clock is off"
    minutes = round(abs((server - asked).total_seconds()) / 60)
    return f"this machine's clock is {minutes:,} minutes {'slow' if asked < server else 'fast'}"


def _moment(given: object) -> datetime | None:
    from datetime import datetime

    for form in _MOMENTS:
        try:
            return datetime.strptime(str(given), form)  # all of them are UTC, and only compared
        except ValueError:
            continue
    return None


def _region(error: BaseException, word: str) -> str:
    answer = getattr(error, "response", {})
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = str(details(error).get("Region") or headers.get("x-amz-bucket-region") or "")
    return f"is in {f'the region {region}' if region.isprintable() and region else 'another region'} ({word})"
