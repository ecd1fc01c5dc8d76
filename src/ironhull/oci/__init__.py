"""The Open Container Initiative's formats: names, manifests, layers; read, written and changed."""
