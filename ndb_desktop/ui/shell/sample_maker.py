"""Prepares the sample round once, with a small progress window, before the start page appears."""

from __future__ import annotations
