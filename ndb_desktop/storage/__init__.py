"""Encrypted SQLite: document stores, bundle core, worksheet, registry; the only package that knows SQL."""
