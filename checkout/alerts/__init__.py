"""What a person must look at. One table, two functions; whoever finds a difference opens one."""

from checkout.alerts.alerts import Severity, open_alert, resolve_alert

__all__ = ["Severity", "open_alert", "resolve_alert"]
