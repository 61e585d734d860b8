"""How often somebody tried to replace a champion, counted once each over all of its reigns: of
alpha, each later attempt may spend less (worker/canary/spending.py).

Kept as long as the champion's own record: one that comes back goes on with its count.
"""

from __future__ import annotations

from typing import Final

from core import keys
from core.store import Store

# Counts a name once.  KEYS: names.  ARGV: name.  Returns how many there are.
COUNT: Final = """
redis.call('SADD', KEYS[1], ARGV[1])
return redis.call('SCARD', KEYS[1])
"""


class Reigns:
    """The only writer of these counts. Durable: what was spent is never forgotten."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def count_run(self, assistant: str, champion: str, run: str) -> int:
        """Which one it is, from 1, of the runs that the gate judges against this champion. The
        newest again is the same one.
        """
        return await self._count(keys.reign_runs(assistant, champion), run)

    async def count_trial(self, assistant: str, champion: str, version: str) -> int:
        """As `count_run`, of the versions on trial against it."""
        return await self._count(keys.reign_trials(assistant, champion), version)

    async def _count(self, names: str, name: str) -> int:
        return int(await self._store.run_script(COUNT, [names], [name], durable=True))
