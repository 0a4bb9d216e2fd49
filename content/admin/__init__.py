"""How the redactie edits content: every model in the admin, each change kept in history."""

from content.admin import editions, means

__all__ = ["editions", "means"]
