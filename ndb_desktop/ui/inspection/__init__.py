"""现场检查: the inspection desk."""
