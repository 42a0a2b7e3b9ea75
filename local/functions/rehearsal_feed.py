"""What is ordered for the change feed of one function: batches given again, or dropped."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Redelivery:
    """Give the last `batches` batches of each range again, grouped anew by chance."""

    number: int
    batches: int
    seed: int


class FeedOrders:
    """Orders that every range of a function's feed looks at between two batches."""

    def __init__(self) -> None:
        self._drops = 0
        self._redelivery: Redelivery | None = None

    @property
    def redelivery(self) -> Redelivery | None:
        """The newest order; each range carries an order's number out once."""
        return self._redelivery

    def order_redelivery(self, batches: int, seed: int) -> None:
        """Let each range that this host reads go back by so many of the batches it gave."""
        number = self._redelivery.number + 1 if self._redelivery else 1
        self._redelivery = Redelivery(number, batches, seed)

    def order_drops(self, batches: int) -> None:
        """Let the next batches be recorded as done without a call of the function."""
        self._drops = batches

    def take_drop(self) -> bool:
        """Say whether the batch in hand is one to drop."""
        if self._drops == 0:
            return False
        self._drops -= 1
        return True

    def clear(self) -> None:
        """Forget every order that was not carried out."""
        self._drops = 0
        self._redelivery = None

    def describe(self) -> dict[str, int]:
        """How many batches will be dropped still."""
        return {"drops": self._drops}
