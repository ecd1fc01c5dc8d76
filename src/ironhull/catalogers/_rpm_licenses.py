"""The License field of rpm packages: SPDX, or the short names of Fedora and SUSE before it.

Source: Fedora's "Licensing:Main" list of good licences and its "SPDX Licenses Phase" mapping. Where
a short name stands for a family (BSD, MIT) the SPDX identifier that Fedora's mapping starts with
would be a guess; those become a LicenseRef.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ironhull.lazy import regex
from ironhull.licenses.names import expression

_SHORT = {
    "afl": "AFL-3.0",
    "agplv3": "AGPL-3.0-only",
    "agplv3+": "AGPL-3.0-or-later",
    "asl 1.0": "Apache-1.0",
    "asl 1.1": "Apache-1.1",
    "asl 2.0": "Apache-2.0",
    "artistic 2.0": "Artistic-2.0",
    "artistic clarified": "ClArtistic",
    "bsd with advertising": "BSD-4-Clause",
    "boost": "BSL-1.0",
    "cc-by": "LicenseRef-CC-BY",
    "cddl": "CDDL-1.0",
    "cddl-1.0": "CDDL-1.0",
    "cecill": "CECILL-2.0",
    "cpl": "CPL-1.0",
    "epl": "EPL-1.0",
    "epl-1.0": "EPL-1.0",
    "ftl": "FTL",
    "gfdl": "GFDL-1.1-or-later",
    "gpl+": "GPL-1.0-or-later",
    "gplv1": "GPL-1.0-only",
    "gplv2": "GPL-2.0-only",
    "gplv2+": "GPL-2.0-or-later",
    "gplv2+ with exceptions": "LicenseRef-GPL-2.0-or-later-with-exceptions",
    "gplv2 with exceptions": "LicenseRef-GPL-2.0-only-with-exceptions",
    "gplv3": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later",
    "gplv3+ with exceptions": "LicenseRef-GPL-3.0-or-later-with-exceptions",
    "gplv3 with exceptions": "LicenseRef-GPL-3.0-only-with-exceptions",
    "imagemagick": "ImageMagick",
    "isc": "ISC",
    "lgplv2": "LGPL-2.0-only",
    "lgplv2+": "LGPL-2.0-or-later",
    "lgplv2+ with exceptions": "LicenseRef-LGPL-2.0-or-later-with-exceptions",
    "lgplv2.1": "LGPL-2.1-only",
    "lgplv2.1+": "LGPL-2.1-or-later",
    "lgplv3": "LGPL-3.0-only",
    "lgplv3+": "LGPL-3.0-or-later",
    "lppl": "LPPL-1.0",
    "mit with advertising": "LicenseRef-MIT-with-advertising",
    "mplv1.0": "MPL-1.0",
    "mplv1.1": "MPL-1.1",
    "mplv2.0": "MPL-2.0",
    "ncsa": "NCSA",
    "netscape": "NPL-1.1",
    "ofl": "OFL-1.1",
    "openldap": "OLDAP-2.8",
    "openssl": "OpenSSL",
    "osl 2.1": "OSL-2.1",
    "php": "PHP-3.01",
    "public domain": "LicenseRef-public-domain",
    "python": "Python-2.0",
    "psfv2": "PSF-2.0",
    "qpl": "QPL-1.0",
    "sleepycat": "Sleepycat",
    "sissl": "SISSL",
    "tcl": "TCL",
    "ucd": "Unicode-DFS-2015",
    "unicode": "Unicode-DFS-2016",
    "utopia": "Utopia",
    "vim": "Vim",
    "w3c": "W3C",
    "wtfpl": "WTFPL",
    "zlib": "Zlib",
    "zplv2.0": "ZPL-2.0",
    "zplv2.1": "ZPL-2.1",
}

_WORDS = regex(r"(\(|\)|\s+(?:and|or)\s+)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def rpm_licenses(text: str) -> tuple[str, ...]:
    """The SPDX expression of a License field, as a tuple of one; () where it is empty."""
    text = " ".join(text.split())
    if text.lower() in ("", "(none)"):
        return ()
    pieces = _WORDS.split(text)
    known = [_SHORT.get(piece.strip().lower(), piece) for piece in pieces]
    found = expression("".join(known))
    return (found,) if found else ()
