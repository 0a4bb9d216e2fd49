"""What a measurement gives, and how it is printed."""

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measure:
    """One ratio and the least (or ``at_most``) it should be; ``figures`` are what it was made of, with their units."""

    name: str
    ratio: float
    aim: float
    figures: dict[str, float] = field(default_factory=dict)
    at_most: bool = False

    @property
    def holds(self) -> bool:
        """Whether the aim is met."""
        return self.ratio <= self.aim if self.at_most else self.ratio >= self.aim

    def line(self) -> str:
        """Return it as one line of JSON."""
        figures = {name: round(figure, 3) for name, figure in self.figures.items()}
        return json.dumps(
            {"name": self.name, "ratio": round(self.ratio, 3), "aim": self.aim, "holds": self.holds, **figures}
        )
