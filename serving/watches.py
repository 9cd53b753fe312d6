"""What a price watch may be, whoever makes it: the API or the command line."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

Number = PlainSerializer(float, return_type=float, when_used="json")  # as PostgreSQL writes it
Percent = Annotated[Decimal, Field(gt=0, le=1000, max_digits=9, decimal_places=4), Number]
Amount = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=2), Number]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
THRESHOLDS = ("rise_percent", "fall_percent", "rise_amount", "fall_amount")


class Watch(BaseModel):
    """What to watch, when to tell, and whom."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "item_id": "MLB3700321634",
                    "fall_percent": 5,
                    "rise_percent": 10,
                    "is_back_in_stock": True,
                    "channel": "telegram",
                    "destination": "123456789",
                }
            ]
        },
    )

    product_id: Text | None = Field(None, description="A product, own or of the catalogue; or:")
    item_id: Text | None = Field(None, description="one listing.")
    context: Text | None = Field(
        None, description="Of the price, as /price-history names it; unset: what every buyer sees."
    )
    rise_percent: Percent | None = Field(None, description="Of the price notified last.")
    fall_percent: Annotated[Percent, Field(le=100)] | None = None
    rise_amount: Amount | None = Field(None, description="Likewise, in the price's currency.")
    fall_amount: Amount | None = None
    is_back_in_stock: bool = Field(False, description="Tell when it is to be had again.")
    hysteresis_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=4), Number] = Field(
        Decimal(1), description="More that a price must move to be told of on its way back."
    )
    cooldown_minutes: int = Field(720, ge=0, le=43_200, description="Between two messages.")
    channel: Literal["telegram", "apprise"]
    destination: Text = Field(description="A chat; or the name of an address that is set up.")
    is_active: bool = True

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.product_id is None) == (self.item_id is None):
            raise ValueError("give product_id or item_id")
        if not self.is_back_in_stock and all(getattr(self, name) is None for name in THRESHOLDS):
            raise ValueError(f"give one of {', '.join(THRESHOLDS)} or is_back_in_stock")
        return self
