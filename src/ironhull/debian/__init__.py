"""Debian packages and archives: what a .deb holds, what a verified archive offers, what fits.

    model          Repository, PackageRequest, Deb
    repositories   apt sources (sources.list(5)), and Debian's own
    archive        InRelease -> Packages, verified down from the signature; index: what is in them
    relations      Depends, Provides, Conflicts ...; resolve: the packages that names need
    fetch          .debs into a cache, each under its sha256
    package, ar    control and data of a .deb
    architecture   Debian's word for a platform

Nothing here knows about images or advisories.
"""
