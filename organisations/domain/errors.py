"""Why a verb said no."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure
    """The verb was understood and refused; ``message`` is a sentence for the person who asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
