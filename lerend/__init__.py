"""Lerend Versterken: what every app of the platform stands on."""
