"""What a person must look at. One table, three functions; whoever finds a difference opens one."""

from checkout.alerts.alerts import Severity, is_open, open_alert, resolve_alert

__all__ = ["Severity", "is_open", "open_alert", "resolve_alert"]
