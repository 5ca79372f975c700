"""What Redis does for a board in one step, in Lua; `leaderboards` says what a board is and calls these.

KEYS begin with the board's sorted set, its hash, and the lock of who builds it. The hash has the field `!` once the
board is built; an empty board has a hash and no set.
"""

UNBUILT, BUSY = -1, -2

REFRESH = """
if redis.call('EXISTS', KEYS[3]) == 1 then return -2 end
if redis.call('HEXISTS', KEYS[2], '!') == 0 then return -1 end
for i = 1, #ARGV, 4 do
  local member, revision, points, place = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
  local before = redis.call('HGET', KEYS[2], member)
  local cut = before and string.find(before, '|', 1, true)
  if not before or tonumber(string.sub(before, 1, cut - 1)) <= tonumber(revision) then
    local old = before and string.sub(before, cut + 1) or ''
    if old ~= '' and old ~= place then redis.call('ZREM', KEYS[1], old) end
    if place ~= '' then redis.call('ZADD', KEYS[1], -points, place) end
    redis.call('HSET', KEYS[2], member, revision .. '|' .. place)
  end
end
local left = redis.call('PTTL', KEYS[2])
if left > 0 then redis.call('PEXPIRE', KEYS[1], left) end
return 0
"""

# Rows from a place on, with how many are strictly better than the first of them: one round trip a page. A cursor names
# a place; when nobody stands there any more, putting it in for a moment says where it would be.
PAGE = """
if redis.call('HEXISTS', KEYS[2], '!') == 0 then return {-1} end
local first, count, place = 0, tonumber(ARGV[2]), ARGV[3]
if ARGV[1] == 'after' then
  local stays = redis.call('ZSCORE', KEYS[1], place)
  redis.call('ZADD', KEYS[1], ARGV[4], place)
  first = redis.call('ZRANK', KEYS[1], place)
  if not stays then redis.call('ZREM', KEYS[1], place) else
    redis.call('ZADD', KEYS[1], stays, place)
    if tonumber(stays) <= tonumber(ARGV[4]) then first = first + 1 end
  end
elseif ARGV[1] == 'around' then
  local held = redis.call('HGET', KEYS[2], place)
  place = held and string.sub(held, string.find(held, '|', 1, true) + 1) or ''
  if place == '' then return {0, redis.call('ZCARD', KEYS[1]), 0, 0} end
  local there = redis.call('ZRANK', KEYS[1], place)
  first = math.max(0, there - count)
  count = there + count - first + 1
end
local rows = redis.call('ZRANGE', KEYS[1], first, first + count - 1, 'WITHSCORES')
local better = 0
if #rows > 0 then better = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. rows[2]) end
return {0, redis.call('ZCARD', KEYS[1]), first, better, unpack(rows)}
"""

RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('EXPIRE', KEYS[1], ARGV[2])
"""

# The new board takes the old one's place, unless the builder has lost its lock meanwhile.
PUBLISH = """
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[1])
if redis.call('EXISTS', KEYS[4]) == 1 then redis.call('RENAME', KEYS[4], KEYS[1]) end
redis.call('RENAME', KEYS[5], KEYS[2])
redis.call('ZADD', KEYS[6], ARGV[2] == '' and '+inf' or ARGV[2], ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', ARGV[4])
if ARGV[2] ~= '' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2] - ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[2] - ARGV[4])
end
redis.call('UNLINK', KEYS[3])
return 1
"""

LEAVE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end"
