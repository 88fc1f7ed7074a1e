"""What Croissant, its Responsible AI terms and PROV call things, and the canonical keys for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PLAIN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("name", ("sc:name",)),
    ("id", ("sc:identifier",)),
    ("version", ("sc:version",)),
    ("description", ("sc:description",)),
    ("url", ("sc:url",)),
    ("citation", ("cr:citeAs", "sc:citeAs", "sc:citation")),
    ("date", ("sc:datePublished", "sc:dateModified", "sc:dateCreated")),
    ("license", ("sc:license", "dct:license")),
    ("ip.copyright", ("sc:copyrightNotice",)),
    ("language", ("sc:inLanguage",)),
    ("collection_period", ("sc:temporalCoverage",)),
    ("geography", ("sc:spatialCoverage",)),
    ("ongoing", ("cr:isLiveDataset", "sc:isLiveDataset")),
    ("out_of_scope", ("sc:usageInfo",)),
    ("confidentiality", ("sc:conditionsOfAccess",)),
    ("tags", ("sc:keywords",)),
    ("issuer", ("sc:creator", "sc:publisher")),
    ("sources", ("prov:wasDerivedFrom", "sc:isBasedOn")),
    ("lineage", ("prov:wasGeneratedBy",)),
    ("conforms_to", ("dct:conformsTo", "sc:conformsTo", "cr:conformsTo")),
)
# The local name in lower case -> canonical key: tools and the specification itself write the rest in many ways.
RAI: Mapping[str, str] = MappingProxyType(
    {
        "datacollection": "acquisition",
        "datacollectiontype": "acquisition",
        "datacollectiontypeothers": "acquisition",
        "datacollectiontimeframe": "collection_period",
        "datacollectiontimeframestart": "collection_period",
        "datacollectiontimeframeend": "collection_period",
        "datacollectionrawdata": "sources",
        "datacollectionraw": "sources",
        "datacollectionmissingdata": "gaps",
        "datacollectionmissingvalues": "gaps",
        "dataimputationprotocol": "transforms",
        "datapreprocessingprotocol": "transforms",
        "datamanipulationprotocol": "transforms",
        "datadatamanipulationprotocol": "transforms",
        "dataannotationprotocol": "annotation",
        "dataannotationplatform": "annotation",
        "usedplatform": "annotation",
        "dataannotationanalysis": "annotation",
        "annotationsperitem": "annotation",
        "annotatordemographics": "annotation",
        "machineannotationtools": "annotation",
        "machineannotationtool": "annotation",
        "datareleasemaintenanceplan": "maintenance",
        "datareleasemaintenance": "maintenance",
        "personalsensitiveinformation": "personal_data",
        "personalandsensitiveinformation": "personal_data",
        "databiases": "biases",
        "databias": "biases",
        "datalimitations": "limitations",
        "datalimitation": "limitations",
        "datausecases": "intended_use",
        "datausecase": "intended_use",
        "usedby": "intended_use",
        "datasocialimpact": "social_impact",
        "socialimpact": "social_impact",
        "hassyntheticdata": "synthetic",
        "syntheticdataexplanation": "synthetic_note",
    }
)
RAI_SPACES = ("rai:", "cr:", "sc:")
MADE_BY_MACHINE = frozenset(("synthetic", "synthetic data", "simulation", "simulations", "simulated"))
MACHINE_MEDIA = (
    "trainedAlgorithmicMedia",
    "trainedAlgorithmicData",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
    "algorithmicMedia",
    "dataDrivenMedia",
)
ACTIVITIES: Mapping[str, str] = MappingProxyType(
    {"Q4929239": "acquisition", "Q1172378": "transforms", "Q109719325": "annotation", "Q3306762": "approvals"}
)
NAMED_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"license": ("identifier", "url", "id", "name"), "language": ("alternateName", "identifier", "id", "name")}
)
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "label": "name",
        "contentUrl": "url",
        "contentSize": "size",
        "encodingFormat": "format",
        "atLocation": "url",
        "locatedAt": "url",
    }
)
