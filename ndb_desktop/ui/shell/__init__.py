"""The window around the desks: header, start page, help."""
