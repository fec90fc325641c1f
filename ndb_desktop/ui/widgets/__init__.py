"""Small parts every desk is built from."""
