/* SPDX-License-Identifier: Apache-2.0 */
/* redis_step: the script's text. */
#include "sensor/publish/redis_step.h"

/*
 * Invariants:
 * - Nothing is written before the marker, and the marker is written by call(): when Redis refuses writes
 *   (OOM, READONLY, MISCONF) the whole step is refused and can be sent again. Everything after it is
 *   protected: a key of another type loses its own writes, which are counted, and nothing else.
 * - Every write is absolute (ZADD, HSET of sums computed here; stream entries under ids that the batch
 *   brings), so that doing a part of the step twice changes nothing. Redis 7.0 needs that: an AOF torn
 *   inside a transaction is cut behind its last whole command, not before its MULTI, and what stays of it is
 *   executed together with the transaction that was sent again. Increments would be counted twice.
 *   It is also cheaper: one ZMSCORE and one ZADD a board instead of a ZINCRBY a member.
 */
static const char step_begins[] =
    "local marker, F = KEYS[1], ARGV\n"
    "local match, sub, find, format, pcall = string.match, string.sub, string.find, string.format, redis.pcall\n"
    "local unpack, type, tonumber, min, floor = unpack, type, tonumber, math.min, math.floor\n"
    "local P, prev, seq = F[1], F[2], F[3]\n"
    "local stats, top, fanout = P .. F[4], tonumber(F[5]), tonumber(F[6])\n"
    /* Numbers that go into commands stay texts: Redis prints a script's numbers with %.17g, each time. */
    "local keep, hours, smax, fmax = F[7], F[8], F[9], F[10]\n"
    "local at = redis.call('HMGET', marker, 'seq', 'packets', 'bytes', 'records')\n"
    "local seen = at[1] or ''\n"
    "local function pair(s)\n"
    "  local f, n = match(s, '^(%d+)%-(%d+)$')\n"
    "  return tonumber(f) or -1, tonumber(n) or -1\n"
    "end\n"
    "local mf, mn = pair(seen)\n"
    "local sf, sn = pair(seq)\n"
    "if mf > sf or (mf == sf and mn >= sn) then return {'already', seen} end\n"
    "if seen ~= prev then return {'refused', seen} end\n"
    /* A cluster moves a slot key by key, and a script finds some of them gone only in its midst. No key has these two
     * names: where they are asked for and the slot is on its way, here or there, the answer is an error. */
    "if find(P, '{', 1, true) then\n"
    "  local there = pcall('EXISTS', P .. ' ', P .. '  ')\n"
    "  if type(there) == 'table' then return {'moving', seen} end\n"
    "end\n"
    "local n = tonumber(F[19])\n"
    "local A = F[20 + n] and cmsgpack.unpack(F[20 + n]) or {0}\n"
    /* First write: the marker. */
    "redis.call('HSET', marker, 'seq', seq, 'packets', F[11], 'bytes', F[12], 'records', F[13],\n"
    "           unpack(F, 20, 19 + n))\n"
    "local failed, first = 0, ''\n"
    "local function fails(key, why)\n"
    "  failed = failed + 1\n"
    "  if first == '' then first = key .. ': ' .. why end\n"
    "end\n"
    /* A write, or a read of several fields; nil where it failed. */
    "local function w(cmd, key, ...)\n"
    "  local r = pcall(cmd, key, ...)\n"
    "  if type(r) == 'table' and r.err then\n"
    "    fails(key, r.err)\n"
    "    return nil\n"
    "  end\n"
    "  return r\n"
    "end\n"
    /* The same where it is done by the thousand: what pcall answered, which is a number after a write. */
    "local function wrote(key, r)\n"
    "  if type(r) ~= 'number' then fails(key, r.err) end\n"
    "end\n"
    "local function live(key, ttl)\n"
    "  local left = pcall('TTL', key)\n"
    "  if type(left) ~= 'number' or left < ttl * 23 / 24 then w('EXPIRE', key, ttl) end\n"
    "end\n"
    "if F[14] ~= '0' then live(marker, F[14]) end\n"
    /* Numbers of texts and texts of numbers, remembered: reading or writing one costs more than looking it up. What is no number, or
     * none one counts with (somebody's "nan", which can be no table's index, would end the step in its midst), is 0. */
    "local num = setmetatable({}, {__index = function(t, s)\n"
    "  local v = tonumber(s) or 0\n"
    "  if v - v ~= 0 then v = 0 end\n"
    "  t[s] = v\n"
    "  return v\n"
    "end})\n"
    "local text = setmetatable({}, {__index = function(t, v)\n"
    "  local s = format('%.0f', v)\n"
    "  t[v] = s\n"
    "  return s\n"
    "end})\n"
    "local function sum(old, add)\n"
    "  return text[num[old or false] + num[add]]\n"
    "end\n"
    /* Where the operation stands; behind the last one are the times of entities, three elements each, and how many elements they are. */
    "local i, times = 1, #A - A[#A] - 1\n"
    /* A stream whose last entry is younger than our id (another sensor's clock) takes its own. */
    "local dash, entry, trimmed = F[17] .. '-', 0, {}\n"
    "local function stream(key, most, ...)\n"
    "  local id, r = dash .. text[entry], nil\n"
    "  entry = entry + 1\n"
    /* Cut back once a step: what the step adds fits in what ~ leaves open. */
    "  if trimmed[key] then\n"
    "    r = pcall('XADD', key, id, ...)\n"
    "  else\n"
    "    r = pcall('XADD', key, 'MAXLEN', '~', most, id, ...)\n"
    "    trimmed[key] = true\n"
    "  end\n"
    "  if type(r) == 'table' and r.err then w('XADD', key, 'MAXLEN', '~', most, '*', ...) end\n"
    "end\n"
    /* What only the whole can tell, beside the records that raise alerts: fields, and JSON on the channel. */
    "local function alert(what, value, count, time)\n"
    "  local json = '{\"alert\":\"' .. what .. '\",\"value\":' .. cjson.encode(value) .. ',\"count\":' .. count .. '}'\n"
    "  stream(P .. 'alerts', fmax, 'alert', what, 'value', value, 'count', count, 'time', time, 'json', json)\n"
    "  w('PUBLISH', P .. 'alerts', json)\n"
    "end\n"
    /* One mail has room for 64 new domains: what is new is told four times a record at most, so that nobody pushes all other
     * alerts out of the stream with a hundred mails. All of it is in first:<kind>. */
    "local room, untold = 4 * (tonumber(F[13]) - (tonumber(at[4]) or 0)), 0\n"
    "if find(P, '{', 1, true) then room = math.ceil(room / 16) end\n"
    "local function alert_first(...)\n"
    "  room = room - 1\n"
    "  if room < 0 then untold = untold + 1 else alert(...) end\n"
    "end\n"
    "local function day_before(day)\n"
    "  local y, m, d = tonumber(sub(day, 1, 4)), tonumber(sub(day, 5, 6)), tonumber(sub(day, 7)) - 1\n"
    "  if d == 0 then\n"
    "    m = m - 1\n"
    "    if m == 0 then y, m = y - 1, 12 end\n"
    "    local leap = y % 4 == 0 and (y % 100 ~= 0 or y % 400 == 0)\n"
    "    d = ({31, leap and 29 or 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31})[m]\n"
    "  end\n"
    "  return format('%04d%02d%02d', y, m, d)\n"
    "end\n"
    /* How often a count from 20 on has doubled: what is asked then is asked seldom. */
    "local function doublings(n)\n"
    "  local k = 0\n"
    "  while n >= 20 do n, k = n / 2, k + 1 end\n"
    "  return k\n"
    "end\n"
    /* A subject that was there in the seven days before, and has five times today what it had on such a day. */
    "local function spike(key, subject, was, now)\n"
    "  if doublings(now) == doublings(was) then return end\n"
    "  local stem, day, sum, days = sub(key, 1, -9), sub(key, -8), 0, 0\n"
    "  local at = day\n"
    "  for _ = 1, 7 do\n"
    "    at = day_before(at)\n"
    "    local old = w('ZMSCORE', stem .. at, subject)\n"
    "    local n = old and tonumber(old[1]) or 0\n"
    "    if n > 0 then sum, days = sum + n, days + 1 end\n"
    "  end\n"
    "  if days > 0 and now * days >= 5 * sum then alert('subject.spike', subject, now, day) end\n"
    "end\n"
    /* A client whose recipients of a day were refused as unknown. */
    "local function harvesting(key, ip, was, now)\n"
    "  if was < 20 and now >= 20 then alert('rcpt.harvesting', ip, now, sub(key, -8)) end\n"
    "end\n"
    /* Names and increments from A[from] on, 500 at most; how many. once: names alone, each of which came once. Tables serve all commands:
     * growing one costs more than filling it. */
    "local names, adds, set = {}, {}, {}\n"
    "local function named(from, last, once)\n"
    "  local k, each = 0, once and 1 or 2\n"
    "  for j = from, min(from + 500 * each - each, last), each do\n"
    "    k = k + 1\n"
    "    names[k], adds[k] = A[j], once and '1' or A[j + 1]\n"
    "  end\n"
    "  return k\n"
    "end\n"
    /* Those k names in one key: read all, write all. With score 1 first, as ZADD has it, or, with 0, name first, as HSET has it.
     * How many names were not there before; nil where it failed. */
    "local function raise_named(key, k, read, write, score, crossed)\n"
    "  local old, new = w(read, key, unpack(names, 1, k)), 0\n"
    "  if not old then return nil end\n"
    "  for j = 1, k do\n"
    "    local was, at = old[j], 2 * j\n"
    "    local now = sum(was, adds[j])\n"
    "    set[at - score], set[at - 1 + score] = now, names[j]\n"
    "    if not was then new = new + 1 end\n"
    "    if crossed then crossed(key, names[j], num[was], num[now]) end\n"
    "  end\n"
    "  w(write, key, unpack(set, 1, 2 * k))\n"
    "  return new\n"
    "end\n"
    /* m names (and increments) from A[at] on, some hundreds at a time. */
    "local function raise(key, m, at, read, write, score, crossed, once)\n"
    "  local new, each = 0, once and 1 or 2\n"
    "  local last = at + each * (m - 1)\n"
    "  for from = at, last, 500 * each do\n"
    "    local n = raise_named(key, named(from, last, once), read, write, score, crossed)\n"
    "    new = n and new and new + n\n"
    "  end\n"
    "  return new\n"
    "end\n"
    /* A sorted set into which m members were put, `new` of them new: cut back to its bound once it is a tenth over it. True
     * where the key itself is new. */
    "local function bound(key, most, m, new)\n"
    "  if not new or new == 0 then return false end\n"
    "  local c = w('ZCARD', key)\n"
    "  if c and c > most * 1.1 then w('ZREMRANGEBYRANK', key, 0, -most - 1) end\n"
    "  return new == m and c == m\n"
    "end\n";

