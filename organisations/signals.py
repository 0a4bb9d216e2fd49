"""What the apps above are told within the transaction of a verb. They stand on this one, which knows none of them."""

from django.dispatch import Signal

# departure: a Departure that was just made, its membership gone; by: the User who did it.
member_left = Signal()
# team: a Team that was just closed; into: the Team it was merged into, or None; by: the User who did it.
team_closed = Signal()
