"""One module per job of a user; no widget, no SQL."""