static const char step_ends[] =
    "local function list(op, key)\n"
    "  local m = A[i + 2]\n"
    "  i = i + 3\n"
    "  if op == 'H' then\n"
    "    w('HSET', key, unpack(A, i, i + m - 1))\n"
    "  else\n"
    "    stream(key, op == 'X' and smax or fmax, unpack(A, i, i + m - 1))\n"
    "    if op == 'A' then w('PUBLISH', key, A[i + m - 1]) end\n"
    "  end\n"
    "  i = i + m\n"
    "end\n"
    /* What rides on the batch counts from the marker on; after a flush from where the batch begins. */
    "local function more(field, now, before, begin)\n"
    "  local d = tonumber(now) - (tonumber(before) or tonumber(begin))\n"
    "  local old = d > 0 and w('HMGET', stats, field)\n"
    "  if old then w('HSET', stats, field, sum(old[1] or '0', d)) end\n"
    "end\n"
    "more('packets', F[11], at[2], F[15])\n"
    "more('bytes', F[12], at[3], F[16])\n"
    "while i <= times do\n"
    "  local op = A[i]\n"
    "  if op == 'E' then entities()\n"
    "  elseif op == 'BA' then board(P .. A[i + 1])\n"
    "  elseif op == 'BD' then board(P .. A[i + 1], keep)\n"
    "  elseif op == 'S' then count(P .. A[i + 1])\n"
    "  elseif op == 'H' or op == 'X' or op == 'A' then list(op, P .. A[i + 1])\n"
    "  else\n"
    "    fails('operation', op)\n"
    "    break\n"
    "  end\n"
    "end\n"
    "local function note(field, add)\n"
    "  local old = add > 0 and w('HMGET', stats, field)\n"
    "  if old then w('HSET', stats, field, sum(old[1] or '0', add)) end\n"
    "end\n"
    "note('alerts_untold', untold)\n"
    "note('redis_key_errors', failed)\n"
    "return {'ok', seq, failed, first}\n";

bool redis_step_script(struct buf *out)
{
    return buf_add(out, span_cstr(step_begins)) && buf_add(out, span_cstr(redis_step_entities)) && buf_add(out, span_cstr(step_ends));
}
