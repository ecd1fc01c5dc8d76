"""Licences: names and texts turned into SPDX expressions, what an expression asks for, categories.

`names` knows how people write licences, `texts` the best known texts, `expressions` what must be
accepted to use something, `categories` what a licence asks of whom.
"""
