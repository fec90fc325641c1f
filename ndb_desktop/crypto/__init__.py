"""Identities, cards, signatures and sealing; the only package that knows the crypto libraries."""
