"""PDF reports made with reportlab; every string is escaped, every missing glyph is reported."""
