"""What goes in and comes out, declared once: for validation and for the OpenAPI document."""
