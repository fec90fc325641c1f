"""How a signed file is refused that somebody changed: no other answer will do, least of all none."""

from __future__ import annotations

ENVELOPE = frozenset({"E-ENVELOPE", "E-ENVELOPE-JSON", "E-ENVELOPE-BASE64", "E-ENVELOPE-NAMES", "E-PAYLOAD-TYPE"})
"""The wrapper no longer reads, or names another kind of file."""
CONTENT = frozenset(
    {
        "E-JSON",
        "E-JSON-ENCODING",
        "E-JSON-FIELD",
        "E-JSON-NAMES",
        "E-JSON-NUMBER",
        "E-FORMAT",
        "E-VERSION",
        "E-CRITICAL",
    }
)
"""The inside no longer reads as what it must be."""
SIGNATURE = frozenset({"E-SIGNATURE", "E-SIGNER", "E-KEY-PUBLIC"})
"""Everything reads, but nobody signed this; or the signer's key is not the one that is named."""
SPOILT = ENVELOPE | CONTENT | SIGNATURE
