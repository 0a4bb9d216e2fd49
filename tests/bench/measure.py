"""What a measurement gives, and how it is printed."""

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measure:
    """One ratio and the least it should be; ``figures`` are the raw numbers it was made of, with their units."""

    name: str
    ratio: float
    aim: float
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the aim is met."""
        return self.ratio >= self.aim

    def line(self) -> str:
        """Return it as one line of JSON."""
        figures = {name: round(figure, 3) for name, figure in self.figures.items()}
        return json.dumps(
            {"name": self.name, "ratio": round(self.ratio, 3), "aim": self.aim, "holds": self.holds, **figures}
        )
