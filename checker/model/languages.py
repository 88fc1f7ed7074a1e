"""Languages by their names and longer codes, as cards and records write them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# ISO 639-2 and 639-3 codes and English names of languages that have a two-letter code; others stay as they are.
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
TWO_LETTER_CODES: Mapping[str, str] = MappingProxyType(dict(pair.split("=", 1) for pair in _CODES.split()))
