"""What is wired to what, for every process: web, jobs and commands. It imports no web framework: a worker that starts,
or is started again, would wait for it and never use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout import secrets
from checkout.accounting import profiles
from checkout.core import business_day, clock, crash_points
from checkout.db import session
from checkout.doorbell import Doorbell
from checkout.identity import password_hashes, password_links
from checkout.identity.password_hashes import Cost
from checkout.observability import logs, metrics
from checkout.psp import registry
from checkout.reconciliation import rules
from checkout.reconciliation.files import opening
from checkout.reconciliation.night import expected
from checkout.secrets.choose import choose_provider
from checkout.tasks import set_ring

if TYPE_CHECKING:
    from config import Settings


def wire(settings: Settings) -> None:
    """What web, jobs and commands all need, before any of them does anything."""
    logs.configure()
    metrics.configure(settings.data_dir / "metrics")
    clock.configure(offset_seconds=settings.clock_offset_seconds, advance_file=settings.clock_file)
    business_day.configure(settings.business_tz)
    crash_points.arm(settings.crash_point, spent_file=settings.crash_spent_file)
    session.configure(settings.database_url)
    registry.configure(
        psp=settings.psp,
        api_key=settings.stripe_api_key,
        webhook_secrets=settings.stripe_webhook_secrets,
        api_base=settings.psp_api_base,
    )
    profiles.configure(settings.accounting_profiles_dir)
    opening.configure(mappings_dir=settings.settlement_mappings_dir)
    expected.configure(settings.settlement_drop_psps)
    rules.configure(path=settings.settlement_rules_file, mock=settings.psp == "mock")
    _unlock_secrets(settings)
    password_hashes.configure(Cost(settings.password_hash_memory_kib, settings.password_hash_passes))
    password_links.configure(secret_key=settings.secret_key, public_url=settings.public_url)
    set_ring(Doorbell(settings.redis_url).ring)


def _unlock_secrets(settings: Settings) -> None:
    """Complete settings always name a key; without one (they were read, not loaded) nothing can be sealed."""
    if settings.key_provider == "vault" or settings.encryption_keys:
        secrets.configure(
            choose_provider(
                settings.key_provider,
                keys=settings.encryption_keys,
                vault_addr=settings.vault_addr,
                vault_token=settings.vault_token,
                vault_transit_key=settings.vault_transit_key,
            )
        )
