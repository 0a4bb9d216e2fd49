"""The kinds of mail about talks and the pilot; importing a module registers its kinds."""

from sessions_app.mail import arrivals as arrivals
from sessions_app.mail import contributions as contributions
from sessions_app.mail import departures as departures
from sessions_app.mail import interpretations as interpretations
from sessions_app.mail import pilot as pilot
from sessions_app.mail import polls as polls
from sessions_app.mail import reminders as reminders
from sessions_app.mail import sessions as sessions
from sessions_app.mail import surveys as surveys
