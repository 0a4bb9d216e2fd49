"""What forms of every app share."""

from typing import Self


class Explained(str):
    """The label of a choice with a line of explanation under it.

    ``Explained("Ons team", help="Ook je leidinggevende.")`` is a str in all else, so that it can stand in ``choices``
    and come out of ``label_from_instance``.
    """

    help: str

    def __new__(cls, text: str, *, help: str = "") -> Self:  # noqa: A002 - the same word as Django's help_text
        """Return ``text`` carrying ``help``."""
        label = super().__new__(cls, text)
        label.help = help
        return label
