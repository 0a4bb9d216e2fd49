"""What beat asks of the talks."""

from celery import shared_task

from sessions_app.domain import departures, guests, holding, polls, season, surveys, telling


@shared_task
def settle() -> None:
    """Settle talks that were closed two months ago."""
    holding.settle_due()


@shared_task
def settle_departures() -> None:
    """Do what people who left 30 days ago did not decide."""
    departures.settle_due()


@shared_task
def forget_guests() -> None:
    """Erase what guests said a year after the end of the question."""
    guests.forget_due()


@shared_task
def close_surveys() -> None:
    """Close the rounds over the wolkjes whose last day is over."""
    surveys.close_due()


@shared_task
def chase_polls() -> None:
    """Ask who let the last day of a date poll pass to choose a moment, and forget polls that nobody needs."""
    polls.chase_due()
    polls.forget_due()


@shared_task
def forget_told() -> None:
    """Forget how talks stood when people were told of them, once that has left every calendar."""
    telling.forget_due()


@shared_task
def forget_seasons() -> None:
    """Throw away seasons that nobody sent."""
    season.forget_due()
