"""Labelled cases through the real fetch, index and match: what is found may not get worse."""
