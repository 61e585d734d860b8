"""Every error Thumbwheel raises on purpose. The core knows no HTTP status: server/errors.py maps
these.

ThumbwheelError
|-- InvalidRequest      the caller sent something wrong; saying it again will not help
|-- NotFound            the named thing does not exist (or is not yours)
|-- Conflict            the thing exists but is in a state that forbids the request
|   `-- StaleFence      a newer run owns the assistant; this one must not publish
|-- Unauthenticated     nobody known asks: no key, or one that is wrong, expired or revoked
|-- Forbidden           who asks is known and may not
|-- Unavailable         a part is down or full; the same request may be retried
|   |-- LimitReached        who asks has had their share for now
|   |-- StoreUnavailable    Redis did not acknowledge
|   `-- ModelUnavailable    no vLLM replica can answer
|       |-- VersionMissing  the replica does not have the version it was asked for
|       `-- ModelSilent     it took the request and then said nothing for too long
|-- BadConfig           settings, assistants.toml or a run's file are wrong
|-- ArtifactCorrupt     a published directory does not match its manifest
`-- RunFailed           a retraining could not finish
    |-- RunCancelled    somebody asked it to stop
    `-- OutOfBudget     it ran out of time or memory
"""

from __future__ import annotations


class ThumbwheelError(Exception):
    """Root of the tree. The message says what was expected, what came and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidRequest(ThumbwheelError):
    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param

    def __reduce__(self) -> tuple[type[InvalidRequest], tuple[str, str | None]]:
        return type(self), (self.message, self.param)


class NotFound(ThumbwheelError):
    pass


class Conflict(ThumbwheelError):
    pass


class StaleFence(Conflict):
    pass


class Unauthenticated(ThumbwheelError):
    pass


class Forbidden(ThumbwheelError):
    pass


class Unavailable(ThumbwheelError):
    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[type[Unavailable], tuple[str, int]]:
        return type(self), (self.message, self.retry_after_s)


class LimitReached(Unavailable):
    pass


class StoreUnavailable(Unavailable):
    pass


class ModelUnavailable(Unavailable):
    pass


class VersionMissing(ModelUnavailable):
    pass


class ModelSilent(ModelUnavailable):
    pass


class BadConfig(ThumbwheelError):
    pass


class ArtifactCorrupt(ThumbwheelError):
    pass


class RunFailed(ThumbwheelError):
    pass


class RunCancelled(RunFailed):
    pass


class OutOfBudget(RunFailed):
    pass
