"""Names of all Redis keys. What one Lua call touches together shares a hash tag, the assistant's
name.
"""

from __future__ import annotations

ROOT = "tw"


def replicas() -> str:
    """Hash: replica id -> Replica (JSON)."""
    return f"{ROOT}:replicas"


def server(name: str) -> str:
    """String with expiry: this API process lives."""
    return f"{ROOT}:server:{name}"


def open_responses() -> str:
    """Sorted set, by name alone: `<API process> <response id>` of each that is not finished."""
    return f"{ROOT}:open_responses"


def awaited(identity: str) -> str:
    """String with expiry: somebody waits for these answers in another process than theirs."""
    return f"{ROOT}:awaited:{identity}"


def workers() -> str:
    """Hash: worker name -> Worker (JSON)."""
    return f"{ROOT}:workers"


def user_salt(user: str) -> str:
    return f"{ROOT}:user:{user}:salt"


def user_conversations(user: str) -> str:
    """Sorted set: conversation id by time of its last message."""
    return f"{ROOT}:user:{user}:conversations"


def user_assistants(user: str) -> str:
    """Set: assistants that have something of the person's."""
    return f"{ROOT}:user:{user}:assistants"


def consent(user: str) -> str:
    """Hash: assistant, or EVERY_ASSISTANT -> `on`, or `off` and since when."""
    return f"{ROOT}:user:{user}:consent"


def people_secret() -> str:
    """String: what makes digests of people's names unguessable."""
    return f"{ROOT}:people:secret"


def erasure(person: str) -> str:
    """Hash of a digest: `began`, `ended`, `versions` (JSON), `hashed` (digest of the name that
    stands for theirs where names are redacted), and `removed:KIND` -> how many.
    """
    return f"{ROOT}:erasure:{person}"


def kept_consent(person: str) -> str:
    """Hash of a digest: the consent of somebody who had it off when they were erased."""
    return f"{ROOT}:erasure:{person}:consent"


def erasure_lease(person: str) -> str:
    """String with expiry: somebody is at this erasure."""
    return f"{ROOT}:erasure:{person}:lease"


def erasing() -> str:
    """Hash: digest -> name of who is being erased, empty once nothing here is theirs any more."""
    return f"{ROOT}:erasing"


def api_keys() -> str:
    """Sorted set: id of every API key there ever was, by when it was made."""
    return f"{ROOT}:access:keys"


def api_key_names() -> str:
    """Hash: name -> id of the API keys that are not revoked."""
    return f"{ROOT}:access:names"


def api_key(key_id: str) -> str:
    """Hash: `record` (JSON), `digest`, `old_digest`, `old_until`, `used`, `revoked`."""
    return f"{ROOT}:access:key:{key_id}"


def session_secret() -> str:
    """String: what browsers' cookies are signed with."""
    return f"{ROOT}:access:secret"


def access_audit() -> str:
    """Stream: every act of an operator, by whom and from where."""
    return f"{ROOT}:access:audit"


def limit(subject: str, kind: str) -> str:
    """Of what may be had for a time: `requests` (string, milliseconds), `tokens` (counter with
    expiry), `streams` (sorted set: stream by when it counts no more).
    """
    return f"{ROOT}:limit:{subject}:{kind}"


def message(message_id: str) -> str:
    """String: Message (JSON), written once."""
    return f"{ROOT}:message:{message_id}"


def conversation(conversation_id: str) -> str:
    """Hash: `record` (JSON), `title`, `head` (message id), `updated`."""
    return f"{ROOT}:conversation:{conversation_id}"


def conversation_messages(conversation_id: str) -> str:
    """Hash: message id -> response id, empty for what the person said."""
    return f"{ROOT}:conversation:{conversation_id}:messages"


def response(response_id: str) -> str:
    """Hash: `start` (JSON, before the first token), `end` (JSON) and, where that is not its own
    process' word, `given_up`: 1, or 2 once that has spoken after all.
    """
    return f"{ROOT}:response:{response_id}"


def comparison(comparison_id: str) -> str:
    """String: Comparison (JSON), written once."""
    return f"{ROOT}:comparison:{comparison_id}"


def run(run_id: str) -> str:
    """Hash: `record` (JSON) and the fields that change."""
    return f"{ROOT}:run:{run_id}"


def run_events(run_id: str) -> str:
    """Stream with expiry: progress of a run, capped."""
    return f"{ROOT}:run:{run_id}:events"


def run_enqueued(run_id: str) -> str:
    """String with expiry: a message asking for this run is on its way."""
    return f"{ROOT}:run:{run_id}:enqueued"


def _of(assistant: str, name: str) -> str:
    return f"{ROOT}:{{{assistant}}}:{name}"


def feedback(assistant: str) -> str:
    """Stream: every opinion, in order of arrival. The log, from where its archive ends."""
    return _of(assistant, "feedback")


