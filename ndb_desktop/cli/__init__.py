"""The `ndb` command: one module per noun, thin over the services."""
