"""Why a document or page is not shown, in words for the person who reads it: what it means here and what to do.

The errors' own sentences are written for whoever imports a document and can have another one made; a reader cannot.
"""

from __future__ import annotations

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.ui import messages
from ndb_desktop.ui.i18n import tr

_OF_DOCUMENT = "E-DOC-"


def why(error: Exception) -> str:
    """The calm reason; for a fault of the document itself also how to go on with the review."""
    words = _own_words(error) or messages.describe(error).text
    if isinstance(error, NdbError) and error.code.startswith(_OF_DOCUMENT):
        return words + "\n" + tr("viewer.why.go_on")
    return words


def _own_words(error: Exception) -> str:
    """What is said otherwise to a reader; "" where the error's own sentence fits."""
    code = error.code if isinstance(error, NdbError) else ""
    if code == "E-DOC-PASSWORD":
        return tr("viewer.why.password")
    if code == "E-DOC-CORRUPT":
        return tr("viewer.why.corrupt")
    if code == "E-DOC-LIMIT":
        return tr("viewer.why.large")
    if code in ("E-DOC-SIZE", "E-DOC-PAGES"):
        return tr("viewer.why.long")
    # Nothing was typed: the copy to read from needs room.
    return tr("viewer.why.full") if code == "E-STORE-FULL" else ""
