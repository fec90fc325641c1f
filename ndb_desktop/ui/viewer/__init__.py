"""Documents as pages: scroll, zoom, search."""
