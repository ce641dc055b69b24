"""The product as it really runs: its own gunicorn settings, workers, scheduler, logs and doorbell, on servers of ours."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import config
from bench.ground import Ground, Running, free_port
from checkout.db.migrate import upgrade
from checkout.launcher import data_folder, process, programs, state_files
from checkout.launcher.process import Program
from config import Settings

OWN_SETTINGS = "python:checkout.launcher.gunicorn_settings"
BARE_PSP_CALL = "python:bench.peers.product_bare_psp_call"


@dataclass(slots=True)
class Product:
    """An installation: its database, its folder, its demo shop. What runs of it is decided cell by cell."""

    ground: Ground
    folder: Path
    database_url: str
    empty_copy_url: str
    demo: dict[str, Any]

    def settings(self, *, psp_port: int | None = None, port: int | None = None) -> Settings:
        """Of an instance on free ports. `psp_port`: who stands for the PSP, else the mock at its own port."""
        environ = self._environ()
        environ |= {"PORT": str(port or free_port()), "MOCK_PSP_PORT": str(free_port())}
        psp_port = psp_port or int(
            environ["MOCK_PSP_PORT"]
        )  # said in any case: another group may have said another
        environ["MOCK_PSP_API_BASE"] = f"http://127.0.0.1:{psp_port}"
        # The launcher's programs hand on this process's environment, as they do under `make run`.
        os.environ.update(environ)
        settings = config.read(environ)
        state_files.write_servers(settings, self.database_url, self.ground.servers.redis_url)
        return config.load(environ)

    def _environ(self) -> dict[str, str]:
        return {
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.ground.servers.redis_url,
            "PUBLIC_URL": "http://localhost:8000",
        }

    @contextmanager
    def web(self, settings: Settings, *, bare_psp_call: bool = False) -> Iterator[Running]:
        program = programs.web(settings, programs.cores())
        if bare_psp_call:
            command = [BARE_PSP_CALL if part == OWN_SETTINGS else part for part in program.command]
            assert BARE_PSP_CALL in command
            program = _with_command(program, f"{program.name}-bare-psp-call", command)
        with self.ground.start(program, port=settings.port, path="/healthz") as running:
            yield running

    @contextmanager
    def background(self, settings: Settings, *queues: str) -> Iterator[None]:
        """Workers of these queues (all, unless told) and the scheduler."""
        with ExitStack() as stack:
            for program in programs.workers(settings):
                if not queues or program.command[-1] in queues:
                    stack.enter_context(self.ground.start(program))
            if not queues:
                stack.enter_context(self.ground.start(programs.scheduler(settings)))
            yield

    @contextmanager
    def mock_psp(self, settings: Settings) -> Iterator[Running]:
        with self.ground.start(programs.mock_psp(settings), port=settings.mock_psp_port) as running:
            yield running

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.demo['api_key']}"}

    def checkout(self) -> dict[str, Any]:
        """What a storefront posts: two sellers' orders, three lines, as the API's own example."""
        first, second = (seller["id"] for seller in self.demo["sellers"][:2])
        return checkout_of(first, second)

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.ground.sql(self.database_url, statement, *parameters)


def checkout_of(first_seller: str, second_seller: str) -> dict[str, Any]:
    return {
        "amount": 2490,
        "currency": "EUR",
        "orders": [
            {
                "seller": first_seller,
                "reference": "1042-A",
                "amount": 1500,
                "logistics_fee": 300,
                "lines": [
                    {"sku": "MUG", "name": "Mug", "quantity": 1, "unit_amount": 1200},
                    {"sku": "POST", "name": "Postage", "quantity": 1, "unit_amount": 300, "kind": "shipping"},
                ],
                "estimated_delivery": {"from": "2027-12-01", "to": "2027-12-03"},
            },
            {
                "seller": second_seller,
                "reference": "1042-B",
                "amount": 990,
                "lines": [{"sku": "TEA", "name": "Tea", "quantity": 1, "unit_amount": 990}],
            },
        ],
        "customer": {"email": "jo@example.org", "name": "Jo", "locale": "de-DE", "country": "DE"},
        "return_url": "http://localhost:8000/thanks",
        "cancel_url": "http://localhost:8000/cart",
        "metadata": {"cart": "c-77"},
    }


def install(ground: Ground) -> Product:
    """Migrates, seeds the demo shop, and keeps a copy of that state for the peers that write the same tables."""
    folder = ground.folder / "product"
    data_folder.make_data_folder(folder)
    url = ground.database("product")
    state_files.make_development_secrets(folder)
    product = Product(ground, folder, url, "", {})
    settings = product.settings(port=8000)
    upgrade(url)
    (folder / programs.METRICS_FOLDER).mkdir(mode=0o700, exist_ok=True)
    seed = process.start(programs.demo_seed(settings))
    if seed.wait(60) != 0:
        raise RuntimeError(f"the demo seed failed: {process.last_words(folder / 'logs' / 'seed.log', 12)}")
    product.demo = json.loads((folder / state_files.DEMO_FILE).read_text(encoding="utf-8"))
    product.empty_copy_url = ground.database("bare", like=url)
    return product


def _with_command(program: Program, name: str, command: list[str]) -> Program:
    return Program(
        name,
        command,
        program.log.with_name(f"{name}.log"),
        program.environ,
        program.folder,
        is_ready=program.is_ready,
    )
