"""Claims on languages, held against those of the records."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.card import Card
from checker.model.outcome import Judgement
from checker.rules._claim import Claim
from checker.rules._numbers import count, exact, percent
from checker.rules._parts import Survey

KEYS = ("language",)
# Values of the Hub that name no single language.
ANY = frozenset({"multilingual", "mul", "und", "code"})
# ISO 639-2 and 639-3 codes and names whose language has a two-letter code; the rest are compared as they are.
_CODES = """
afr=af amh=am ara=ar arb=ar arabic=ar aze=az bel=be ben=bn bengali=bn bul=bg cat=ca ces=cs cze=cs czech=cs cmn=zh
zho=zh chi=zh chinese=zh cym=cy wel=cy dan=da danish=da deu=de ger=de german=de ell=el gre=el greek=el eng=en
english=en epo=eo est=et eus=eu baq=eu fas=fa per=fa fin=fi finnish=fi fra=fr fre=fr french=fr gle=ga glg=gl guj=gu
hau=ha heb=he hebrew=he hin=hi hindi=hi hrv=hr hun=hu hungarian=hu hye=hy arm=hy ibo=ig ind=id indonesian=id isl=is
ice=is ita=it italian=it jav=jv jpn=ja japanese=ja kan=kn kat=ka geo=ka kaz=kk khm=km kor=ko korean=ko lao=lo lat=la
lav=lv lit=lt mal=ml mar=mr mkd=mk mac=mk mlt=mt mon=mn msa=ms may=ms mya=my bur=my nep=ne nld=nl dut=nl dutch=nl
nor=no nob=nb nno=nn norwegian=no pan=pa pol=pl polish=pl por=pt portuguese=pt ron=ro rum=ro romanian=ro rus=ru
russian=ru sin=si slk=sk slo=sk slv=sl som=so spa=es spanish=es sqi=sq alb=sq srp=sr swa=sw swh=sw swe=sv swedish=sv
tam=ta tel=te tgl=tl tha=th thai=th tur=tr turkish=tr ukr=uk ukrainian=uk urd=ur uzb=uz vie=vi vietnamese=vi xho=xh
yid=yi yor=yo zul=zu
"""
CODES = dict(pair.split("=", 1) for pair in _CODES.split())


def judge(card: Card, known: Survey, min_share: float) -> Iterator[Judgement]:
    """Every language with a share of the records is named, and every named one is there."""
    values = card.filled("language")
    named = {primary(str(value.content)) for value in values}
    records = _by_language(known)
    total, silent = sum(records.values()), records.pop("", 0)
    if not values:
        return
    claim = Claim("language", card, values[0], known.digests())
    listed = ", ".join(sorted(named))
    if not records:
        if known.complete:
            fix = "state the language of the records, or of the dataset in headwater.yaml"
            yield claim.open(f"names {listed}, and no record states its language", listed, fix)
        return
    least = exact(min_share, "min_language_share")
    unnamed = {name: found for name, found in records.items() if name not in named and found >= least * total}
    if unnamed and not named & ANY:
        worst = max(sorted(unnamed), key=unnamed.__getitem__)
        found = f"{worst} is the language of {count(unnamed[worst], 'records')} ({percent(unnamed[worst] / total)})"
        more = f" and {len(unnamed) - 1} more languages" if len(unnamed) > 1 else ""
        fix = f"add {', '.join(sorted(unnamed))} to the card's languages, or take these records out"
        yield claim.contradicted(f"names {listed}; {found}{more}", worst, listed, "language", fix)
        return
    absent = sorted(named - ANY - set(records))
    if not absent:
        measured = ", ".join(sorted(records))
        yield claim.agrees(f"names {listed}; the records are in {measured}", measured, listed, "language")
    elif known.complete:
        yield from _absent(claim, absent, listed, silent)


def _absent(claim: Claim, absent: list[str], listed: str, silent: int) -> Iterator[Judgement]:
    missing = ", ".join(absent)
    if silent:
        text = f"names {missing}, of which no record is known; the language of {count(silent, 'records')} is unknown"
        yield claim.open(text, listed, "state the language of the records")
    else:
        yield claim.contradicted(f"names {missing}, and no record is in it", "no record", listed, "language")


def primary(tag: str) -> str:
    """The language of a BCP 47 tag, as a two-letter code where there is one."""
    first = tag.strip().casefold().replace("_", "-").split("-")[0]
    return CODES.get(first, first)


def _by_language(known: Survey) -> dict[str, int]:
    found: dict[str, int] = {}
    for _, _, tallies in known.measured:
        for cell, tally in tallies:
            name = primary(cell.language) if cell.language else ""
            found[name] = found.get(name, 0) + tally.records
    return found
