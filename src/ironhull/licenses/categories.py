"""What a licence asks of those who pass software on: one of seven categories.

The scheme is Google's (google/licenseclassifier, "license types"), which Trivy uses too. What is in
which category is our own reading of the licences themselves and no legal advice: whoever sees it
otherwise says so in the settings. Names are those of the SPDX License List;
a name of one's own (`LicenseRef-…`) belongs where the family it begins with does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from ironhull.lazy import regex
from ironhull.licenses.expressions import Node, parsed
from ironhull.model import LICENSE_CATEGORIES

__all__ = ["category_of", "category_of_license", "matches", "severity_of"]

_GLOBS = {
    # Terms many cannot meet: source for users over a network, no commercial or production use,
    # fields of use that are forbidden, every change given back.
    "forbidden": """
        AGPL-* SSPL-* BUSL-* Elastic-* SUL-* FSL-* PolyForm-* Parity-* Hippocratic-* RPL-*
        NPOSL-* CC-BY-NC* Aladdin PPL CPOL-* C-UDA-* COIL-* TPDL MS-LPL UnRAR
        IEC-Code-Components-EULA LicenseRef-Commons-Clause* LicenseRef-*proprietary*
        LicenseRef-Commercial* LicenseRef-UNLICENSED LicenseRef-*All-Rights-Reserved*
        LicenseRef-AGPL* LicenseRef-SSPL* LicenseRef-*non-commercial* LicenseRef-*noncommercial*""",
    # Copyleft: the whole work under the same terms, or with its source, or with ways to relink.
    "restricted": """
        GPL-* LGPL* GFDL-* CC-BY-ND* CAL-1.0* NASA-1.3 ESA-PL-strong-copyleft-* CC-BY-SA*
        CC-SA-* OSL-* QPL-* Sleepycat NPL-* EUPL-* CECILL-1.* CECILL-2.* copyleft-next-* D-FSL-*
        SMAIL-GPL ODbL-* CDLA-Sharing-* LiLiQ-Rplus-* CERN-OHL-1.* CERN-OHL-S-* TAPR-OHL-*
        RPSL-* TGPPL-* LAL-* SimPL-* OCLC-* OpenPBS-* TORQUE-* TMate XSkat
        Linux-man-pages-copyleft* Knuth-CTAN Noweb Mup eCos-2.0 wxWindows YPL-* MakeIndex
        gnuplot Crossword JSON OPUBL-* Arphic-1999 any-OSI-perl-modules ADSL LicenseRef-GPL*
        LicenseRef-LGPL* LicenseRef-GFDL* LicenseRef-CC-BY-SA* LicenseRef-CC-BY-ND*
        LicenseRef-*copyleft*""",
    # Copyleft of a file or module: changes to it under the same terms, the rest is free.
    "reciprocal": """
        MPL-* CDDL-* EPL-* CPL-* IPL-* APSL-* Ruby Ruby-pty FreeImage MS-RL CECILL-C LiLiQ-R-*
        CPAL-* SPL-* Nokia ErlPL-* SISSL* Motosoto CERN-OHL-W-* CATOSL-* Interbase-* RSCPL
        SugarCRM-* APL-* BitTorrent-* RHeCos-* OSET-PL-* SNIA NOSL Watcom-* gSOAP-* Zimbra-*
        CUA-OPL-* Frameworx-* LPL-* LPPL-* MMPL-* NGPL Naumen OFL-* Ubuntu-font-* DSDP iMatix
        Glulxe MTLL OCCT-PL ESA-PL-weak-copyleft-* UCL-* SMPPL VSL-* ClArtistic
        OPL-1.0 BSD-Protection FDK-AAC LicenseRef-MPL* LicenseRef-CDDL* LicenseRef-EPL*
        LicenseRef-OPL-1* LicenseRef-Ruby*""",
    # Nothing is asked, not even that the notice stays.
    "permissive": """
        0BSD MIT-0 NTP-0 WTFPL WTFNMFPL GLWTPL Beerware diffmark hdparm Soundex LZMA-SDK-9.22
        Unlicense-libtelnet Unlicense-libwhirlpool""",
    # No rights are kept at all.
    "unencumbered": """
        CC0-* CC-PDDC CC-PDM-* Unlicense PDDL-* SAX-PD* blessing NIST-PD* ANTLR-PD* NCBI-PD
        NTIA-PD DL-DE-ZERO-* libselinux-1.0 LZMA-SDK-9.11-to-9.20
        LicenseRef-PD LicenseRef-PD-* LicenseRef-*public-domain* LicenseRef-Iconv-PD""",
    # Do what you like, and keep the notice.
    "notice": """
        MIT MIT-* MITNFA BSD-* Apache-* Linux-man-pages-1-para ISC* HPND* Zlib zlib-* Libpng
        libpng-* PSF-* Python-* Artistic-* X11* XFree86-* Xnet NCSA BSL-* AFL-* AAL AMPAS ECL-*
        EFL-* Entessa CNRI-* CMU-* curl CC-BY-?.? CC-BY-?.?-* CDLA-Permissive-* CECILL-B MS-PL
        OLDAP-* OpenSSL* SSLeay-* PHP-* PostgreSQL Sendmail* SGI-* SSH-* TCL TCP-wrappers
        TU-Berlin-* UPL-* Unicode-* W3C* Xerox ZPL-* bzip2-* FTL IJG* ICU ImageMagick Info-ZIP
        Intel* JasPer-* Kazlib Leptonica libtiff libutil-* Linux-OpenIB MirOS MulanPSL-* Multics
        NAIST-* NetCDF Net-SNMP NRL NTP NICTA-* Nunit OFFIS OGC-* OSSP Plexus Pixar Qhull RSA-MD
        SMLNJ StandardML-NJ SWL Spencer-* SunPro Sun-PPP* TermReadKey UCAR UMich-Merit Vim
        VOSTROM Vixie-Cron Xfig Zend-* Zed Zeeff xinetd xpp xlock xkeyboard-* mpich2
        mpi-permissive mplus psutils psfrag pnmstitch pkgconf python-ldap radvd snprintf
        ssh-keyscan swrule w3m wwl Abstyles Adobe-* AdaCore-doc Afmparse AMD-newlib AMDPLPA AML
        AML-glslang APAFML App-s2p ASWF-* Baekmuk Bahyph Barr Bitstream-* BlueOak-* Boehm-GC*
        Borceux Brian-Gladman-* Buddy bcrypt-* CFITSIO Caldera* Catharon Clips Community-Spec-*
        Condor-* Cornell-* Cronyx CryptoSwift CrystalStacker Cube DEC-3-Clause DL-DE-BY-* DOC
        DRL-* DocBook-* Dotseqn dtoa dvipdfm EPICS EUDatagrid ESA-PL-permissive-* Eurosym
        etalab-* eGenix FBM FSFAP* FSFUL* FreeBSD-DOC Fair Furuseth GD GL2PS Giftware Glide
        Graphics-Gems Gutmann HDF5 HIDAPI HP-19* HTMLTIDY HaskellReport IBM-pibs IPA Imlib2
        Inner-Net-* InnoSetup ISO-permission JPL-image JPNIC Jam Kastrup LOOP LPD-document
        Latex2e* LiLiQ-P-* Lucida-* lsof MIPS MMIXware MPEG-SSG Mackerras-* McPhee-*
        Martin-Birgmeier Minpack magaz mailprio man2html metamail NIST-Software NLOD-* NLPL NCL
        Newsletr ngrep ODC-By-* OAR OGL-* OGDL-* OGTSL OLFL-* OML OPL-UK-* O-UDA-* OpenVision
        OpenMDW-* PADL ParaType-* PSF-* Rdisc SCEA SGMLUG-PM SGP4 SHL-* SL SOFA Saxpath
        SchemeReport Symlinks softSurfer TOSL TPL-* TTYP0 TTWL TekHVC ThirdEye TrustedQSL
        threeparttable UnixCrypt URT-RLE ulem Widget-Workshop WordNet Wsuipa Xdebug-* xzoom
        check-cvs checkmk generic-xts CERN-OHL-P-* cve-tou CAPEC-tou fwlw gtkbook
        hyphen-bulgarian jove 3D-Slicer-* BOLA-* Advanced-Cryptics-Dictionary
        ALGLIB-Documentation Aspell-RU CDL-1.0 Ferguson-Twofish GCR-docs Game-Programming-Gems
        NBPL-* NCGL-* TPL-1.0 any-OSI LicenseRef-BSD* LicenseRef-MIT-like
        LicenseRef-MIT-style LicenseRef-dateutil LicenseRef-MIT*
        LicenseRef-Expat* LicenseRef-ISC* LicenseRef-3C-BSD LicenseRef-PCRE LicenseRef-TCL*
        LicenseRef-OpenLDAP LicenseRef-*permissive* LicenseRef-FSF-unlimited*
        LicenseRef-customFSFUL* LicenseRef-AllPermissions LicenseRef-Unicode* LicenseRef-X11*
        LicenseRef-HPND* LicenseRef-Zlib* LicenseRef-EDL-1 LicenseRef-BSL-1
        LicenseRef-PreserveNotice LicenseRef-UMich LicenseRef-dlmalloc LicenseRef-Apache*""",
}
"""Globs over names, the first category with one that fits decides."""

_SEVERITIES = {
    "forbidden": "critical",
    "restricted": "high",
    "reciprocal": "medium",
    "unknown": "unspecified",
}


def severity_of(category: str) -> str:
    """One of SEVERITIES, as Trivy grades the categories; "low" for all that ask for little."""
    return _SEVERITIES.get(category, "low")


def matches(glob: str, license_: str) -> bool:
    """Whether a name fits a glob (`*` any text, `?` any character) in any case."""
    return _pattern(glob.lower()).fullmatch(license_.lower()) is not None


def category_of_license(license_: str, own: Mapping[str, str] | None = None) -> str:
    """The category of one licence, of `own` (glob -> category) first.

    An exception (`WITH …`) only ever permits more: what is not named itself has the category of
    its licence. The same goes for "or later" (`+`).
    """
    bare = license_.partition(" WITH ")[0]
    names = dict.fromkeys((license_, bare, bare.removesuffix("+")))
    for name in names:
        for glob, category in (own or {}).items():
            if matches(glob, name):
                return category
    return next(filter(None, map(_known, names)), "unknown")


def category_of(expression: str, own: Mapping[str, str] | None = None) -> str:
    """The category of an expression: of AND what asks for most, of OR what asks for least."""
    return _category(parsed(expression), own) if expression else "unknown"


def _category(node: Node, own: Mapping[str, str] | None) -> str:
    if not node.kind:
        return category_of_license(node.license, own)
    found = [_category(part, own) for part in node.parts]
    if node.kind == "AND":
        return min(found, key=LICENSE_CATEGORIES.index)
    known = [category for category in found if category != "unknown"]
    return max(known, key=LICENSE_CATEGORIES.index, default="unknown")


@lru_cache(maxsize=4096)
def _known(name: str) -> str:
    lower = name.lower()
    return next((category for category, one in _patterns() if one.fullmatch(lower)), "")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (category, regex("|".join(_expression(glob.lower()) for glob in globs.split())))
        for category, globs in _GLOBS.items()
    )


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return regex(_expression(glob))


def _expression(glob: str) -> str:
    return re.escape(glob).replace(r"\*", ".*").replace(r"\?", ".")
