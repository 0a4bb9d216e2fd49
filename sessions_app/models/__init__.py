"""The nouns of the talking; each capability has its own module."""

from sessions_app.models.contribution import Audience, Consent, Contribution, ContributionKind, Kept, Report
from sessions_app.models.feeds import CalendarFeed
from sessions_app.models.gathering import Revision, Series
from sessions_app.models.guests import GuestAbout, GuestAnswer, GuestKind, GuestLink, GuestSays, GuestSheet
from sessions_app.models.interpretations import Interpretation, InterpretationReply, Reach
from sessions_app.models.pilot import PilotAward, PilotPlace, PilotRound, PilotSignup
from sessions_app.models.polls import DateOption, DatePoll, DateVote, PollState, Says
from sessions_app.models.reminders import OrganisationReminder
from sessions_app.models.season import Season, SeasonBlock, SeasonTalk
from sessions_app.models.session import (
    Answer,
    Part,
    Participant,
    Removal,
    Session,
    SessionReminder,
    SessionStep,
    State,
)
from sessions_app.models.song import SongPlaying, Verse, VerseMaker
from sessions_app.models.surveys import Fit, Share, ThemeAnswer, ThemeFigure, ThemeRemark, ThemeSheet, ThemeSurvey

__all__ = [
    "Answer",
    "Audience",
    "CalendarFeed",
    "Consent",
    "Contribution",
    "ContributionKind",
    "DateOption",
    "DatePoll",
    "DateVote",
    "Fit",
    "GuestAbout",
    "GuestAnswer",
    "GuestKind",
    "GuestLink",
    "GuestSays",
    "GuestSheet",
    "Interpretation",
    "InterpretationReply",
    "Kept",
    "OrganisationReminder",
    "Part",
    "Participant",
    "PilotAward",
    "PilotPlace",
    "PilotRound",
    "PilotSignup",
    "PollState",
    "Reach",
    "Removal",
    "Report",
    "Revision",
    "Says",
    "Season",
    "SeasonBlock",
    "SeasonTalk",
    "Series",
    "Session",
    "SessionReminder",
    "SessionStep",
    "Share",
    "SongPlaying",
    "State",
    "ThemeAnswer",
    "ThemeFigure",
    "ThemeRemark",
    "ThemeSheet",
    "ThemeSurvey",
    "Verse",
    "VerseMaker",
]
