"""What is kept of a shopper, shown and erased on request. The permission for both is `privacy:write`."""

from checkout.privacy.erase import Erased, ErasureRefused, erase_person
from checkout.privacy.export import export_person

__all__ = ["Erased", "ErasureRefused", "erase_person", "export_person"]
