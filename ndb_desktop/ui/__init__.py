"""The Qt window: shell, desks, viewer and widgets; no SQL, no business rule."""
