"""Fuzz targets: `make fuzz`, or one of them by `python -m fuzz.NAME` (docs/fuzzing.md).

Every file is a target: seeds made in code and a function that takes bytes and lets nothing escape
but what its rule allows. A new file here is run by `make fuzz`; nothing else needs to know it.
"""
