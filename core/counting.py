"""Which opinions count, as Lua that several scripts begin with, and the script that removes some.

An opinion counts while it holds and its person lets it be learned from. What does not count any
more although the newest run counted it is noted as gone, or as many new ones would have to make up
for it before the next run.
"""

from __future__ import annotations

from typing import Final

from core.timeline import BOOKING

EVERY_ASSISTANT: Final = "*"
"""Field of a person's consent that says what holds where nothing else is said."""
SWITCHED: Final = "switched:"
"""How fields of a person's consent begin that say when it changed for an assistant: times, oldest
first, with a space between them.
"""
SWITCHES_KEPT_S: Final = 366 * 24 * 3600
"""Longer than a trial goes on."""

CONSENTED: Final = f"""
local function off_since(said)
  return said and string.match(said, '^off (.*)$')
end
local function counts(consent, assistant)
  local said = redis.call('HMGET', consent, assistant, '{EVERY_ASSISTANT}')
  return not off_since(said[1] or said[2])
end
"""

RETURNING: Final = """
local function give_back(consent, kept)
  if redis.call('EXISTS', kept) == 1 and redis.call('EXISTS', consent) == 0 then
    redis.call('RENAME', kept, consent)
  end
end
"""
# KEYS: consent, kept consent.
RETURN: Final = f"""
{RETURNING}
give_back(KEYS[1], KEYS[2])
"""

COUNTING: Final = f"""
{CONSENTED}
local function newest_run(runs)
  return tonumber(redis.call('ZREVRANGE', runs, 0, 0, 'WITHSCORES')[2] or '-1')
end
local function said_at(packed)
  return tonumber(string.match(packed, '^%S+ (%S+)'))
end
local function uncount(numbers, gone, runs, slot, packed)
  local kind = string.match(slot, '^([^:]+)')
  redis.call('HINCRBY', numbers, kind, -1)
  if said_at(packed) <= newest_run(runs) then redis.call('HINCRBY', gone, kind, 1) end
end
"""

# Removes opinions; the log is left as it is.
# KEYS: opinions, counts, gone, runs, consent, tally ('' for none), timeline, booked.
# ARGV: assistant, then (slot, feedback id or '' for whichever holds).  Returns how many there were.
FORGET: Final = f"""
{COUNTING}
{BOOKING}
local counted, removed = counts(KEYS[5], ARGV[1]), 0
for i = 2, #ARGV, 2 do
  local packed = redis.call('HGET', KEYS[1], ARGV[i])
  if packed and (ARGV[i + 1] == '' or string.match(packed, '^(%S+)') == ARGV[i + 1]) then
    redis.call('HDEL', KEYS[1], ARGV[i])
    if counted then uncount(KEYS[2], KEYS[3], KEYS[4], ARGV[i], packed) end
    book_out(KEYS[7], KEYS[8], ARGV[i], said_at(packed))
    removed = removed + 1
  end
end
if removed > 0 and KEYS[6] ~= '' then
  redis.call('HINCRBY', KEYS[6], 'removed:opinions', removed)
end
return removed
"""

# Replaces a person's consent, and counts or uncounts their opinions where that changes something,
# which is noted with its time. What they said before the newest run, which had it, is nothing new
# to the next one.
# KEYS: consent, then opinions, counts, gone, runs of each assistant.
# ARGV: now, number of assistants, their names, then the new consent as (field, 'on' or 'off').
CONSENT: Final = f"""
{COUNTING}
local known, wanted, changed = {{}}, {{}}, 0
local all, switched = redis.call('HGETALL', KEYS[1]), {{}}
for i = 1, #all, 2 do
  local target = string.find(all[i], '^{SWITCHED}') and switched or known
  target[all[i]] = all[i + 1]
end
local last = 2 + tonumber(ARGV[2])
for i = last + 1, #ARGV, 2 do wanted[ARGV[i]] = ARGV[i + 1] end
local function recount(at, since, sign)
  local ran, said = newest_run(KEYS[at + 3]), redis.call('HGETALL', KEYS[at])
  for i = 1, #said, 2 do
    local kind = string.match(said[i], '^([^:]+)')
    redis.call('HINCRBY', KEYS[at + 1], kind, sign)
    if said_at(said[i + 1]) <= ran and since > ran then
      redis.call('HINCRBY', KEYS[at + 2], kind, -sign)
    end
  end
end
for i = 3, last do
  local name, at = ARGV[i], 2 + 4 * (i - 3)
  local since = off_since(known[name] or known['{EVERY_ASSISTANT}'])
  local off = (wanted[name] or wanted['{EVERY_ASSISTANT}']) == 'off'
  if off ~= (since and true or false) then
    recount(at, tonumber(since or ARGV[1]), off and -1 or 1)
    local field, times = '{SWITCHED}' .. name, {{}}
    for time in string.gmatch(switched[field] or since or '', '%S+') do
      if tonumber(time) > ARGV[1] - {SWITCHES_KEPT_S} then table.insert(times, time) end
    end
    table.insert(times, ARGV[1])
    switched[field] = table.concat(times, ' ')
    changed = changed + 1
  end
end
redis.call('DEL', KEYS[1])
for field, times in pairs(switched) do redis.call('HSET', KEYS[1], field, times) end
for field, choice in pairs(wanted) do
  if choice == 'off' then
    local before = off_since(known[field] or known['{EVERY_ASSISTANT}'])
    choice = 'off ' .. (before or ARGV[1])
  end
  redis.call('HSET', KEYS[1], field, choice)
end
return changed
"""
