"""The licenses that are understood: SPDX ids, names of the Hugging Face Hub, and the long names that corpora use."""

from __future__ import annotations

from itertools import product

PUBLIC_DOMAIN = "LicenseRef-Public-Domain"

_CREATIVE_COMMONS = tuple(
    f"CC-{kind}-{version}"
    for kind, version in product(
        ("BY", "BY-SA", "BY-ND", "BY-NC", "BY-NC-SA", "BY-NC-ND"), ("1.0", "2.0", "2.5", "3.0", "4.0")
    )
)

_GNU = tuple(
    f"{name}-{ending}"
    for name, ending in product(
        (
            "AGPL-3.0",
            "GFDL-1.1",
            "GFDL-1.2",
            "GFDL-1.3",
            "GPL-1.0",
            "GPL-2.0",
            "GPL-3.0",
            "LGPL-2.0",
            "LGPL-2.1",
            "LGPL-3.0",
        ),
        ("only", "or-later"),
    )
)

# Those of the Hub's list that SPDX knows, and what open corpora use beside them.
_SPDX = (
    "0BSD",
    "AFL-3.0",
    "Apache-1.1",
    "Apache-2.0",
    "APSL-2.0",
    "Artistic-1.0",
    "Artistic-2.0",
    "BlueOak-1.0.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-2-Clause-Patent",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSD-4-Clause",
    "BSL-1.0",
    "C-UDA-1.0",
    "CC-PDM-1.0",
    "CC0-1.0",
    "CDDL-1.0",
    "CDDL-1.1",
    "CDLA-Permissive-1.0",
    "CDLA-Permissive-2.0",
    "CDLA-Sharing-1.0",
    "CECILL-2.1",
    "ECL-2.0",
    "EPL-1.0",
    "EPL-2.0",
    "etalab-2.0",
    "EUPL-1.1",
    "EUPL-1.2",
    "ISC",
    "LGPLLR",
    "LPPL-1.3c",
    "MIT",
    "MIT-0",
    "MPL-1.1",
    "MPL-2.0",
    "MS-PL",
    "MS-RL",
    "MulanPSL-2.0",
    "NCSA",
    "ODbL-1.0",
    "ODC-By-1.0",
    "OFL-1.1",
    "OGL-UK-1.0",
    "OGL-UK-2.0",
    "OGL-UK-3.0",
    "OSL-3.0",
    "PDDL-1.0",
    "PostgreSQL",
    "PSF-2.0",
    "Python-2.0",
    "Ruby",
    "Unicode-DFS-2016",
    "Unlicense",
    "UPL-1.0",
    "Vim",
    "W3C",
    "WTFPL",
    "X11",
    "Zlib",
    "ZPL-2.1",
    "CC-BY-SA-2.1-JP",
)

# Licenses of the Hub that are exact but that SPDX does not list; they keep the Hub's name.
_HUB_ONLY = (
    "openrail++",
    "bigscience-openrail-m",
    "creativeml-openrail-m",
    "bigscience-bloom-rail-1.0",
    "bigcode-openrail-m",
    "h-research",
    "intel-research",
    "apple-ascl",
    "apple-amlr",
    "openmdw-1.0",
    "openmdw-1.1",
    "deepfloyd-if-license",
    "fair-noncommercial-research-license",
    "llama2",
    "llama3",
    "llama3.1",
    "llama3.2",
    "llama3.3",
    "llama4",
    "grok2-community",
    "gemma",
)

# Lower-cased id -> the id as SPDX writes it.
CANONICAL = {name.lower(): name for name in (*_CREATIVE_COMMONS, *_GNU, *_SPDX, *_HUB_ONLY)}

ALIASES = {
    "odc-by": "ODC-By-1.0",
    "odbl": "ODbL-1.0",
    "pddl": "PDDL-1.0",
    "c-uda": "C-UDA-1.0",
    "cc0": "CC0-1.0",
    "lgpl-lr": "LGPLLR",
    "apache 2": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache 2 license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "mit license": "MIT",
    "the mit license": "MIT",
    "expat": "MIT",
    "isc license": "ISC",
    "the unlicense": "Unlicense",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    'bsd 2-clause "simplified" license': "BSD-2-Clause",
    'bsd 3-clause "new" or "revised" license': "BSD-3-Clause",
    "simplified bsd license": "BSD-2-Clause",
    "new bsd license": "BSD-3-Clause",
    "artistic license 2.0": "Artistic-2.0",
    "mozilla public license 2.0": "MPL-2.0",
    "boost software license 1.0": "BSL-1.0",
    "open data commons attribution license": "ODC-By-1.0",
    "open database license": "ODbL-1.0",
    "open government licence v3.0": "OGL-UK-3.0",
    "open government licence 3.0": "OGL-UK-3.0",
    "community data license agreement - permissive 1.0": "CDLA-Permissive-1.0",
    "community data license agreement - permissive 2.0": "CDLA-Permissive-2.0",
    "gnu general public license v2.0": "GPL-2.0-only",
    "gnu general public license v3.0": "GPL-3.0-only",
    "gnu affero general public license v3.0": "AGPL-3.0-only",
    "gnu lesser general public license v2.1": "LGPL-2.1-only",
    "gnu lesser general public license v3.0": "LGPL-3.0-only",
    "public domain": PUBLIC_DOMAIN,
    "public-domain": PUBLIC_DOMAIN,
    "publicdomain": PUBLIC_DOMAIN,
    "creative commons zero": "CC0-1.0",
    "creative commons public domain mark": "CC-PDM-1.0",
}