def feedback_seen(assistant: str, user: str, key: str) -> str:
    """String: feedback id of an idempotency key. The length keeps apart users and keys with ':'."""
    return _of(assistant, f"feedback:seen:{len(user)}:{user}:{key}")


def feedback_keys(assistant: str, user: str) -> str:
    """Sorted set with expiry: a person's idempotency keys by when they were used."""
    return _of(assistant, f"feedback:keys:{user}")


def holdings(assistant: str, user: str) -> str:
    """Sorted set: ids of a person's messages, responses, comparisons and conversations by last
    use.
    """
    return _of(assistant, f"holdings:{user}")


def holdings_of_all(assistant: str) -> str:
    """Pattern of the above."""
    return _of(assistant, "holdings:*")


def retention_cursor(assistant: str) -> str:
    """String: where the search for what is too old goes on."""
    return _of(assistant, "retention:cursor")


def opinions(assistant: str, user: str) -> str:
    """Hash: `kind:target` -> latest feedback (JSON) of one user."""
    return _of(assistant, f"opinions:{user}")


def timeline(assistant: str) -> str:
    """Hash: `hour:N`, `day:N` -> figures (JSON); `answers:hour:N`, `answers:day:N` -> how many;
    `week:N` -> how many people.
    """
    return _of(assistant, "timeline")


def timeline_cursor(assistant: str) -> str:
    """String: down to which position of the log the timeline counts what is older than itself, or
    `done`.
    """
    return _of(assistant, "timeline:cursor")


def booked(assistant: str, user: str) -> str:
    """Hash: `kind:target` -> what a person's opinion is counted as (JSON), and bucket -> how many
    of theirs are in it.
    """
    return _of(assistant, f"booked:{user}")


def counts(assistant: str) -> str:
    """Hash: kind -> number of targets with an opinion that may be learned from."""
    return _of(assistant, "counts")


def gone(assistant: str) -> str:
    """Hash: kind -> how many of the opinions that the newest run counted do not count any more."""
    return _of(assistant, "gone")


def archive(assistant: str) -> str:
    """Sorted set, by name alone: `<last position> <JSON>` of each archived part of the log."""
    return _of(assistant, "archive")


def archive_lease(assistant: str) -> str:
    """String with expiry: token of who may change the archive now."""
    return _of(assistant, "archive:lease")


def archive_fence(assistant: str) -> str:
    """Counter: the newest of those tokens."""
    return _of(assistant, "archive:fence")


def pointer(assistant: str) -> str:
    """Hash: champion, previous, candidate, challenger, share, held, hold_reason, updated."""
    return _of(assistant, "pointer")


def lineup(assistant: str) -> str:
    """String: which live versions are shown side by side, and how often (JSON Lineup)."""
    return _of(assistant, "lineup")


def fence(assistant: str) -> str:
    """Counter: the newest fencing token given out."""
    return _of(assistant, "fence")


def sequence(assistant: str) -> str:
    """Counter: policy versions made so far."""
    return _of(assistant, "sequence")


def versions(assistant: str) -> str:
    """Sorted set: version name by sequence."""
    return _of(assistant, "versions")


def version(assistant: str, name: str) -> str:
    """Hash: `record` (JSON) and `state`."""
    return _of(assistant, f"version:{name}")


def audit(assistant: str) -> str:
    """Stream: every change to the registry, by whom and why."""
    return _of(assistant, "audit")


def lease(assistant: str) -> str:
    """String with expiry: `run_id token` of who works on the assistant now."""
    return _of(assistant, "lease")


def active_run(assistant: str) -> str:
    """String: the run that has no verdict yet. At most one."""
    return _of(assistant, "active_run")


def runs(assistant: str) -> str:
    """Sorted set: run id by time."""
    return _of(assistant, "runs")


def retrain_request(assistant: str) -> str:
    """String: somebody asked for a run (`by: reason`)."""
    return _of(assistant, "retrain_request")


def trigger_state(assistant: str) -> str:
    """String: why there is, or is not, a run now (JSON TriggerState)."""
    return _of(assistant, "trigger")


def reign_runs(assistant: str, champion: str) -> str:
    """Set: runs that the gate judged against a champion."""
    return _of(assistant, f"reign:{champion}:runs")


def reign_trials(assistant: str, champion: str) -> str:
    """Set: versions that were on trial against a champion."""
    return _of(assistant, f"reign:{champion}:trials")


def trials(assistant: str) -> str:
    """Sorted set: version name by when its trial began."""
    return _of(assistant, "trials")


def trial(assistant: str, version: str) -> str:
    """Hash: `record`, `figures`, `look` and `path` and, once it is over, `verdict` (all JSON)."""
    return _of(assistant, f"trial:{version}")


def trial_weights(assistant: str, version: str) -> str:
    """Hash: person -> what their votes weigh in the trial, where that is less than 1."""
    return _of(assistant, f"trial:{version}:weights")


def tally(assistant: str, trial: str, arm: str) -> str:
    """Hash: what came of one arm's answers during a trial."""
    return _of(assistant, f"trial:{trial}:{arm}")
