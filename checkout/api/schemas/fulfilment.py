"""The bodies of shipping, and what an upload of parcels comes to."""

from __future__ import annotations

from marshmallow import Schema, fields

from checkout.api.schemas.payment_request import LINES_MOST, QUANTITY_MOST, DeliveryWindowSchema
from checkout.api.schemas.strict import Integer, Object, Several, StrictSchema, Text

NAME_MOST = 60  # characters of a carrier's name or a tracking number


class ParcelLineSchema(StrictSchema):
    """So many of one line of the order."""

    line = Text(64, required=True, metadata={"example": "oli_01kaj1z8q6g8n1t4w7y0a3d6e9"})
    quantity = Integer(1, QUANTITY_MOST, required=True)


class ParcelSchema(StrictSchema):
    """A parcel that has left. Without lines it holds all that is left of the order."""

    carrier = Text(NAME_MOST, required=True, metadata={"example": "DHL"})
    tracking_number = Text(NAME_MOST, required=True, metadata={"example": "JJD000390007882823"})
    lines = Several(Object(ParcelLineSchema), least=1, most=LINES_MOST)
    estimated_delivery = Object(DeliveryWindowSchema, allow_none=True)


class UploadedRow(Schema):
    """What became of one row of the file; a parcel of several rows is one shipment in each of them."""

    row = fields.Integer(
        required=True, metadata={"description": "The line in the file; the header is line 1."}
    )
    status = fields.String(required=True, metadata={"enum": ["shipped", "unchanged", "refused"]})
    order = fields.String(required=True, allow_none=True, metadata={"description": "ord_…"})
    shipment = fields.String(required=True, allow_none=True, metadata={"description": "shp_…"})
    code = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)


class ShipmentUpload(Schema):
    """Each row's own outcome: a wrong one stops no other."""

    object = fields.String(required=True, metadata={"enum": ["shipment_upload"]})
    shipped = fields.Integer(required=True, metadata={"description": "Rows."})
    unchanged = fields.Integer(required=True, metadata={"description": "Rows that were known already."})
    refused = fields.Integer(required=True, metadata={"description": "Rows."})
    rows = fields.List(fields.Nested(UploadedRow), required=True)
