-- What is kept, times in milliseconds since 1970:
--   presence:due                    everything that expires, by when: "o|room|user|device" and "t|room|user|device"
--   presence:devices:<room>:<user>  the devices on which somebody is in a room, by when they expire
--   presence:typing:<room>:<user>   the devices on which they write, by when that expires
--   presence:room:<room>            who is in a room: user -> "since typing"
--   presence:version:<room>         how often that has changed
--   presence:user:<user>            the places where somebody is: "room|device", by when that expires
-- A device that shows no room has the room "".

local function devices(room, user) return 'presence:devices:' .. room .. ':' .. user end
local function writing(room, user) return 'presence:typing:' .. room .. ':' .. user end
local function places(user) return 'presence:user:' .. user end
local function people(room) return 'presence:room:' .. room end
local function expiring(kind, room, user, device) return kind .. '|' .. room .. '|' .. user .. '|' .. device end

-- until_ has the key go by itself a while after the time, should nobody sweep.
local function until_(key, time) redis.call('PEXPIREAT', key, time + 86400000) end

-- settle brings the record of a person in a room up to date with their
-- devices, publishes that if it changed, and returns it.
local function settle(room, user, now)
  if room == '' then return '' end
  local before = redis.call('HGET', people(room), user) or ''
  local after = ''
  if redis.call('ZCARD', devices(room, user)) > 0 then
    local typing = '0'
    if redis.call('ZCARD', writing(room, user)) > 0 then typing = '1' end
    after = (string.match(before, '^%d+') or now) .. ' ' .. typing
  end
  if after == before then return after end
  if after == '' then
    redis.call('HDEL', people(room), user)
  else
    redis.call('HSET', people(room), user, after)
    until_(people(room), now)
  end
  local version = redis.call('INCR', 'presence:version:' .. room)
  until_('presence:version:' .. room, now)
  local since, typing = string.match(after, '^(%d+) (%d)$')
  redis.call('PUBLISH', 'presence.' .. room, '{"version":' .. string.format('%.0f', version) .. ',"user":"' .. user ..
    '","since":' .. (since or '0') .. ',"typing":' .. (typing == '1' and 'true' or 'false') .. '}')
  return after
end

local function stop_typing(room, user, device)
  redis.call('ZREM', writing(room, user), device)
  redis.call('ZREM', 'presence:due', expiring('t', room, user, device))
end

local function remove(room, user, device)
  redis.call('ZREM', devices(room, user), device)
  redis.call('ZREM', places(user), room .. '|' .. device)
  redis.call('ZREM', 'presence:due', expiring('o', room, user, device))
  stop_typing(room, user, device)
end

local command = {}

-- renew room user device now expires typing typing_expires
function command.renew(room, user, device, now, expires, typing, typing_expires)
  redis.call('ZADD', places(user), expires, room .. '|' .. device)
  until_(places(user), expires)
  redis.call('ZADD', devices(room, user), expires, device)
  until_(devices(room, user), expires)
  redis.call('ZADD', 'presence:due', expires, expiring('o', room, user, device))
  if typing == '1' then
    redis.call('ZADD', writing(room, user), typing_expires, device)
    until_(writing(room, user), typing_expires)
    redis.call('ZADD', 'presence:due', typing_expires, expiring('t', room, user, device))
  elseif typing == '0' then
    stop_typing(room, user, device)
  end
  return settle(room, user, now)
end

-- remove room user device now: without a room, from all of them
function command.remove(room, user, device, now)
  if room ~= '' then
    remove(room, user, device)
    return settle(room, user, now)
  end
  for _, place in ipairs(redis.call('ZRANGE', places(user), 0, -1)) do
    local there, on = string.match(place, '^([^|]*)|(.*)$')
    if on == device then
      remove(there, user, on)
      settle(there, user, now)
    end
  end
  return ''
end

local function leave(room, user, now)
  for _, device in ipairs(redis.call('ZRANGE', devices(room, user), 0, -1)) do remove(room, user, device) end
  return settle(room, user, now)
end

function command.leave(room, user, _, now) return leave(room, user, now) end

function command.forget_user(_, user, _, now)
  for _, place in ipairs(redis.call('ZRANGE', places(user), 0, -1)) do
    local room, device = string.match(place, '^([^|]*)|(.*)$')
    remove(room, user, device)
    settle(room, user, now)
  end
  return ''
end

function command.forget_room(room, _, _, now)
  for _, user in ipairs(redis.call('HKEYS', people(room))) do leave(room, user, now) end
  return ''
end

-- sweep now limit
function command.sweep(_, _, _, now, limit)
  local due = redis.call('ZRANGEBYSCORE', 'presence:due', '-inf', now, 'LIMIT', 0, limit)
  for _, member in ipairs(due) do
    local kind, room, user, device = string.match(member, '^(.)|([^|]*)|([^|]*)|(.*)$')
    if kind == 't' then stop_typing(room, user, device) else remove(room, user, device) end
    settle(room, user, now)
  end
  return #due
end

-- state room: its version, and then each person and their record
function command.state(room)
  local answer = redis.call('HGETALL', people(room))
  table.insert(answer, 1, redis.call('GET', 'presence:version:' .. room) or '0')
  return answer
end

return command[ARGV[1]](unpack(ARGV, 2))
